"""Every shape of a record gives the same row."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.errors import ContractBroken
from pipelines.sources.classlink.records import FIELDS, rows_of

NORTH = {"href": "https://other.example/orgs/S1", "sourcedId": "S1", "type": "org"}
SOUTH = {"href": "https://other.example/orgs/S2", "sourcedId": "S2", "type": "org"}


def _row(collection: str, **record: Any) -> dict[str, str]:
    (kind, row), *_ = rows_of(collection, {"sourcedId": "x", **record}, 7)
    assert kind == collection
    return dict(zip(FIELDS[collection], row, strict=True))


def _roles(**user: Any) -> list[dict[str, str]]:
    rows = rows_of("users", {"sourcedId": "u1", **user}, 7)
    return [dict(zip(FIELDS["roles"], row, strict=True)) for kind, row in rows if kind == "roles"]


@pytest.mark.parametrize("nothing", [{}, {"email": None}, {"email": ""}, {"email": []}, {"email": {}}])
def test_missing_null_empty_and_mistyped_values_become_empty(nothing: dict[str, Any]) -> None:
    assert _row("users", **nothing)["email"] == ""


@pytest.mark.parametrize("written", ["true", True])
def test_a_boolean_and_its_text_are_the_same(written: object) -> None:
    assert _row("users", enabledUser=written)["enabledUser"] == "true"
    assert _row("enrollments", primary=written)["primary"] == "true"


def test_false_stays_false_as_text_or_boolean() -> None:
    assert _row("users", enabledUser="false")["enabledUser"] == "false"
    assert _row("enrollments", primary=False)["primary"] == "false"


@pytest.mark.parametrize("reference", [{"class": {"sourcedId": "C1"}}, {"class": "C1"}, {"classSourcedId": "C1"}])
def test_a_reference_may_be_an_object_an_id_or_a_flat_field(reference: dict[str, Any]) -> None:
    assert _row("enrollments", **reference)["classSourcedId"] == "C1"


@pytest.mark.parametrize("parent", [{}, {"href": "https://other.example/orgs/S9"}, None, ""])
def test_a_reference_without_an_id_is_empty_and_its_href_is_not_read(parent: object) -> None:
    assert _row("orgs", parent=parent)["parentSourcedId"] == ""


@pytest.mark.parametrize(
    "terms",
    [{"terms": [{"sourcedId": "F"}, {"sourcedId": "G"}]}, {"terms": ["F", "G"]}, {"termSourcedIds": "F,G"}],
)
def test_terms_become_one_cell_with_all_ids(terms: dict[str, Any]) -> None:
    assert _row("classes", **terms)["termSourcedIds"] == "F,G"


def test_a_class_may_have_no_term_and_no_period() -> None:
    row = _row("classes", terms=[], periods=[], course={"sourcedId": "M"}, school=NORTH)
    assert (row["termSourcedIds"], row["periods"]) == ("", "")
    assert (row["courseSourcedId"], row["schoolSourcedId"]) == ("M", "S1")
    assert _row("classes", periods=["1", 2, None])["periods"] == "1,2"


def test_an_id_with_a_comma_in_a_list_is_refused_by_line_and_column() -> None:
    with pytest.raises(ContractBroken, match=r"contains a comma \[classes, line 7, column 'terms'\]") as raised:
        _row("classes", terms=[{"sourcedId": "F,G"}])
    assert "F,G" not in str(raised.value)


def test_a_user_in_version_1_1_has_a_role_and_orgs() -> None:
    row = _row("users", role="teacher", orgs=[NORTH, SOUTH], grades=["11", "12"])
    assert (row["role"], row["orgSourcedIds"], row["grades"]) == ("teacher", "S1,S2", "11,12")
    assert _roles(role="teacher", orgs=[NORTH]) == []


def test_a_user_in_version_1_2_has_a_row_for_each_role() -> None:
    roles = [
        {"roleType": "primary", "role": "teacher", "org": NORTH, "userProfile": {"password": "hunter2"}},
        {"roleType": "secondary", "role": "aide", "org": "S2"},
    ]
    assert _roles(roles=roles) == [
        {"userSourcedId": "u1", "roleType": "primary", "role": "teacher", "orgSourcedId": "S1"},
        {"userSourcedId": "u1", "roleType": "secondary", "role": "aide", "orgSourcedId": "S2"},
    ]
    assert _row("users", roles=roles, primaryOrg=NORTH)["primaryOrgSourcedId"] == "S1"


@pytest.mark.parametrize("roles", [None, [], "teacher", [None, "teacher"]])
def test_malformed_roles_give_no_rows(roles: object) -> None:
    assert _roles(roles=roles) == []


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-08-20", "2026-08-20"),
        ("2026-08-20T00:00:00.000Z", "2026-08-20"),
        ("2026-08-20T00:00:00Z", "2026-08-20"),
        ("2026-08-20T06:00:00Z", "2026-08-20T06:00:00Z"),
        ("20/8/2026", "20/8/2026"),
    ],
)
def test_a_timestamp_at_midnight_becomes_its_day(written: str, day: str) -> None:
    assert _row("academicSessions", endDate=written)["endDate"] == day


def test_private_fields_are_not_read() -> None:
    private = {"password": "hunter2", "sms": "555-0100", "phone": "555-0199", "agents": [{"sourcedId": "g1"}]}
    private |= {"userProfiles": [{"credentials": [{"password": "hunter2"}]}], "metadata": {"ssn": "078-05-1120"}}
    rows = list(rows_of("users", {"sourcedId": "u1", "roles": [{"role": "student", "org": NORTH}], **private}, 1))
    for secret in ("hunter2", "555-0100", "555-0199", "g1", "078"):
        assert secret not in repr(rows)
