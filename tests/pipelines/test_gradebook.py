"""An export from collected files to Canvas. No delivered score text clears or spoils a grade there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from pipelines import gradebook, runs
from pipelines.errors import DistrictDisabled, NoCanvas, RunEnded
from pipelines.runs.request import ExportRequest
from tests.graded import Graded
from tests.school import CONNECTION, School, school
from tests.town import FIRST, Town

# Canvas clears a grade, without a word, for whatever it can't read. `None`: not accepted here, so nothing is sent.
TEXTS: dict[str, str | None] = {
    "8": "8",
    "8.50": "8.5",
    ".5": "0.5",
    "+7": "7",
    "-1": "-1",
    "0": "0",
    "0.000001": "0.000001",
    "999999999": "999999999",
    " 8 ": "8",
    "EX": None,
    "8.": None,
    "nan": None,
    "inf": None,
    "1e5": None,
    '"1,000"': None,
    '"8,5"': None,
    "": None,
    "85%": None,
    "A-": None,
    "٣": None,
    "\uff18": None,
    "--5": None,
    "0x1F": None,
    "1_000": None,
    "0.0000001": None,
    "9999999999": None,
    "complete": None,
    "null": None,
}


@pytest.fixture
def here(synced: Town) -> Iterator[School]:
    """A class with a Canvas course, and no activity yet."""
    with school(synced) as there:
        yield there


def request(**more: object) -> ExportRequest:
    return ExportRequest.model_validate({"district_id": "springfield", "as_of": FIRST} | more)


def collected(here: School) -> Graded:
    """The district with its two exported files, and Canvas."""
    book = Graded(here.town)
    source = {"kind": "grade_file", "completeness": {"settle_seconds": 0}}
    source |= {name: str(book.drop / f"{name}.csv") for name in ("activities", "scores")}
    canvas = {"connection": CONNECTION, "course_map": "sis_section_id"}
    here.town.settle(gradebook={"sources": [source]}, timezone="America/Chicago", canvas=canvas)
    return book


def test_no_delivered_score_text_clears_a_grade_in_canvas(here: School) -> None:
    book, student = collected(here), here.students[0]
    names = {f"Q{place}": text for place, text in enumerate(TEXTS)}
    activities = [f"{name},quiz,{here.class_id},{name},10,,yes" for name in names]
    book.deliver(activities, [f"{name},{student},5," for name in names])
    assert here.export().status == "applied"
    before = len(here.sandbox.canvas_audit())
    book.deliver(activities, [f"{name},{student},{text}," for name, text in names.items()])
    told = here.export()
    assert told.status in {"applied", "unchanged"}
    graded = [one for one in here.sandbox.canvas_audit()[before:] if one["what"] == "graded"]
    assert [one for one in graded if one["after"] is None or one["excused_after"]] == []
    column = {one["id"]: one["name"] for one in here.sandbox.columns(here.course)}
    written = {names[column[one["assignment"]]]: Decimal(str(one["after"])) for one in graded}
    assert written == {text: Decimal(value) for text, value in TEXTS.items() if value is not None}
    assert here.in_canvas("Q9") == {0: 5.0}  # not accepted: what was there stays


def test_an_export_runs_step_by_step_and_its_course_steps_can_be_repeated(here: School) -> None:
    here.score("quiz-1", {0: 8})
    run_id = gradebook.start(request())
    assert gradebook.perform("collect", run_id).counts == {}
    assert gradebook.perform("select", run_id).counts == {"classes": 1, "activities": 1, "courses": 1}
    assert gradebook.courses(run_id) == [here.course]
    for step in gradebook.BY_COURSE:
        for _ in range(2):  # a step may be tried again
            gradebook.perform_course(step, run_id, here.course)
    assert gradebook.perform("report", run_id).status == "applied"
    assert [step["step"] for step in runs.steps(runs.load(run_id))] == ["collect", "select", "report"]
    assert len([one for one in here.sandbox.canvas_audit() if one["what"] == "graded"]) == 1
    with pytest.raises(RunEnded):
        gradebook.perform_course("push", run_id, here.course)


def test_a_push_returns_waiting_after_its_time_limit_and_is_called_again(here: School) -> None:
    here.score("quiz-1", {0: 8})
    here.sandbox.behave(canvas_job_polls=3)
    run_id = gradebook.start(request())
    for step in ("collect", "select"):
        gradebook.perform(step, run_id)
    gradebook.perform_course("compare", run_id, here.course)
    waiting = gradebook.perform_course("push", run_id, here.course, patient_seconds=0)
    assert isinstance(waiting, gradebook.Waiting)
    done = gradebook.perform_course("push", run_id, here.course)
    assert not isinstance(done, gradebook.Waiting)
    assert done.counts["sent"] == 1
    assert here.in_canvas("quiz-1") == {0: 8.0}


def test_a_run_that_only_plans_neither_pushes_nor_verifies(here: School) -> None:
    here.score("quiz-1", {0: 8})
    run_id = gradebook.start(request(plan_only=True))
    for step in ("collect", "select"):
        gradebook.perform(step, run_id)
    gradebook.perform_course("compare", run_id, here.course)
    for step in ("push", "verify"):
        with pytest.raises(RunEnded):
            gradebook.perform_course(step, run_id, here.course)
    assert gradebook.perform("report", run_id).status == "planned"
    assert here.sandbox.writes("canvas") == []


def test_a_disabled_district_is_exported_by_hand_only(here: School) -> None:
    here.score("quiz-1", {0: 8})
    with pytest.raises(DistrictDisabled):
        gradebook.export(gradebook.start(request(scheduled=True)))
    assert here.sandbox.requests("canvas") == []
    assert here.export().status == "applied"


def test_without_canvas_settings_no_export_begins(here: School) -> None:
    here.town.settle()
    with pytest.raises(NoCanvas):
        gradebook.start(request())
    assert here.town.one("select count(*) from runs.runs where kind = 'gradebook'") == 0


def test_a_later_export_ends_an_earlier_one(here: School) -> None:
    here.score("quiz-1", {0: 8})
    earlier = gradebook.start(request())
    gradebook.perform("collect", earlier)
    assert here.export(date(2026, 9, 2)).status == "applied"
    with pytest.raises(RunEnded):
        gradebook.perform("select", earlier)
