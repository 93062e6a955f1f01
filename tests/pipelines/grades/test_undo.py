"""An export is undone: scores and excuses are restored where Canvas still has what was sent."""

from __future__ import annotations

from pipelines.errors import SettingsInvalid
from tests.school import School


def test_an_undo_clears_a_first_score_and_an_excuse(here: School) -> None:
    here.score("quiz-1", {0: 8, 1: "excused"})
    sent = here.export()
    assert here.undo(sent.run_id).status == "applied"
    assert here.in_canvas("quiz-1") == {}
    marks = here.sandbox.scores(here.course)[here.column("quiz-1")["id"]]
    assert [mark for mark in marks.values() if mark["excused"]] == []
    assert {here.states("quiz-1")[n] for n in (0, 1)} == {("NOT_SYNCED", "UNDONE")}


def test_an_undo_keeps_scores_changed_since_and_counts_them(here: School) -> None:
    here.score("quiz-1", {0: 8, 1: 8})
    sent = here.export()
    here.sandbox.teacher_sets(here.course, here.column("quiz-1")["id"], here.number(1), 9)
    undone = here.undo(sent.run_id)
    assert here.in_canvas("quiz-1") == {1: 9.0}
    folder = here.town.folder / "reports" / "springfield" / f"run-{undone.run_id}"
    assert "1 scores were changed in Canvas since the export" in (folder / "report.md").read_text(encoding="utf-8")


def test_a_second_undo_has_nothing_to_revert(here: School) -> None:
    here.score("quiz-1", {0: 8})
    sent = here.export()
    here.undo(sent.run_id)
    here.sandbox.clear()
    assert here.undo(sent.run_id).status == "unchanged"
    assert here.sandbox.writes("canvas") == []


def test_a_roster_run_can_not_be_undone_as_an_export(here: School) -> None:
    told = here.undo(1)
    assert isinstance(told.error, SettingsInvalid)
    assert told.status == "stopped"
