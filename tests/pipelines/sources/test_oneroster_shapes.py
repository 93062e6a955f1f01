"""OneRoster's rows in the relational layout: tombstones, guardians, sessions, booleans and statuses."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.sources.oneroster_shapes import day_before, project
from pipelines.sources.tables import Table
from tests.delivery import table
from tests.oneroster import Files, klass, seat, session, user, whole_package


def _projected(files: Files | None = None, **changed: Any) -> dict[str, Table]:
    files = (files or whole_package()) | changed
    made = project({kind: table(rows, f"{kind}.csv") for kind, rows in files.items()})
    return {one.name: one for one in made}


def _column(one: Table, name: str) -> list[str]:
    values: list[str] = one.rows.column(name).to_pylist()
    return values


def test_only_the_columns_of_the_layout_remain() -> None:
    made = _projected()
    assert set(made) == {*(f"{kind}.csv" for kind in whole_package()), "roles.csv of users.csv"}
    assert made["users.csv"].rows.column_names == [
        "sourcedId", "username", "givenName", "familyName", "identifier", "email", "line",
    ]  # fmt: skip


def test_rows_keep_the_lines_of_the_file() -> None:
    people = whole_package()["users"]
    people[0] |= {"status": "tobedeleted"}
    made = _projected(users=people)
    assert made["users.csv"].rows.column("line").to_pylist() == list(range(3, 12))
    assert made["roles.csv of users.csv"].rows.column("line").to_pylist()[:2] == [3, 3]


def test_a_tombstone_wins_over_an_active_row_of_the_same_id() -> None:
    people = [*whole_package()["users"], user("s1", "student", "S1", status="tobedeleted")]
    made = _projected(users=people)
    assert "s1" not in _column(made["users.csv"], "sourcedId")
    assert "s1" not in _column(made["enrollments.csv"], "userSourcedId")
    assert "s1" not in _column(made["roles.csv of users.csv"], "userSourcedId")
    assert made["users.csv"].facts["tombstones"] == 2
    assert made["enrollments.csv"].facts["gone_with_tombstones"] == 2


def test_a_tombstone_of_a_role_removes_only_the_role() -> None:
    files = whole_package("1.2")
    files["roles"][0] |= {"status": "tobedeleted"}
    made = _projected(files)
    assert "t1" in _column(made["users.csv"], "sourcedId")
    assert "t1" not in _column(made["roles.csv"], "userSourcedId")


def test_a_row_with_an_unknown_status_is_kept_and_counted() -> None:
    people = whole_package()["users"]
    people[2] |= {"status": "suspended"}
    made = _projected(users=people)
    assert "s1" in _column(made["users.csv"], "sourcedId")
    assert made["users.csv"].facts["unknown_status"] == 1


def test_a_disabled_user_is_kept_and_counted() -> None:
    people = whole_package()["users"]
    people[2] |= {"enabledUser": "False"}
    people[3] |= {"enabledUser": "perhaps"}
    made = _projected(users=people)
    assert {"s1", "s2"} <= set(_column(made["users.csv"], "sourcedId"))
    assert made["users.csv"].facts["disabled_users"] == 1
    assert made["users.csv"].facts["unreadable_booleans"] == 1


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_guardians_are_dropped_and_counted(version: str) -> None:
    made = _projected(whole_package(version))
    assert "g1" not in _column(made["users.csv"], "sourcedId")
    assert made["users.csv"].facts["guardians"] == 1
    roles = made["roles.csv" if version == "1.2" else "roles.csv of users.csv"]
    assert "g1" not in _column(roles, "userSourcedId")


@pytest.mark.parametrize(
    ("written", "meant"), [("true", "true"), ("TRUE", "true"), ("false", ""), ("", ""), ("1", ""), ("yes", "")]
)
def test_booleans_are_read_strictly(written: str, meant: str) -> None:
    made = _projected(enrollments=[seat("C1", "t1", "teacher", primary=written)])
    assert _column(made["enrollments.csv"], "primary") == [meant]
    assert made["enrollments.csv"].facts.get("unreadable_booleans", 0) == (written in ("1", "yes"))


def test_a_sessions_end_becomes_its_last_day_and_an_enrollments_end_is_unchanged() -> None:
    made = _projected()
    ends = dict(zip(*(_column(made["academicSessions.csv"], name) for name in ("sourcedId", "endDate")), strict=True))
    assert ends == {"F": "2026-12-18"}
    assert set(_column(made["enrollments.csv"], "endDate")) == {"2026-12-19"}


@pytest.mark.parametrize(
    ("day", "before"),
    [
        ("2026-03-01", "2026-02-28"),
        ("1/3/2026", "1/3/2026"),
        ("2026-13-01", "2026-13-01"),
        ("", ""),
        ("0001-01-01", "0001-01-01"),
    ],
)
def test_day_before_leaves_invalid_days_unchanged(day: str, before: str) -> None:
    assert day_before(day) == before


def test_school_years_and_grading_periods_are_kept_if_classes_name_them() -> None:
    made = _projected(classes=[klass("C1", "S1", "M", termSourcedIds="F, G")])
    assert _column(made["academicSessions.csv"], "sourcedId") == ["F", "G"]
    assert made["academicSessions.csv"].facts["unused_sessions"] == 1


def test_a_semester_is_kept_even_if_no_class_names_it() -> None:
    made = _projected(academicSessions=[session("A", "semester", "2026-08-01", "2026-12-19")])
    assert _column(made["academicSessions.csv"], "sourcedId") == ["A"]


def test_a_course_of_the_whole_district_has_no_school() -> None:
    made = _projected()
    schools = dict(zip(*(_column(made["courses.csv"], name) for name in ("sourcedId", "orgSourcedId")), strict=True))
    assert schools == {"M": "", "E": "S1"}


def test_sessions_courses_and_roles_are_optional() -> None:
    files = {kind: rows for kind, rows in whole_package().items() if kind not in ("academicSessions", "courses")}
    assert "courses.csv" not in _projected(files)
