from __future__ import annotations

from dataclasses import replace

import pytest

from sandbox.vendors import view
from sandbox.vendors.account import open_account
from sandbox.vendors.behaviour import Behaviour
from sandbox.vendors.oneroster import rows

TARGETS = {
    "orgs": {"parent": "orgs", "children": "orgs"},
    "academicSessions": {"parent": "academicSessions", "children": "academicSessions"},
    "courses": {"org": "orgs", "schoolYear": "academicSessions"},
    "classes": {"course": "courses", "school": "orgs", "terms": "academicSessions"},
    "users": {"orgs": "orgs", "agents": "users"},
    "enrollments": {"user": "users", "class": "classes", "school": "orgs"},
    "demographics": {"sourcedId": "users"},
}


def by_id(kind, account):
    return {row["sourcedId"]: row for row in rows.rows_of(kind, account.view, account.behaviour)}


@pytest.mark.parametrize("kind", rows.KINDS)
def test_ids_are_unique_and_references_resolve(world, kind):
    account = open_account(world)
    known = {name: by_id(name, account) for name in rows.KINDS}
    assert len(known[kind]) == len(list(rows.rows_of(kind, account.view, account.behaviour)))
    for row in known[kind].values():
        for name, target in TARGETS[kind].items():
            value = row[name]
            assert {*([value] if isinstance(value, str) else value)} - {""} <= known[target].keys()


@pytest.mark.parametrize("kind", ["users", "enrollments", "classes", "orgs", "courses", "demographics"])
def test_changed_rows_have_the_nights_date_and_withdrawn_rows_a_tombstone(world, kind):
    account = open_account(world)
    before = by_id(kind, account)
    account.pass_night(percent=6, kinds=("add", "drop", "move", "rename", "period", "rekey"))
    account.share(["0101", "0102"])
    after, now = by_id(kind, account), account.view.moment(1)
    gone = account.gone.get(kind, {})
    assert gone.keys() >= before.keys() - after.keys()  # and who came that night and left again
    assert not gone.keys() & after.keys()
    assert all(row["status"] == "tobedeleted" and row["dateLastModified"] == now for row in gone.values())
    for key, row in after.items():
        changed = key not in before or {**before[key], "dateLastModified": ""} != {**row, "dateLastModified": ""}
        # What changes in a row only because others came and went leaves its date as it is.
        mute = row.get("role") == "parent" or row.get("type") == "district" or kind == "demographics"
        assert row["dateLastModified"] == now or not changed or mute


def test_one_teacher_is_primary_and_the_co_teacher_is_not(world):
    opened = view.opening(world)
    teaching = list(rows.teaching(opened, opened.rows("classes"), Behaviour()))
    primaries = [row["class"] for row in teaching if row["primary"] == "true"]
    assert sorted(primaries) == sorted(world.classes["class_id"])
    assert len(teaching) - len(primaries) == (world.classes["co_teacher"] >= 0).sum() > 0


def test_a_student_without_a_login_has_the_id_as_username(world):
    students = world.students.copy()
    students.loc[0, ["login", "email"]] = ""
    opened = view.opening(replace(world, students=students))
    (row,) = rows.students(opened, opened.students()[:1], Behaviour())
    assert row["username"] == row["sourcedId"]
