"""Decisions are recorded with their author, and apply only to what the author saw."""

from __future__ import annotations

import pytest

from pipelines import runs
from pipelines.errors import SettingsInvalid
from pipelines.grades import decisions
from tests.school import School

BY = "an instructor"


def held(here: School, score: float) -> int:
    """Let an instructor give a score in Canvas, and hold its overwriting; the export's number."""
    here.sandbox.teacher_sets(here.course, here.column("quiz-1")["id"], here.number(0), score)
    told = here.export()
    assert here.states("quiz-1")[0] == ("NOT_SYNCED", "HELD")
    return told.run_id


def test_a_decision_is_recorded_with_its_author_and_number_of_rows(here: School) -> None:
    here.score("quiz-1", {0: 8})
    here.score("quiz-2", {0: 8})
    assert decisions.select("springfield", ([here.class_id], None), False, BY) == 2
    assert decisions.select("springfield", ([here.class_id], ["quiz-1"]), True, BY) == 1
    kept = here.town.ask(
        "select subject, choice, decided_by, details->>'rows' from runs.decisions order by decision_id"
    )
    assert kept == [("grades.select", "off", BY, "2"), ("grades.select", "on", BY, "1")]


def test_a_decision_that_changes_nothing_is_refused_and_not_recorded(here: School) -> None:
    here.score("quiz-1", {0: 8})
    with pytest.raises(SettingsInvalid):
        decisions.select("springfield", (None, ["nothing"]), True, BY)
    with pytest.raises(SettingsInvalid):
        decisions.recreate("springfield", "quiz-1", BY)
    assert here.town.one("select count(*) from runs.decisions") == 0


def test_an_approval_allows_one_overwrite_only(here: School) -> None:
    here.settle(changed_in_canvas="hold")
    here.score("quiz-1", {0: 8})
    here.export()
    assert decisions.approve(runs.load(held(here, 3)), BY) == 1
    here.export()
    assert here.in_canvas("quiz-1") == {0: 8.0}
    held(here, 3)  # the same score again, and nobody has approved that
    assert here.in_canvas("quiz-1") == {0: 3.0}


def test_students_are_filtered_by_state_and_limited_in_number(here: School) -> None:
    here.score("quiz-1", {0: 8, 1: 7})
    night = runs.load(here.export().run_id)
    shown = decisions.students(night, "SYNCED", 10)
    assert sorted((one["identifier"], one["old"], one["new"], one["reason"]) for one in shown) == sorted(
        [(here.students[0], None, 8, "CONFIRMED"), (here.students[1], None, 7, "CONFIRMED")]
    )
    assert len(decisions.students(night, None, 1)) == 1
    assert decisions.students(night, "NOT_FOUND", 10) == []
