"""The content of an export, read without Rollbook's code, to compare the roster with."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sandbox import write
from sandbox.district import World
from tests.town import Town

# Whom a source calls otherwise since a night goes by the latest name.
_NAMED = """
with named as (
    select distinct on (district_id, id) * from roster.links where entity = 'users'
    order by district_id, id, run_id desc
)
"""
_PEOPLE = f"""
{_NAMED}
select l.source_id, u.role, u.given_name, u.family_name, coalesce(u.email, ''), coalesce(u.grade, '')
from roster.users as u
inner join named as l on u.district_id = l.district_id and u.user_id = l.id
where u.district_id = %s and u.status = 'active'
"""
_CLASSES = """
select l.source_id, k.title, k.period, s.name, c.title
from roster.classes as k
inner join roster.links as l on k.district_id = l.district_id and k.class_id = l.id and l.entity = 'classes'
left join roster.schools as s on k.district_id = s.district_id and k.school_id = s.school_id
left join roster.courses as c on k.district_id = c.district_id and k.course_id = c.course_id
where k.district_id = %s and k.status = 'active'
"""
_ENROLLMENTS = f"""
{_NAMED}
select k.source_id, u.source_id, e.role
from roster.enrollments as e
inner join roster.links as k on e.district_id = k.district_id and e.class_id = k.id and k.entity = 'classes'
inner join named as u on e.district_id = u.district_id and e.user_id = u.id
where e.district_id = %s and e.status = 'active'
"""


@cache
def rows(world: World) -> list[dict[str, str]]:
    """Yield the combined export, row by row."""
    with TemporaryDirectory() as folder:
        (path,) = write.write(world, Path(folder))
        return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def assert_roster_is(town: Town, world: World) -> None:
    """Check that the active roster equals an export in which each person has only one id."""
    lines = rows(world)
    people = {
        (
            f"student:{r['student_id']}",
            "student",
            r["student_first"],
            r["student_last"],
            r["student_email"],
            r["student_grade"],
        )
        for r in lines
    } | {_teacher(r, "teacher") for r in lines}
    people |= {_teacher(r, "co_teacher") for r in lines if r.get("co_teacher_id")}
    _assert_same(town.ask(_PEOPLE, town.district_id), people)
    classes = {(r["class_id"], r["class_name"], r["class_period"], r["school_name"], r["course_name"]) for r in lines}
    _assert_same(town.ask(_CLASSES, town.district_id), classes)
    seats = {(r["class_id"], f"student:{r['student_id']}", "student") for r in lines}
    seats |= {(r["class_id"], f"staff:{r['teacher_id']}", "teacher") for r in lines}
    seats |= {(r["class_id"], f"staff:{r['co_teacher_id']}", "teacher") for r in lines if r.get("co_teacher_id")}
    _assert_same(town.ask(_ENROLLMENTS, town.district_id), seats)


def members(world: World, class_id: str) -> set[tuple[str, str, str]]:
    """Return the members of a class: role, given name and family name."""
    of_class = [r for r in rows(world) if r["class_id"] == class_id]
    return {("student", r["student_first"], r["student_last"]) for r in of_class} | {
        ("teacher", r["teacher_first"], r["teacher_last"]) for r in of_class
    }


def _teacher(row: dict[str, str], kind: str) -> tuple[str, ...]:
    names = (row[f"{kind}_{part}"] for part in ("first", "last", "email"))
    return (f"staff:{row[f'{kind}_id']}", "teacher", *names, "")


def _assert_same(found: Iterable[tuple[Any, ...]], wanted: set[tuple[Any, ...]]) -> None:
    differ = wanted.symmetric_difference(found)
    assert not differ, sorted(differ)[:6]
