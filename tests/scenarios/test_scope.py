"""What a run may not change: other schools, terms and roles, local rows, and values that are absent."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from pipelines.runs.request import Scope
from sandbox import nights
from tests.town import Told, Town, world

_STUDENTS = "select u::text from roster.users as u where role = 'student' order by 1"
_STAFF = "select u::text from roster.users as u where role <> 'student' order by 1"
_SEATS = "select e::text from roster.enrollments as e order by 1"
_CLASSES = "select k::text from roster.classes as k order by 1"
_IN_OTHER_SCHOOLS = """
select {table}::text from roster.{table}
where class_id in (
    select k.class_id from roster.classes as k join roster.links as l on k.school_id = l.id where l.source_id <> %s
)
order by 1
"""
_OF_OTHER_SCHOOLS = """
select u::text from roster.users as u
where not exists (select from roster.links as l where l.id = any(u.school_ids) and l.source_id = %s)
order by 1
"""
_MANY = ("add", "drop", "move", "rename", "period")


def applied(run: Told) -> Told:
    assert (run.status, run.error) == ("applied", None)
    return run


def everything_else(town: Town, school: str) -> dict[str, list[tuple[str, ...]]]:
    """Return the rows of all schools except one."""
    rows = {table: town.ask(_IN_OTHER_SCHOOLS.format(table=table), school) for table in ("classes", "enrollments")}
    return rows | {"users": town.ask(_OF_OTHER_SCHOOLS, school)}


def test_a_staff_file_changes_no_student_and_no_enrollment(synced: Town) -> None:
    first = world()
    before = synced.ask(_STUDENTS), synced.ask(_SEATS), synced.ask(_CLASSES)
    synced.settle(sources=[synced.source("staff")])
    night = nights.evolve(first, seed=2, percent=5, kinds=_MANY).world
    staff = night.teachers
    staff.loc[0, "last"] = "Renamed"
    fewer = staff.iloc[:-1].copy()
    run = applied(synced.night(replace(night, teachers=fewer), "staff"))
    assert set(run.planned) <= {("users", "update"), ("users", "archive")}
    assert run.planned["users", "update"] == 1
    assert (synced.ask(_STUDENTS), synced.ask(_SEATS)) == before[:2]
    assert synced.ask(_CLASSES) == before[2]


def test_a_student_file_changes_no_teacher_and_no_enrollment(synced: Town) -> None:
    first = world()
    before = synced.ask(_STAFF), synced.ask(_SEATS)
    synced.settle(sources=[synced.source("students")])
    night = nights.evolve(first, seed=2, percent=3, kinds=("add", "rename"))
    run = applied(synced.night(night.world, "students"))
    assert run.planned == {key: count for key, count in night.expected.items() if key[0] == "users"}
    assert (synced.ask(_STAFF), synced.ask(_SEATS)) == before


def test_a_teacher_absent_from_the_staff_file_stays_active_while_teaching_a_class(synced: Town) -> None:
    first = world()
    synced.settle(sources=[synced.source("staff")])
    night = nights.evolve(first, seed=2, percent=0).world
    run = applied(synced.night(replace(night, teachers=night.teachers.iloc[:-3].copy()), "staff"))
    assert run.planned == {}
    assert synced.one("select count(*) from roster.users where role = 'teacher' and status <> 'active'") == 0


@pytest.mark.parametrize("how", ["absent", "empty"])
def test_an_absent_or_all_null_column_clears_nothing(synced: Town, how: str) -> None:
    before = synced.dump()
    night = nights.evolve(world(), seed=1, percent=0)
    optional = ("student_email", "student_grade", "course_id", "course_name", "school_name", "term_start", "term_end")
    if how == "absent":
        synced.deliver(night.world, without=optional)
    else:
        (path,) = synced.deliver(night.world)
        blank = dict.fromkeys((*optional, "class_period"), "")
        path.write_text(_blanked(path.read_text(encoding="utf-8"), blank), encoding="utf-8")
    run = applied(synced.sync(night.world.as_of))
    assert run.planned == {}
    assert synced.dump() == before


def test_a_sync_does_not_change_local_rows(synced: Town) -> None:
    first = world()
    _add_local_rows(synced)
    local = [
        f"select r::text from roster.{table} as r where origin = 'local' order by 1"
        for table in ("users", "classes", "enrollments")
    ]
    before = [synced.ask(query) for query in local]
    assert all(before)
    current = first
    for seed in range(2):
        current = nights.evolve(current, seed=seed, percent=6, kinds=_MANY).world
        applied(synced.night(current))
        assert [synced.ask(query) for query in local] == before


def test_a_run_for_one_school_leaves_other_schools_unchanged(synced: Town) -> None:
    first = world()
    night = nights.evolve(first, seed=4, percent=20, kinds=("add", "drop", "rename", "period"))
    synced.deliver(night.world)
    school = first.schools["school_id"][1]
    before = everything_else(synced, school)
    run = applied(synced.sync(night.world.as_of, scope=Scope(schools=(school,))))
    assert run.planned
    assert run.counts["out_of_scope"] > 0
    assert everything_else(synced, school) == before
    rest = applied(synced.sync(night.world.as_of))
    for action in ("create", "archive", "update"):
        assert (
            run.planned.get(("users", action), 0) + rest.planned.get(("users", action), 0)
            == night.expected["users", action]
        )
    assert rest.planned


def test_a_run_for_one_term_leaves_other_terms_unchanged(synced: Town) -> None:
    first = world()
    term = first.terms["title"][1]
    other = """
        select e::text from roster.enrollments as e join roster.classes as k using (district_id, class_id)
        where not exists (select from roster.terms as t where t.term_id = any(k.term_ids) and t.title = %s) order by 1
    """
    before = synced.ask(other, term)
    assert before
    night = nights.evolve(first, seed=4, percent=20, kinds=("drop", "move", "period"))
    synced.deliver(night.world)
    run = applied(synced.sync(night.world.as_of, scope=Scope(term=term)))
    assert run.planned["enrollments", "archive"] > 0
    assert synced.ask(other, term) == before


def test_schools_that_the_settings_do_not_list_are_neither_loaded_nor_archived(synced: Town) -> None:
    first = world()
    school = first.schools["school_id"][0]
    synced.settle(schools=[school])
    before = everything_else(synced, school)
    run = applied(synced.night(nights.evolve(first, seed=4, percent=10, kinds=("drop", "rename")).world))
    assert run.counts["out_of_scope"] > 0
    assert everything_else(synced, school) == before


def test_people_and_classes_of_quarantined_rows_are_not_archived(town: Town) -> None:
    town.settle(expectations={"quarantined_percent": 100})
    first = world(students=800)
    town.night(first)
    dirty = applied(town.night(nights.evolve(first, seed=1, percent=0).world, dirty=3))
    assert dirty.counts["quarantined"] > 20
    assert "archive" not in {action for _, action in dirty.planned}
    assert town.one("select count(*) from roster.users where status = 'archived'") == 0


def test_a_local_account_is_linked_by_its_exact_email_and_keeps_its_id(synced: Town) -> None:
    add = nights.evolve(world(), seed=9, percent=2, kinds=("add",))
    newcomers = add.world.students.iloc[len(world().students) :]
    known = newcomers[newcomers["email"] != ""].iloc[0]
    account = synced.one(
        """
        insert into roster.users (district_id, user_id, role, given_name, family_name, email, origin, status, as_of)
        values ('springfield', gen_random_uuid(), 'student', 'A', 'B', upper(%s), 'local', 'active', '2026-09-01')
        returning user_id
        """,
        known["email"],
    )
    run = applied(synced.night(add.world))
    assert run.planned["users", "link"] == 1
    assert run.planned["users", "create"] == add.expected["users", "create"] - 1
    linked = "select u.user_id, u.family_name from roster.users as u join roster.links as l on l.id = u.user_id"
    assert synced.ask(f"{linked} where l.source_id = %s", f"student:{known['student_id']}") == [
        (account, known["last"])
    ]


def _blanked(text: str, blank: dict[str, str]) -> str:
    rows = list(csv.DictReader(io.StringIO(text)))
    written = io.StringIO()
    writer = csv.DictWriter(written, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(row | blank for row in rows)
    return written.getvalue()


def _add_local_rows(town: Town) -> None:
    """Add rows as an app does: local people in synced classes, and synced people in a local class."""
    town.ask(
        """
        insert into roster.users (district_id, user_id, role, given_name, family_name, email, origin, status, as_of)
        select 'springfield', gen_random_uuid(), r, 'Lo', 'Cal', r || '@local.example', 'local', 'active', '2026-09-01'
        from unnest(array['student', 'teacher']) as r
        """
    )
    town.ask(
        """
        insert into roster.classes (district_id, class_id, title, school_id, origin, status, as_of)
        select 'springfield', gen_random_uuid(), 'Chess', school_id, 'local', 'active', '2026-09-01'
        from roster.schools limit 1
        """
    )
    town.ask(
        """
        insert into roster.enrollments (district_id, class_id, user_id, role, origin, status, as_of)
        select district_id, class_id, user_id, u.role, 'local', 'active', '2026-09-01'
        from roster.classes as k join roster.users as u using (district_id)
        where (k.origin = 'local') <> (u.origin = 'local')
        """
    )


def test_a_listed_school_that_is_not_delivered_is_reported_and_blocks_no_other_school(town: Town) -> None:
    first = world()
    real = [str(school) for school in first.schools["school_id"]]
    town.settle(schools=[*real, "9999"])
    run = applied(town.night(first))
    assert town.one("select count(*) from roster.schools where status = 'active'") == len(real)
    page = (town.folder / "reports" / town.district_id / f"run-{run.run_id}" / "report.md").read_text(encoding="utf-8")
    assert "- missing schools: 9999" in page
