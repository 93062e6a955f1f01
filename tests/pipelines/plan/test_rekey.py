"""Ids that an SIS replaced: which rekeys are proposed, which are not, and what happens after a decision."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from pipelines import runs
from pipelines.plan import rekey
from tests.renumbered import (
    CLASSES,
    STAYS,
    WHOLE,
    night,
    of_more_classes,
    planned,
    planned_again,
    proposed,
    pupil,
    renamed,
    school,
    settle,
    small,
    taught,
    without_students,
)
from tests.rows import person, row, write
from tests.town import FIRST, Town, generous
from tests.warehouse import BOTH

__all__ = ["small", "taught"]

_IDS = "select class_id, title from roster.classes order by 1"
_SEATS = "select class_id, user_id, role, status from roster.enrollments order by 1, 2, 3"
_PEOPLE = "select user_id, given_name, family_name, status from roster.users order by 1"


@BOTH
def test_a_rekey_is_proposed_for_classes_under_new_ids_and_they_keep_our_ids(taught: Town) -> None:
    ids, seats, people = taught.ask(_IDS), taught.ask(_SEATS), taught.ask(_PEOPLE)
    moved = renamed(school(), "class_id")
    assert night(taught, moved) == {("classes", "rekey", "REKEY"): len(CLASSES)}
    assert (taught.ask(_IDS), taught.ask(_SEATS), taught.ask(_PEOPLE)) == (ids, seats, people)
    assert taught.one("select count(*) from history.classes") == len(CLASSES)
    assert night(taught, [*moved, pupil(0, student_id="77", student_first="New", class_id="9C0")]) == {
        ("users", "create"): 1,
        ("enrollments", "create"): 1,
    }
    again = proposed(taught, list(reversed(moved)))
    assert planned(taught, again) == {("users", "archive"): 1, ("enrollments", "archive"): 1}


def test_other_changes_of_a_class_are_applied_while_its_rekey_needs_approval(taught: Town) -> None:
    changed = renamed([one for one in school() if one["student_id"] != "1"], "class_id")
    changed.append(pupil(0, student_id="77", student_first="New", class_id="9C0"))
    assert planned(taught, proposed(taught, changed)) == {
        ("classes", "rekey", "REKEY"): len(CLASSES),
        ("enrollments", "archive"): 1,
        ("enrollments", "create"): 1,
        ("users", "archive"): 1,
        ("users", "create"): 1,
    }


def test_a_rekey_is_proposed_for_a_course_whose_classes_are_in_a_new_course_of_its_title(taught: Town) -> None:
    courses = taught.ask("select course_id from roster.courses order by 1")
    assert planned(taught, proposed(taught, renamed(school(), "course_id"))) == {
        ("courses", "rekey", "REKEY"): len(CLASSES)
    }
    assert night(taught, renamed(school(), "course_id", "class_id")) == {
        ("courses", "rekey", "REKEY"): len(CLASSES),
        ("classes", "rekey", "REKEY"): len(CLASSES),
    }
    assert taught.ask("select course_id from roster.courses order by 1") == courses


@BOTH
def test_people_without_emails_are_paired_by_name_and_classes_even_if_the_classes_have_new_ids(taught: Town) -> None:
    seats, people = taught.ask(_SEATS), taught.ask(_PEOPLE)
    moved = renamed(school(), "class_id", "student_id")
    assert night(taught, moved) == {
        ("classes", "rekey", "REKEY"): len(CLASSES),
        ("users", "rekey", "REKEY"): 2 * len(CLASSES),
    }
    assert (taught.ask(_SEATS), taught.ask(_PEOPLE)) == (seats, people)
    assert planned(taught, proposed(taught, list(reversed(moved)))) == {}


def test_people_are_paired_by_name_and_classes_and_never_by_name_alone(taught: Town) -> None:
    assert planned(taught, proposed(taught, renamed(school(), "student_id"))) == {
        ("users", "rekey", "REKEY"): 2 * len(CLASSES)
    }
    elsewhere = [one | {"class_id": f"C{(int(one['class_id'][1:]) + 1) % len(CLASSES)}"} for one in school()]
    other = {one["class_id"]: one for one in school()}
    copied = ("class_name", "course_id", "course_name", "teacher_email")
    elsewhere = [one | {name: other[one["class_id"]][name] for name in copied} for one in elsewhere]
    plan = planned(taught, proposed(taught, renamed(elsewhere, "student_id")))
    assert plan["users", "create"] == plan["users", "archive"] == 2 * len(CLASSES)


def test_people_with_an_email_are_rekeyed_without_approval_and_help_to_pair_classes(small: Town) -> None:
    named = [one | {"student_email": f"s{one['student_id']}@x.example"} for one in school()]
    night(small, named)
    assert planned(small, proposed(small, renamed(named, "class_id", "student_id"))) == {
        ("classes", "rekey", "REKEY"): len(CLASSES),
        ("users", "rekey"): 2 * len(CLASSES),
    }


def test_titles_are_compared_without_regard_to_case_and_spaces(taught: Town) -> None:
    shouted = [one | {"class_name": one["class_name"].upper().replace(" ", "  ")} for one in school()]
    assert night(taught, renamed(shouted, "class_id")) == {("classes", "rekey", "REKEY"): len(CLASSES)}


@pytest.mark.parametrize(
    "change",
    [
        {"class_name": "Another"},
        {"class_period": "2"},
        {"teacher_email": "other@school.example", "teacher_first": "Other"},
        {"school_id": "S2"},
        {"term": "Spring"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_class_that_differs_in_more_than_its_id_is_not_paired(
    after: Callable[..., Town], change: dict[str, str]
) -> None:
    town = after(of_more_classes)
    settle(town)
    plan = planned(town, proposed(town, [*renamed(school(**change), "class_id"), *STAYS]))
    assert plan["classes", "create"] == len(CLASSES)
    assert ("classes", "rekey", "REKEY") not in plan


def test_a_class_with_other_students_is_not_paired(taught: Town) -> None:
    others = [one | {"student_first": "Other", "student_id": f"8{one['student_id']}"} for one in school()]
    plan = planned(taught, proposed(taught, renamed(others, "class_id")))
    assert plan["classes", "create"] == plan["classes", "archive"] == len(CLASSES)


def test_a_class_with_mostly_other_students_is_not_paired(small: Town) -> None:
    more = [
        pupil(number, student_id=f"{number}{letter}", student_first=letter) for number in range(12) for letter in "XY"
    ]
    night(small, [*school(), *more])
    fewer = [one for one in school() if int(one["student_id"]) % 2]
    plan = planned(small, proposed(small, renamed(fewer, "class_id")))
    assert plan["classes", "create"] == plan["classes", "archive"] == len(CLASSES)


def test_classes_without_students_are_paired_by_attributes_if_these_are_unique(taught: Town) -> None:
    taught.ask("update roster.enrollments set status = 'archived' where role = 'student'")
    run_id = proposed(taught, renamed(school(), "class_id"))
    assert planned(taught, run_id)["classes", "create"] == len(CLASSES)
    without_students(taught, run_id)
    assert planned_again(taught, run_id)["classes", "rekey", "REKEY"] == len(CLASSES)
    taught.ask("update roster.classes set title = 'Homeroom'")
    taught.ask("update roster.enrollments set status = 'archived'")
    taught.ask(f"update staging.classes_r{run_id}_s0 set title = 'Homeroom'")
    taught.ask(f"delete from staging.enrollments_r{run_id}_s0")
    assert ("classes", "rekey", "REKEY") not in planned_again(taught, run_id)


def test_people_are_paired_by_the_districts_number_and_one_of_their_names(taught: Town) -> None:
    taught.ask("update roster.users set identifier = '9' || identifier where role = 'student'")
    married = [one | {"student_last": "Married"} for one in renamed(school(), "student_id")]
    assert planned(taught, proposed(taught, married)) == {("users", "rekey", "REKEY"): 2 * len(CLASSES)}
    others = [one | {"student_first": "Other"} for one in married]
    plan = planned(taught, proposed(taught, others))
    assert plan["users", "create"] == plan["users", "archive"] == 2 * len(CLASSES)


def test_people_with_mostly_other_classes_are_not_paired_by_name(small: Town) -> None:
    copied = ("class_id", "class_name", "course_id", "course_name", "teacher_email")
    seats = [
        one | {name: other[name] for name in copied}
        for at, one in enumerate(school())
        for other in (school()[(at + shift) % 12] for shift in (0, 4, 8))
    ]
    night(small, seats)
    assert planned(small, proposed(small, renamed(seats, "student_id")))["users", "rekey", "REKEY"] == 12
    plan = planned(small, proposed(small, renamed(seats[::3], "student_id")))
    assert plan["users", "create"] == plan["users", "archive"] == 12


def test_courses_that_were_joined_or_renamed_are_not_paired(taught: Town) -> None:
    renamed_too = [one | {"course_name": f"New {one['course_name']}"} for one in renamed(school(), "course_id")]
    assert planned(taught, proposed(taught, renamed_too))["courses", "create"] == len(CLASSES)
    titled = [one | {"course_name": "Same"} for one in school()]
    night(taught, titled)
    joined = [one | {"course_id": f"J{int(one['student_id']) // 4}"} for one in titled]
    joined += [one | {"class_id": f"D{at}", "course_id": f"L{at}"} for at, one in enumerate(titled[:4])]
    plan = planned(taught, proposed(taught, joined))
    assert plan["courses", "create"] == 7
    assert not any("REKEY" in key for key in plan)


def test_two_indistinguishable_classes_are_not_paired(small: Town) -> None:
    twins = [person(number, class_id=f"T{twin}", class_name="Twin") for number in ("50", "51") for twin in (1, 2)]
    night(small, [*school(), *twins])
    plan = planned(small, proposed(small, renamed([*school(), *twins], "class_id")))
    assert plan["classes", "rekey", "REKEY"] == len(CLASSES)
    assert plan["classes", "create"] == plan["classes", "archive"] == 2


def test_classes_with_equal_attributes_are_paired_by_their_students(small: Town) -> None:
    alike = [one | {"class_name": "Homeroom", "teacher_email": "tea@school.example"} for one in school()]
    night(small, alike)
    seats = small.ask(_SEATS)
    assert night(small, renamed(alike, "class_id")) == {("classes", "rekey", "REKEY"): len(CLASSES)}
    assert small.ask(_SEATS) == seats


def test_two_students_of_one_name_in_one_class_are_not_paired(small: Town) -> None:
    twins = [row(student_id=number, class_id="C0", class_name="Course 0", course_id="K0") for number in ("50", "51")]
    twins = [one | {"course_name": "Course 0", "teacher_email": "t0@school.example"} for one in twins]
    night(small, [*school(), *twins])
    plan = planned(small, proposed(small, renamed([*school(), *twins], "student_id")))
    assert plan["users", "rekey", "REKEY"] == 2 * len(CLASSES)
    assert plan["users", "create"] == plan["users", "archive"] == 2


def test_a_class_whose_lines_were_quarantined_is_not_absent(taught: Town) -> None:
    nameless = [one | {"student_id": ""} for one in school()[:2]]
    run_id = proposed(taught, [*nameless, *renamed(school(), "class_id")])
    assert planned(taught, run_id)["classes", "rekey", "REKEY"] == len(CLASSES) - 1
    assert planned(taught, run_id)["classes", "create"] == 1
    assert ("classes", "archive") not in planned(taught, run_id)


def test_a_quarantined_line_of_a_class_with_a_new_id_keeps_its_student_enrolled(taught: Town) -> None:
    spoiled = renamed(school(), "class_id")
    spoiled[0] |= {"student_last": ""}
    assert planned(taught, proposed(taught, spoiled)) == {("classes", "rekey", "REKEY"): len(CLASSES)}
    spoiled = renamed(school(), "class_id", "student_id")
    spoiled[0] |= {"student_last": ""}
    assert planned(taught, proposed(taught, spoiled)) == {
        ("classes", "rekey", "REKEY"): len(CLASSES),
        ("users", "rekey", "REKEY"): 2 * len(CLASSES) - 1,
    }


def test_a_few_classes_under_new_ids_are_created_and_archived(taught: Town) -> None:
    few = 2 * (rekey.REKEY_LEAST - 1)
    plan = planned(taught, proposed(taught, [*renamed(school()[:few], "class_id"), *school()[few:]]))
    assert plan["classes", "create"] == plan["classes", "archive"] == rekey.REKEY_LEAST - 1
    assert ("classes", "rekey", "REKEY") not in plan


@BOTH
def test_a_rejected_rekey_is_not_proposed_again(taught: Town) -> None:
    moved = renamed(school(), "class_id", "student_id")
    run_id = proposed(taught, moved)
    taught.ask("update work.changes set held = true where run_id = %s and reason = 'REKEY'", run_id)
    taught.ask("update work.changes set held = false where run_id = %s and entity = 'users'", run_id)
    for entity in ("classes", "users"):  # no change of users is held any more, as after an approval
        rekey.refuse(runs.load(run_id), 0, entity)
    assert taught.ask("select distinct entity, source, run_id from runs.refused_rekeys") == [
        ("classes", "sis_file", run_id)
    ]
    rekey.refuse(runs.load(run_id), 0, "classes")
    plan = planned(taught, proposed(taught, list(reversed(moved))))
    assert plan["classes", "create"] == plan["classes", "archive"] == len(CLASSES)
    assert not any("REKEY" in key for key in plan)


def test_a_person_in_another_file_of_the_run_is_not_absent(small: Town) -> None:
    sources = [small.source(layout, completeness=WHOLE) for layout in ("combined", "students")]
    small.settle(sources=sources, limits=generous(), new_schools="create")
    for day, rows in enumerate((school(), renamed(school(), "student_id"))):
        as_of = FIRST + timedelta(days=day)
        write(small.drop / as_of.isoformat() / "combined" / "combined.csv", *rows)
        write(small.drop / as_of.isoformat() / "students" / "students.csv", *school())
        synced = small.sync(as_of)
        assert synced.status == "applied", synced.error
    assert planned(small, synced.run_id)["users", "create"] == 2 * len(CLASSES)
    assert not any("REKEY" in key for key in planned(small, synced.run_id))


def test_planning_again_proposes_the_same_rekeys_and_lists_each_pair_once(taught: Town) -> None:
    run_id = proposed(taught, renamed(school(), "class_id"))
    pairs = "select source_id, id from work.rekeys where run_id = %s order by 1"
    first = taught.ask(pairs, run_id)
    assert planned_again(taught, run_id) == {("classes", "rekey", "REKEY"): len(CLASSES)}
    assert taught.ask(pairs, run_id) == first
    assert len(first) == len(CLASSES)
