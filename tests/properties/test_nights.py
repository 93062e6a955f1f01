"""What holds for every sequence of nights, whatever the files say."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines import runs
from pipelines.runs.request import Scope
from pipelines.store import landing
from tests import swift
from tests.exports import EXPORT, SCHOOLS, Export
from tests.properties.fresh import Fresh, examples, fresh
from tests.town import FIRST, Town

__all__ = ["fresh"]

NIGHTS = {"exports": st.lists(EXPORT, min_size=2, max_size=3)}
SCOPES = NIGHTS | {"schools": st.sets(st.integers(0, SCHOOLS - 1), min_size=1, max_size=2), "term": st.booleans()}
ORDERS = NIGHTS | {"data": st.data()}
_TABLES = ("schools", "terms", "courses", "classes", "users", "enrollments", "links")
_LOCAL = [f"select r::text from roster.{table} as r where origin = 'local' order by 1" for table in _TABLES[:-1]]
_ROLES = "select count(*) from roster.users where role not in ('student', 'teacher', 'aide', 'staff')"


def night(town: Town, export: Export, number: int, scope: Scope | None = None) -> runs.Run:
    """Sync an export as the night of this number."""
    path = export.write(town.drop / f"night-{number}.csv")
    told = swift.sync(town, path, FIRST + timedelta(days=number), scope)
    assert told.status in {"applied", "unchanged"}
    return told


@examples(3)
@given(**NIGHTS)
def test_what_was_applied_plans_nothing_any_more(fresh: Fresh, exports: list[Export]) -> None:
    town = fresh()
    for number, export in enumerate(exports):
        told = night(town, export, number)
        before = town.dump()
        if told.status == "applied":
            again = _again(town, export, number)
            assert {name: changes for name, changes in again.items() if changes} == {}
        assert town.dump() == before


def _again(town: Town, export: Export, number: int) -> dict[str, int]:
    """What the same file plans when it is read again, as after a change of the settings."""
    town.settle(
        new_schools="create",
        sources=[town.source(completeness={"settle_seconds": 0, "shrink_percent": 100})],
        rules={"CLASS_WITHOUT_TEACHER": "error"},
    )
    path = town.drop / f"night-{number}.csv"
    planned = runs.load(swift.planned(town, path, FIRST + timedelta(days=number)))
    town.settle(new_schools="create", sources=[town.source(completeness={"settle_seconds": 0, "shrink_percent": 100})])
    return {name: changes for name, changes in planned.counts.items() if name.startswith("planned.")}


@examples(3)
@given(**NIGHTS)
def test_every_row_is_accepted_quarantined_or_out_of_scope_and_none_quarantined_is_archived(
    fresh: Fresh, exports: list[Export]
) -> None:
    town = fresh()
    for number, export in enumerate(exports):
        active = _active(town)
        told = night(town, export, number)
        if told.status == "unchanged":
            continue
        counted = {name: told.counts.get(name, 0) for name in ("received", "accepted", "quarantined", "out_of_scope")}
        assert counted["received"] == len(export.rows())
        assert counted["received"] == counted["accepted"] + counted["quarantined"] + counted["out_of_scope"]
        refused = town.ask("select row from runs.quarantine where run_id = %s", told.run_id)
        assert len(refused) == counted["quarantined"]
        present = {key for (row,) in refused for key in _mentioned(row)}
        assert active & present <= _active(town)


def _mentioned(row: dict[str, str]) -> set[tuple[str, ...]]:
    student, of_class = row.get("student_id", "").strip(), row.get("class_id", "").strip()
    return {("users", f"student:{student}"), ("classes", of_class), ("enrollments", of_class, f"student:{student}")}


def _active(town: Town) -> set[tuple[str, ...]]:
    linked = """
        select l.entity, l.source_id from roster.links as l join roster.{0} as r on l.id = r.{1}
        where r.status = 'active'
    """
    told: set[tuple[str, ...]] = set(town.ask(linked.format("users", "user_id")))
    told |= set(town.ask(linked.format("classes", "class_id")))
    seats = """
        select 'enrollments', k.source_id, u.source_id from roster.enrollments as e
        join roster.links as k on e.class_id = k.id join roster.links as u on e.user_id = u.id
        where e.status = 'active'
    """
    return told | set(town.ask(seats))


@examples(4)
@given(**SCOPES)
def test_a_night_changes_nothing_outside_its_scope(
    fresh: Fresh, exports: list[Export], schools: set[int], term: bool
) -> None:
    town = fresh()
    first, *others = exports
    night(town, first, 0)
    named = tuple(f"S{school}" for school in sorted(schools))
    scope = Scope(term="Term 0") if term else Scope(schools=named)
    for number, export in enumerate(others, 1):
        before = _outside(town, scope)
        touched = _delivered(export, scope)
        night(town, export, number, scope)
        after = _outside(town, scope)
        for table, rows in before.items():
            assert {row for row in rows if row[0] not in touched} <= {*after[table]}


def _delivered(export: Export, scope: Scope) -> set[str]:
    """Who has a row in the scope: they may be of other schools, too."""
    inside = [row for row in export.rows() if row["term"] == scope.term or row["school_id"] in (scope.schools or ())]
    staff = {f"staff:{row['teacher_id'] or row['teacher_email']}" for row in inside}
    return staff | {f"student:{row['student_id']}" for row in inside}


def _outside(town: Town, scope: Scope) -> dict[str, list[tuple[str, str]]]:
    """The rows of classes, and of the people and seats in them, that the scope leaves out."""
    if scope.term:
        inside = "exists (select from roster.terms as t where t.term_id = any(k.term_ids) and t.title = 'Term 0')"
        people = "false"
    else:
        listed = ", ".join(f"'{school}'" for school in scope.schools or ())
        named = f"select l.id from roster.links as l where l.entity = 'schools' and l.source_id in ({listed})"
        inside = f"k.school_id in ({named})"
        people = f"not u.school_ids && array({named})"
    classes = f"select k.class_id from roster.classes as k where not {inside}"
    person = "(select min(l.source_id) from roster.links as l where l.id = u.user_id)"
    return {
        "classes": town.ask(f"select '', k::text from roster.classes as k where not {inside}"),
        "enrollments": town.ask(f"select '', e::text from roster.enrollments as e where class_id in ({classes})"),
        "users": town.ask(f"select {person}, u::text from roster.users as u where {people}"),
    }


@examples(3)
@given(**NIGHTS)
def test_local_rows_stay_as_they_are_and_nothing_is_ever_deleted_and_nobody_becomes_an_administrator(
    fresh: Fresh, exports: list[Export]
) -> None:
    town = fresh()
    night(town, exports[0], 0)
    _add_local_rows(town)
    local, sizes = [town.ask(query) for query in _LOCAL], _sizes(town)
    assert any(local)
    for number, export in enumerate(exports[1:], 1):
        night(town, export, number)
        assert [town.ask(query) for query in _LOCAL] == local
        assert all(now >= before for now, before in zip(_sizes(town), sizes, strict=True))
        sizes = _sizes(town)
        assert town.one(_ROLES) == 0


def _sizes(town: Town) -> list[int]:
    staff = "select count(*) from roster.users where role <> 'student'"
    return [town.one(f"select count(*) from roster.{table}") for table in _TABLES] + [town.one(staff)]


def _add_local_rows(town: Town) -> None:
    town.ask(
        """
        insert into roster.users (district_id, user_id, role, given_name, family_name, origin, status, as_of)
        select 'springfield', gen_random_uuid(), r, 'Lo', 'Cal', 'local', 'active', '2026-09-01'
        from unnest(array['student', 'teacher']) as r
        """
    )
    town.ask(
        """
        insert into roster.classes (district_id, class_id, title, school_id, origin, status, as_of)
        select 'springfield', gen_random_uuid(), 'Chess', null, 'local', 'active', '2026-09-01'
        """
    )
    town.ask(
        """
        insert into roster.enrollments (district_id, class_id, user_id, role, origin, status, as_of)
        select district_id, class_id, user_id, u.role, 'local', 'active', '2026-09-01'
        from roster.classes as k join roster.users as u using (district_id)
        where k.origin = 'local' or u.origin = 'local'
        """
    )


@examples(3)
@given(**NIGHTS)
def test_replaying_all_landed_nights_into_an_empty_warehouse_gives_identical_tables(
    fresh: Fresh, exports: list[Export]
) -> None:
    town = fresh()
    landed = []
    for number, export in enumerate(exports):
        told = night(town, export, number)
        (kept,) = runs.imports(told)
        landed.append((told.as_of, kept["landing"]))
    first = town.dump()
    again = fresh()
    for as_of, url in landed:
        with landing.unpack(url) as files:
            ((_, path),) = files.items()
            swift.sync(again, path, as_of)
    assert again.dump() == first


@examples(3)
@given(**ORDERS)
def test_the_order_of_a_files_lines_does_not_matter(fresh: Fresh, exports: list[Export], data: st.DataObject) -> None:
    town, shuffled = fresh(), []
    for number, export in enumerate(exports):
        night(town, export, number)
        lines = export.write(town.drop / "lines.csv").read_text(encoding="utf-8").split("\n")[:-1]
        shuffled.append([lines[0], *data.draw(st.permutations(lines[1:]))])
    wanted = town.dump()
    again = fresh()
    for number, lines in enumerate(shuffled):
        path = again.drop / f"night-{number}.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        swift.sync(again, path, FIRST + timedelta(days=number))
    assert again.dump() == wanted


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("holds", "drawn"),
    [
        (test_what_was_applied_plans_nothing_any_more, NIGHTS),
        (test_every_row_is_accepted_quarantined_or_out_of_scope_and_none_quarantined_is_archived, NIGHTS),
        (test_a_night_changes_nothing_outside_its_scope, SCOPES),
        (
            test_local_rows_stay_as_they_are_and_nothing_is_ever_deleted_and_nobody_becomes_an_administrator,
            NIGHTS,
        ),
        (test_replaying_all_landed_nights_into_an_empty_warehouse_gives_identical_tables, NIGHTS),
        (test_the_order_of_a_files_lines_does_not_matter, ORDERS),
    ],
)
def test_it_holds_for_many_more_nights(fresh: Fresh, holds: Any, drawn: dict[str, Any]) -> None:
    more = drawn | {"exports": st.lists(EXPORT, min_size=2, max_size=5)}
    examples(8)(given(**more)(holds.hypothesis.inner_test))(fresh=fresh)
