from __future__ import annotations

import pytest
import requests

from sandbox.vendors.oneroster import collections, shapes


@pytest.mark.parametrize("version", ["1.1", "1.2"])
@pytest.mark.parametrize("roles", ["usual", "role", "roles", "both"])
def test_every_row_has_the_shape_of_its_kind(sandbox, oneroster, version, roles):
    sandbox.behave(oneroster_roles=roles)
    for name, endpoint in collections.ENDPOINTS.items():
        page = oneroster(f"{name}?limit=10000", version).json()
        assert page.keys() == {endpoint.kind}
        for row in page[endpoint.kind]:
            shapes.ROWS[endpoint.kind].model_validate(row)


@pytest.mark.parametrize(
    ("version", "roles", "has"),
    [
        ("1.1", "usual", {"role", "orgs"}),
        ("1.2", "usual", {"roles", "primaryOrg"}),
        ("1.1", "both", {"role", "orgs", "roles", "primaryOrg"}),
    ],
)
def test_the_version_or_the_setting_decides_the_shape_of_roles(sandbox, oneroster, version, roles, has):
    sandbox.behave(oneroster_roles=roles)
    row = oneroster("students?limit=1", version).json()["users"][0]
    assert {"role", "orgs", "roles", "primaryOrg"} & row.keys() == has


def test_the_rows_are_those_of_the_generated_district(world, pull_oneroster):
    students = pull_oneroster("students")
    assert [one["sourcedId"] for one in students] == sorted(world.students["student_id"])
    seats = {
        (one["user"]["sourcedId"], one["class"]["sourcedId"])
        for one in pull_oneroster("enrollments", 500)
        if one["role"] == "student"
    }
    keys, classes = world.students["student_id"], world.classes["class_id"]
    assert seats == {(keys[row], classes[at]) for row, places in enumerate(world.enrolled) for at in places}


def test_pages_without_a_sort_are_not_sorted_by_id(oneroster):
    ids = [row["sourcedId"] for row in oneroster("users?limit=1000").json()["users"]]
    assert ids != sorted(ids)


def test_pages_have_a_total_and_links(oneroster):
    first = oneroster("classes?limit=50&filter=status%3D%27active%27")
    total = int(first.headers["X-Total-Count"])
    assert first.links.keys() == {"first", "last", "next"}
    assert first.links["next"]["url"].endswith("filter=status%3D%27active%27&limit=50&offset=50")
    last = oneroster(f"classes?limit=50&offset={total - 1}")
    assert last.links.keys() == {"first", "last", "prev"}
    assert len(last.json()["classes"]) == 1
    assert oneroster(f"classes?offset={total}").json() == {"classes": []}


def test_a_limit_above_the_maximum_is_reduced(sandbox, oneroster):
    sandbox.behave(oneroster_max_limit=5)
    assert len(oneroster("users?limit=5000").json()["users"]) == 5


def test_counts_and_links_can_be_switched_off(sandbox, oneroster):
    sandbox.behave(oneroster_counts=False, oneroster_links=False)
    assert not {"X-Total-Count", "Link"} & set(oneroster("users").headers)


def test_terms_are_empty_if_all_sessions_are_semesters(oneroster):
    assert oneroster("terms").json() == {"academicSessions": []}
    assert {row["type"] for row in oneroster("academicSessions").json()["academicSessions"]} == {
        "schoolYear",
        "semester",
    }


def test_an_end_date_is_the_day_after_the_last_day(oneroster, world):
    rows = oneroster("academicSessions").json()["academicSessions"]
    assert {row["sourcedId"]: row["endDate"] for row in rows}["2026-27-S1"] == "2026-12-19"
    assert world.terms["ends"][1] == "2026-12-18"


def test_a_single_row_is_under_the_name_of_its_kind(oneroster, world):
    for name, endpoint in collections.ENDPOINTS.items():
        rows = oneroster(f"{name}?limit=1").json()[endpoint.kind]
        if rows:
            assert oneroster(f"{name}/{rows[0]['sourcedId']}").json() == {endpoint.one: rows[0]}
    assert oneroster("students/nobody").status_code == 404


def test_refusals_have_the_standards_payload(oneroster):
    for path, status, code in (
        ("users/nobody", 404, "unknownobject"),
        ("nothing", 404, "unknownobject"),
        ("users?filter=colour%3D%27red%27", 400, "invalid_filter_field"),
        ("users?limit=0", 400, "invaliddata"),
    ):
        reply = oneroster(path)
        assert reply.status_code == status
        field = reply.json()["imsx_CodeMinor"]["imsx_codeMinorField"][0]
        assert field == {"imsx_codeMinorFieldName": "TargetEndSystem", "imsx_codeMinorFieldValue": code}


def test_an_unknown_field_is_a_warning_in_1_1_and_refused_in_1_2(oneroster):
    for query, code in (("sort=colour", "invalid_sort_field"), ("fields=colour", "invalid_selection_field")):
        reply = oneroster(f"users?limit=1&{query}", "1.1")
        assert reply.status_code == 200
        assert len(reply.json()["users"][0]) > 10
        (warning,) = reply.json()["statusInfoSet"]
        assert warning["imsx_CodeMinor"]["imsx_codeMinorField"][0]["imsx_codeMinorFieldValue"] == code
        assert oneroster(f"users?limit=1&{query}", "1.2").status_code == 400
    assert oneroster("users?fields=", "1.1").status_code == 400


def test_withdrawn_rows_become_tombstones_if_the_server_keeps_them(sandbox, oneroster, pull_oneroster):
    before = {row["sourcedId"] for row in pull_oneroster("students")}
    sandbox.pass_night(percent=3, kinds=("drop",))
    after = {row["sourcedId"] for row in pull_oneroster("students")}
    sandbox.behave(oneroster_tombstones=True)
    stones = [row for row in pull_oneroster("students") if row["status"] == "tobedeleted"]
    assert {row["sourcedId"] for row in stones} == before - after != set()
    since = oneroster("users?limit=1000&filter=dateLastModified%3E%272026-09-01T12:00:00.000Z%27").json()["users"]
    assert {row["sourcedId"] for row in since} >= before - after
    assert {row["dateLastModified"] for row in since} == {"2026-09-02T06:15:40.221Z"}


def test_a_lost_permission_gives_empty_collections(sandbox, oneroster):
    sandbox.behave(oneroster_permitted=False)
    assert oneroster("users").json() == {"users": []}
    assert oneroster("orgs").json() == {"orgs": []}


def test_every_user_has_private_data(pull_oneroster):
    users = pull_oneroster("users")
    assert all({"sms", "phone", "password", "agents"} <= row.keys() for row in users)
    parents = [row for row in users if row["roles"][0]["role"] == "parent"]
    assert parents
    assert all(row["phone"] and row["agents"] for row in parents)
    assert all(row["enabledUser"] == "true" for row in users)


def test_references_name_another_host(sandbox, oneroster):
    row = oneroster("classes?limit=1").json()["classes"][0]
    assert row["school"]["href"].startswith("https://springfield-tx-v2.rosterserver.example/ims/oneroster/")
    with pytest.raises(requests.ConnectionError):
        requests.get(row["school"]["href"], timeout=5)
