"""The plan of people and classes, case by case: nobody is matched by a guess."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from pipelines import runs
from pipelines.plan import changes
from pipelines.plan.scope import SourceScope
from tests import swift
from tests.rows import person, row, write
from tests.town import FIRST, Town, generous

Plan = Counter[tuple[str, str]]
_NUMBERS = count()


@pytest.fixture
def small(town: Town) -> Town:
    """A district of a few rows, where a file may shrink by any share."""
    whole = {"settle_seconds": 0, "shrink_percent": 100}
    town.settle(sources=[town.source(completeness=whole)], limits=generous(), new_schools="create")
    return town


def night(town: Town, *rows: dict[str, str]) -> Plan:
    """Sync rows as the next night, and return the run's plan."""
    number = next(_NUMBERS)
    path = write(town.folder / f"night-{number}.csv", *rows)
    return plan_of(town, swift.sync(town, path, FIRST + timedelta(days=number)).run_id)


def plan_of(town: Town, run_id: int) -> Plan:
    counted = town.ask("select entity, action, count(*) from work.changes where run_id = %s group by 1, 2", run_id)
    return Counter({(entity, action): changes for entity, action, changes in counted})


def test_a_change_of_class_is_a_move_only_within_a_course(small: Town) -> None:
    stay = [person(str(number), class_id=f"C{number}", course_id=f"K{number // 2}") for number in range(4)]
    night(small, *stay, person("9", class_id="C0", course_id="K0"))
    assert night(small, *stay, person("9", class_id="C1", course_id="K0")) == {("enrollments", "move"): 1}
    assert night(small, *stay, person("9", class_id="C2", course_id="K1")) == {
        ("enrollments", "create"): 1,
        ("enrollments", "archive"): 1,
    }
    assert night(small, *stay, person("9", class_id="C0", course_id="K0")) == {
        ("enrollments", "reactivate"): 1,
        ("enrollments", "archive"): 1,
    }


def test_a_new_id_with_the_email_and_a_name_of_an_absent_person_is_a_rekey(small: Town) -> None:
    night(small, row(student_id="1", student_email="Al@x.example"), person("2"))
    renamed = row(student_id="1b", student_email="al@X.example", student_last="Lee-Smith")
    assert night(small, renamed, person("2")) == {("users", "rekey"): 1}
    assert small.one("select count(*) from roster.users where role = 'student'") == 2


def test_a_new_person_with_a_predecessors_email_is_another_person(small: Town) -> None:
    night(small, person("1", student_email="desk1@x.example"), person("2"))
    planned = night(small, person("7", student_email="desk1@x.example"), person("2"))
    assert planned["users", "create"] == planned["users", "archive"] == 1
    assert planned["users", "rekey"] == 0


def test_a_new_id_without_an_email_is_a_new_person_even_with_the_same_name(small: Town) -> None:
    night(small, row(student_id="1"), person("2"))
    planned = night(small, row(student_id="1b"), person("2"))
    assert planned["users", "create"] == planned["users", "archive"] == 1


def test_an_email_of_two_people_in_the_roster_matches_neither(small: Town) -> None:
    alike = [row(student_id=number, student_email="a@x.example") for number in "124"]
    night(small, *alike[:2], person("3"))
    planned = night(small, alike[2], person("3"))
    assert planned["users", "create"] == 1
    assert planned["users", "archive"] == 2
    assert planned["users", "rekey"] == 0


def test_an_email_of_two_new_people_matches_neither(small: Town) -> None:
    alike = [row(student_id=number, student_email="a@x.example") for number in "145"]
    night(small, alike[0], person("3"))
    planned = night(small, *alike[1:], person("3"))
    assert planned["users", "create"] == 2
    assert planned["users", "rekey"] == 0


def test_the_email_of_a_person_who_is_still_delivered_matches_nobody_else(small: Town) -> None:
    alike = [row(student_id=number, student_email="a@x.example") for number in "14"]
    night(small, alike[0], person("2"))
    planned = night(small, *alike, person("2"))
    assert planned["users", "create"] == 1
    assert planned["users", "rekey"] == 0


def test_the_email_of_an_archived_person_matches_nobody(small: Town) -> None:
    alike = [row(student_id=number, student_email="a@x.example") for number in "14"]
    night(small, alike[0], person("2"))
    night(small, person("2"))
    planned = night(small, alike[1], person("2"))
    assert planned["users", "create"] == 1
    assert planned["users", "rekey"] == 0


def test_a_students_email_never_matches_a_teacher(small: Town) -> None:
    night(small, person("2"))
    namesake = row(student_id="3", student_first="Tea", student_last="Cher", student_email="tea@school.example")
    planned = night(small, person("2"), namesake)
    assert planned["users", "create"] == 1
    assert planned["users", "link"] == planned["users", "rekey"] == 0


def test_a_person_of_another_source_is_linked_and_not_changed(small: Town) -> None:
    night(small, person("2"))
    small.ask(
        """
        insert into roster.users (
            district_id, user_id, identifier, role, given_name, family_name, email, origin, source, status, as_of
        ) values ('springfield', gen_random_uuid(), '7', 'student', 'Theirs', 'Theirs', null, 'synced', 'clever',
            'active', '2026-09-01')
        """
    )
    theirs = "select u::text from roster.users as u where source = 'clever'"
    before = small.ask(theirs)
    assert night(small, person("2"), person("7")) == {("users", "link"): 1, ("enrollments", "create"): 1}
    assert small.ask(theirs) == before
    assert night(small, person("2"), person("7")) == {}
    assert night(small, person("2")) == {("enrollments", "archive"): 1}
    assert small.ask(theirs) == before


def test_an_absent_class_is_archived_with_the_people_who_have_no_other_class(small: Town) -> None:
    night(small, person("1"), person("2", class_id="C2", teacher_email="two@school.example"))
    assert night(small, person("1")) == {
        ("classes", "archive"): 1,
        ("users", "archive"): 2,
        ("enrollments", "archive"): 2,
    }


def test_a_class_that_changes_school_is_a_move(small: Town) -> None:
    night(small, person("1"), person("2", class_id="C2"), person("3", class_id="C3", school_id="S2"))
    planned = night(
        small, person("1"), person("2", class_id="C2", school_id="S2"), person("3", class_id="C3", school_id="S2")
    )
    assert planned["classes", "move"] == 1
    assert planned["classes", "archive"] == planned["classes", "create"] == 0


def test_the_classes_of_a_past_term_stay_active_when_the_next_term_is_delivered(small: Town) -> None:
    night(small, person("1"), person("2", class_id="C2"))
    planned = night(small, person("1", term="Spring", class_id="C9"))
    assert planned["terms", "create"] == 1
    assert planned["classes", "archive"] == planned["enrollments", "archive"] == 0
    assert small.one("select count(*) from roster.classes where status = 'active'") == 3


def test_planning_again_replaces_the_plan(small: Town, tmp_path: Path) -> None:
    night(small, person("1"), person("2"))
    path = write(tmp_path / "again.csv", person("1"), person("3"))
    run_id = swift.planned(small, path, FIRST + timedelta(days=50))
    first = small.ask("select t::text from work.changes as t where run_id = %s order by 1", run_id)
    delivered = SourceScope(0, "sis_file", frozenset({"classes", "users:student", "enrollments:student"}))
    counted = changes.plan_run(runs.load(run_id), [delivered])
    again = small.ask("select t::text from work.changes as t where run_id = %s order by 1", run_id)
    assert sum(counted.values()) == len(again) == len(first)
    assert again == first


def test_a_plan_can_be_shown_by_entity_by_school_and_up_to_a_number_of_rows(small: Town, tmp_path: Path) -> None:
    path = write(tmp_path / "first.csv", person("1"), person("2", school_id="S2", class_id="C2"))
    night = runs.load(swift.planned(small, path, FIRST))
    assert {change["entity"] for change in changes.show(night, None, None, 100)} == {
        "schools", "terms", "courses", "classes", "users", "enrollments"
    }  # fmt: skip
    assert {change["entity"] for change in changes.show(night, "users", None, 100)} == {"users"}
    assert len(changes.show(night, None, None, 2)) == 2
    assert changes.show(night, "users", "no such school", 100) == []
    by_school = changes.by_school(night)
    assert sum(one["changes"] for one in by_school) == len(changes.show(night, None, None, 1000))
