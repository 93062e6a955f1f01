"""What a night may not touch: other schools, terms and kinds of people, what is local, what it is silent about."""

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


def applied(told: Told) -> Told:
    assert (told.status, told.error) == ("applied", None)
    return told


def everything_else(town: Town, school: str) -> dict[str, list[tuple[str, ...]]]:
    """Rows of every school but one."""
    rows = {table: town.ask(_IN_OTHER_SCHOOLS.format(table=table), school) for table in ("classes", "enrollments")}
    return rows | {"users": town.ask(_OF_OTHER_SCHOOLS, school)}


def test_a_staff_file_touches_no_student_and_no_enrollment(synced: Town) -> None:
    first = world()
    before = synced.ask(_STUDENTS), synced.ask(_SEATS), synced.ask(_CLASSES)
    synced.settle(sources=[synced.source("staff")])
    night = nights.evolve(first, seed=2, percent=5, kinds=_MANY).world
    staff = night.teachers
    staff.loc[0, "last"] = "Renamed"
    fewer = staff.iloc[:-1].copy()
    told = applied(synced.night(replace(night, teachers=fewer), "staff"))
    assert set(told.planned) <= {("users", "update"), ("users", "archive")}
    assert told.planned["users", "update"] == 1
    assert (synced.ask(_STUDENTS), synced.ask(_SEATS)) == before[:2]
    assert synced.ask(_CLASSES) == before[2]


def test_a_student_file_touches_no_teacher_and_no_enrollment(synced: Town) -> None:
    first = world()
    before = synced.ask(_STAFF), synced.ask(_SEATS)
    synced.settle(sources=[synced.source("students")])
    night = nights.evolve(first, seed=2, percent=3, kinds=("add", "rename"))
    told = applied(synced.night(night.world, "students"))
    assert told.planned == {key: count for key, count in night.expected.items() if key[0] == "users"}
    assert (synced.ask(_STAFF), synced.ask(_SEATS)) == before


def test_a_teacher_who_leaves_the_staff_file_but_still_teaches_stays(synced: Town) -> None:
    first = world()
    synced.settle(sources=[synced.source("staff")])
    night = nights.evolve(first, seed=2, percent=0).world
    told = applied(synced.night(replace(night, teachers=night.teachers.iloc[:-3].copy()), "staff"))
    assert told.planned == {}
    assert synced.one("select count(*) from roster.users where role = 'teacher' and status <> 'active'") == 0


@pytest.mark.parametrize("how", ["absent", "empty"])
def test_a_column_that_says_nothing_clears_nothing(synced: Town, how: str) -> None:
    before = synced.dump()
    night = nights.evolve(world(), seed=1, percent=0)
    optional = ("student_email", "student_grade", "course_id", "course_name", "school_name", "term_start", "term_end")
    if how == "absent":
        synced.deliver(night.world, without=optional)
    else:
        (path,) = synced.deliver(night.world)
        blank = dict.fromkeys((*optional, "class_period"), "")
        path.write_text(_blanked(path.read_text(encoding="utf-8"), blank), encoding="utf-8")
    told = applied(synced.sync(night.world.as_of))
    assert told.planned == {}
    assert synced.dump() == before


def test_local_people_and_local_rows_in_synced_classes_stay_as_they_are(synced: Town) -> None:
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


def test_a_run_for_one_school_leaves_every_other_school_as_it_was(synced: Town) -> None:
    first = world()
    night = nights.evolve(first, seed=4, percent=20, kinds=("add", "drop", "rename", "period"))
    synced.deliver(night.world)
    school = first.schools["school_id"][1]
    before = everything_else(synced, school)
    told = applied(synced.sync(night.world.as_of, scope=Scope(schools=(school,))))
    assert told.planned
    assert told.counts["out_of_scope"] > 0
    assert everything_else(synced, school) == before
    rest = applied(synced.sync(night.world.as_of))
    for action in ("create", "archive", "update"):
        assert (
            told.planned.get(("users", action), 0) + rest.planned.get(("users", action), 0)
            == night.expected["users", action]
        )
    assert rest.planned


def test_a_run_for_one_term_leaves_the_classes_of_other_terms_as_they_were(synced: Town) -> None:
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
    told = applied(synced.sync(night.world.as_of, scope=Scope(term=term)))
    assert told.planned["enrollments", "archive"] > 0
    assert synced.ask(other, term) == before


def test_a_district_of_named_schools_neither_loads_nor_archives_others(synced: Town) -> None:
    first = world()
    school = first.schools["school_id"][0]
    synced.settle(schools=[school])
    before = everything_else(synced, school)
    told = applied(synced.night(nights.evolve(first, seed=4, percent=10, kinds=("drop", "rename")).world))
    assert told.counts["out_of_scope"] > 0
    assert everything_else(synced, school) == before


def test_people_and_classes_of_quarantined_rows_are_not_archived(town: Town) -> None:
    town.settle(expectations={"quarantined_percent": 100})
    first = world(students=800)
    town.night(first)
    dirty = applied(town.night(nights.evolve(first, seed=1, percent=0).world, dirty=3))
    assert dirty.counts["quarantined"] > 20
    assert "archive" not in {action for _, action in dirty.planned}
    assert town.one("select count(*) from roster.users where status = 'archived'") == 0


def test_an_account_made_in_the_app_is_linked_by_its_exact_email_and_keeps_its_id(synced: Town) -> None:
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
    told = applied(synced.night(add.world))
    assert told.planned["users", "link"] == 1
    assert told.planned["users", "create"] == add.expected["users", "create"] - 1
    linked = "select u.user_id, u.family_name from roster.users as u join roster.links as l on l.id = u.user_id"
    assert synced.ask(f"{linked} where l.source_id = %s", f"student:{known['student_id']}") == [
        (account, known["last"])
    ]


def _blanked(text: str, blank: dict[str, str]) -> str:
    told = list(csv.DictReader(io.StringIO(text)))
    written = io.StringIO()
    writer = csv.DictWriter(written, told[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(row | blank for row in told)
    return written.getvalue()


def _add_local_rows(town: Town) -> None:
    """What an app would add: a local student in a synced class, a synced student in a local class, a local teacher."""
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


def test_a_listed_school_that_is_not_delivered_is_told_and_holds_up_no_other(town: Town) -> None:
    first = world()
    real = [str(school) for school in first.schools["school_id"]]
    town.settle(schools=[*real, "9999"])
    told = applied(town.night(first))
    assert town.one("select count(*) from roster.schools where status = 'active'") == len(real)
    page = (town.folder / "reports" / town.district_id / f"run-{told.run_id}" / "report.md").read_text(encoding="utf-8")
    assert "- missing schools: 9999" in page
