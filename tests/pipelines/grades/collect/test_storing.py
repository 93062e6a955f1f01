"""Lines are matched with the roster by ids of any source, and only differences are written."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pyarrow as pa
import pytest

from pipelines.grades.collect.storing import Stored, store
from pipelines.runs import Run
from tests.graded import Graded
from tests.town import Town

SOURCE = "grade_file"


@pytest.fixture
def graded(synced: Town) -> Graded:
    return Graded(synced)


def activities(*rows: tuple[str, str], title: str = "T") -> pa.Table:
    """Activities of these ids and classes; the first stands at place 0."""
    listed = [
        {"at": at, "source_id": activity, "class_source_id": taught, "kind": "quiz", "title": title}
        | {"points": "5", "due_at": None, "selected": False}
        for at, (activity, taught) in enumerate(rows)
    ]
    fields = {"at": pa.int32(), "due_at": pa.string(), "selected": pa.bool_()}
    names = ("at", "source_id", "class_source_id", "kind", "title", "points", "due_at", "selected")
    return pa.Table.from_pylist(listed, pa.schema([(name, fields.get(name, pa.string())) for name in names]))


def scores(*rows: tuple[str, str, str | None], excused: bool = False, is_named: bool = True) -> pa.Table:
    """Scores of these activities and students; the first stands at place 100."""
    listed = [
        {"at": at, "activity_source_id": activity, "student_source_id": student, "points": points}
        | {"excused": excused, "is_named": is_named}
        for at, (activity, student, points) in enumerate(rows, start=100)
    ]
    fields = {"at": pa.int32(), "excused": pa.bool_(), "is_named": pa.bool_()}
    names = ("at", "activity_source_id", "student_source_id", "points", "excused", "is_named")
    return pa.Table.from_pylist(listed, pa.schema([(name, fields.get(name, pa.string())) for name in names]))


def told(stored: Stored) -> dict[str, list[int]]:
    return {accusation.code: accusation.lines.tolist() for accusation in stored.rejections}


def link(
    town: Town, entity: str, source_id: str, to: UUID, source: str = "clever", district: str = "springfield"
) -> None:
    town.ask(
        "insert into roster.links values (%s, %s, %s, %s, %s, 1, '2026-09-01')",
        *(district, entity, source, source_id, to),
    )


def person(town: Town, identifier: str) -> UUID:
    found: UUID = town.one("select user_id from roster.users where identifier = %s and role = 'student'", identifier)
    return found


def klass(town: Town, source_id: str) -> UUID:
    found: UUID = town.one("select id from roster.links where entity = 'classes' and source_id = %s", source_id)
    return found


@pytest.fixture
def run(graded: Graded) -> Run:
    return graded.begin()


@pytest.mark.parametrize("spelled", ["V-77", "student:V-77", "user:V-77"])
def test_a_student_is_found_by_any_sources_id_however_it_is_spelled(graded: Graded, run: Run, spelled: str) -> None:
    (one, ada), *_ = graded.seats()
    link(graded.town, "users", spelled, person(graded.town, ada))
    stored = store(run, SOURCE, activities(("A1", one)), scores(("A1", "V-77", "4")))
    assert (stored.counts["scores.new"], told(stored)) == (1, {})
    assert list(graded.scores()) == [("A1", ada)]


def test_an_id_of_two_students_or_two_classes_is_rejected(graded: Graded, run: Run) -> None:
    (one, ada), (two, bob) = graded.seats()[:2]
    link(graded.town, "users", "7", person(graded.town, ada), "clever")
    link(graded.town, "users", "user:7", person(graded.town, bob), "classlink")
    link(graded.town, "classes", "K", klass(graded.town, one), "clever")
    link(graded.town, "classes", "K", klass(graded.town, two), "classlink")
    stored = store(run, SOURCE, activities(("A1", one), ("A2", "K")), scores(("A1", "7", "4"), ("A2", ada, "4")))
    assert told(stored) == {"AMBIGUOUS_CLASS": [1], "AMBIGUOUS_STUDENT": [100], "DEPENDS_ON_QUARANTINED": [101]}
    assert graded.scores() == {}


def test_the_same_id_of_one_student_at_two_sources_is_not_ambiguous(graded: Graded, run: Run) -> None:
    (one, ada), *_ = graded.seats()
    link(graded.town, "users", "7", person(graded.town, ada), "clever")
    link(graded.town, "users", "user:7", person(graded.town, ada), "classlink")
    assert told(store(run, SOURCE, activities(("A1", one)), scores(("A1", "7", "4")))) == {}


def test_two_ids_of_one_student_are_rejected_only_if_their_scores_differ(graded: Graded, run: Run) -> None:
    (one, ada), *_ = graded.seats()
    link(graded.town, "users", "7", person(graded.town, ada))
    known = activities(("A1", one), ("A2", one), ("A3", one))
    stored = store(
        run,
        SOURCE,
        known,
        scores(
            ("A1", ada, "4"),
            ("A1", "7", "5"),
            ("A2", ada, "4"),
            ("A2", "7", "4.0"),
            ("A3", ada, "4"),
            ("A3", "7", None),
        ),
    )
    assert told(stored) == {"CONFLICTING_DUPLICATE": [100, 101, 104, 105], "DUPLICATE_ROW": [103]}
    assert [activity for activity, _ in graded.scores()] == ["A2"]


def test_the_districts_own_id_finds_active_students_only(graded: Graded, run: Run) -> None:
    (one, ada), (_, bob) = graded.seats()[:2]
    graded.town.ask("delete from roster.links where entity = 'users'")
    graded.town.ask("update roster.users set status = 'archived' where identifier = %s", bob)
    stored = store(run, SOURCE, activities(("A1", one)), scores(("A1", ada, "4"), ("A1", bob, "4")))
    assert told(stored)["UNKNOWN_STUDENT"] == [101]
    assert list(graded.scores()) == [("A1", ada)]


def test_ids_of_another_district_find_nobody(graded: Graded, run: Run) -> None:
    (one, ada), *_ = graded.seats()
    link(graded.town, "users", "elsewhere", person(graded.town, ada), district="shelbyville")
    stored = store(run, SOURCE, activities(("A1", one)), scores(("A1", "elsewhere", "4")))
    assert told(stored) == {"UNKNOWN_STUDENT": [100]}


def test_a_score_of_a_class_that_the_student_left_is_stored_with_a_finding(graded: Graded, run: Run) -> None:
    (one, ada), *_ = graded.seats()
    graded.town.ask("update roster.enrollments set status = 'archived' where user_id = %s", person(graded.town, ada))
    stored = store(run, SOURCE, activities(("A1", one)), scores(("A1", ada, "4")))
    assert told(stored) == {"STUDENT_NOT_ENROLLED": [100]}
    assert stored.counts["scores.new"] == 1


def test_a_score_needs_an_activity_of_this_or_an_earlier_delivery(graded: Graded, run: Run) -> None:
    (one, ada), *_ = graded.seats()
    store(run, SOURCE, activities(("A1", one)), scores())
    stored = store(run, SOURCE, activities(), scores(("A1", ada, "4"), ("A9", ada, "4"), is_named=False))
    assert told(stored) == {"UNKNOWN_ACTIVITY": [101]}
    assert stored.counts["scores.new"] == 1


def test_the_same_id_at_another_source_is_another_activity(graded: Graded, run: Run) -> None:
    (one, _), *_ = graded.seats()
    for source in (SOURCE, "classlink"):
        assert store(run, source, activities(("A1", one)), scores()).counts["activities.new"] == 1
    assert graded.town.one("select count(distinct activity_id) from gradebook.activities") == 2


def test_only_differences_are_written_and_the_apps_own_rows_stay(graded: Graded, run: Run) -> None:
    (one, ada), (two, bob) = graded.seats()[:2]
    first = scores(("A1", ada, "4"), ("A2", bob, None))
    store(run, SOURCE, activities(("A1", one), ("A2", two)), first)
    before = stamps(graded)
    assert set(store(run, SOURCE, activities(("A1", one), ("A2", two)), first).counts.values()) == {0}
    assert stamps(graded) == before
    later = graded.begin()
    stored = store(later, SOURCE, activities(("A1", two), title="U"), scores(("A1", ada, "4.00"), ("A2", bob, "0")))
    assert stored.counts == {"activities.new": 0, "activities.changed": 1, "scores.new": 0, "scores.changed": 1}
    after = stamps(graded)
    assert after["A1"] == before["A1"]
    assert after["A2"][1] > before["A2"][1]
    assert after["A2"][0] == later.run_id
    moved = graded.town.ask("select class_id, title, run_id from gradebook.activities where source_id = 'A1'")
    assert moved == [(klass(graded.town, two), "U", later.run_id)]


def stamps(graded: Graded) -> dict[str, tuple[int, Any]]:
    """When and by which run each activity's score was written last."""
    told = graded.town.ask(
        "select a.source_id, s.run_id, s.changed_at from gradebook.scores s"
        " join gradebook.activities a using (activity_id)"
    )
    return {activity: (run_id, at) for activity, run_id, at in told}
