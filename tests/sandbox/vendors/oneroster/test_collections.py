from __future__ import annotations

import pytest


def ids(reply):
    return [row["sourcedId"] for row in next(iter(reply.json().values()))]


@pytest.mark.parametrize(("order", "descending"), [("asc", False), ("desc", True)])
def test_rows_are_sorted_across_pages(oneroster, order, descending):
    pages = [ids(oneroster(f"users?limit=60&offset={at}&sort=sourcedId&orderBy={order}")) for at in range(0, 600, 60)]
    seen = [one for page in pages for one in page]
    assert seen == sorted(seen, reverse=descending)
    assert len(set(seen)) == len(seen) == int(oneroster("users").headers["X-Total-Count"])


def test_rows_are_sorted_by_any_field(oneroster):
    names = [row["familyName"] for row in oneroster("users?limit=1000&sort=familyName").json()["users"]]
    assert names == sorted(names)


def test_a_filter_changes_the_total(oneroster, world):
    reply = oneroster("users?limit=1&filter=roles.role%3D%27student%27")
    assert int(reply.headers["X-Total-Count"]) == len(world.students)


def test_fields_select_the_fields_of_a_row(oneroster):
    rows = oneroster("users?limit=2&fields=sourcedId,email").json()["users"]
    assert [row.keys() for row in rows] == [{"sourcedId", "email"}] * 2


def test_relations_have_the_rows_that_belong_to_a_record(oneroster, pull_oneroster):
    enrollments = pull_oneroster("enrollments")
    here = [row for row in enrollments if row["class"]["sourcedId"] == "0102-MAT03-01"]
    by_role = {
        role: {row["user"]["sourcedId"] for row in here if row["role"] == role} for role in ("student", "teacher")
    }
    assert by_role["student"]
    assert set(ids(oneroster("classes/0102-MAT03-01/students"))) == by_role["student"]
    assert set(ids(oneroster("classes/0102-MAT03-01/teachers"))) == by_role["teacher"]
    inside = "schools/0102/classes/0102-MAT03-01"
    assert set(ids(oneroster(f"{inside}/enrollments"))) == {row["sourcedId"] for row in here}
    assert set(ids(oneroster(f"{inside}/students"))) == by_role["student"]
    student = min(by_role["student"])
    assert "0102-MAT03-01" in ids(oneroster(f"students/{student}/classes"))
    at_school = [row for row in enrollments if row["school"]["sourcedId"] == "0102"]
    assert int(oneroster("schools/0102/enrollments").headers["X-Total-Count"]) == len(at_school)
    assert all(one.startswith("0102-") for one in ids(oneroster("schools/0102/courses")))
    assert set(ids(oneroster("courses/0102-MAT03/classes"))) == {"0102-MAT03-01", "0102-MAT03-02"}


def test_a_relation_of_an_unknown_record_is_not_found(oneroster):
    # A semester is no term.
    for path in (
        "terms/2026-27-S1/classes",
        "schools/9999/classes",
        "schools/0102/users",
        "schools/0102/classes/nothing/students",
    ):
        assert oneroster(path).status_code == 404
