"""Disclosures are recorded, and logs and reports of an export have no personal data."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from tests.school import School, school
from tests.town import Town


@pytest.fixture
def here(synced: Town) -> Iterator[School]:
    """Return a class with a Canvas course, and no activity yet."""
    with school(synced) as there:
        yield there


def people(here: School) -> set[str]:
    """Return every text that identifies a student of the class."""
    found = here.town.ask(
        "select identifier, email, given_name || ' ' || family_name, family_name || ', ' || given_name"
        " from roster.users where identifier = any(%s)",
        here.students,
    )
    numbers = {str(here.number(place)) for place in range(len(here.students))}
    return {text for row in found for text in row if text} | numbers


@pytest.mark.parametrize("ends", ["applied", "broken off", "unforeseen"])
def test_an_export_leaves_no_personal_data_in_logs_or_reports(
    here: School, caplog: pytest.LogCaptureFixture, ends: str
) -> None:
    caplog.set_level(logging.INFO)
    here.score("quiz-1", dict.fromkeys(range(len(here.students)), 3.375))
    if ends == "broken off":
        here.sandbox.fault("job_dies", path="/update_grades", times=None, students=1)
        here.sandbox.fault("400", server="canvas", method="PUT", path="/submissions/", times=None)
    if ends == "unforeseen":
        here.town.ask("alter table gradebook.ledger add constraint unforeseen check (new <> 3.375)")
    run = here.export()
    assert run.status == {"applied": "applied", "broken off": "applied", "unforeseen": "failed"}[ends]
    places = {name: content.decode() for name, content in here.town.dump("runs").items()}
    reports = here.town.folder / "reports" / here.town.district_id / f"run-{run.run_id}"
    places |= {path.name: path.read_text(encoding="utf-8") for path in reports.iterdir()} | {"log": caplog.text}
    places |= {"exports": here.town.dump("gradebook")["gradebook.exports"].decode()}
    assert "quiz-1" in places["report.md"]
    identifying = people(here) | {"3.375"}
    assert len(identifying) > 3 * len(here.students)
    assert [(place, text) for place, content in places.items() for text in identifying if text in content] == []


def test_a_disclosure_is_recorded_once_for_the_scores_that_were_sent(here: School) -> None:
    here.score("quiz-1", {0: 5, 1: 6})
    here.score("quiz-2", {0: 7})
    run = here.export()
    disclosures = here.town.ask("select run_id, recipient, purpose, counts from runs.disclosures")
    counts = {"students": 2, "scores": 3, "fields": ["score", "excused"]}
    assert disclosures == [(run.run_id, "canvas: canvas_springfield", f"grades of course {here.course}", counts)]
    here.export()
    assert here.town.one("select count(*) from runs.disclosures") == 1


def test_every_student_has_exactly_one_state_for_each_activity(here: School) -> None:
    here.score("quiz-1", {0: 5, 1: None, 2: "excused"})
    here.score("quiz-2", {0: 7})
    here.sandbox.seat(here.course, here.number(3), "deleted")
    here.sandbox.seat(here.course, here.number(4), "completed")
    here.score("quiz-1", {4: 4})
    here.export()
    states = here.town.ask("select column_id, user_id, count(*) from gradebook.states group by 1, 2")
    assert len(states) == 2 * len(here.students)
    assert {count for *_, count in states} == {1}
    assert {state for state, _ in here.states("quiz-1").values()} == {"SYNCED", "NOT_SYNCED", "NOT_FOUND", "ERROR"}


def test_the_ledger_is_append_only(here: School) -> None:
    here.score("quiz-1", {0: 5})
    here.export()
    for statement in ("update gradebook.ledger set new = 1", "delete from gradebook.ledger"):
        with pytest.raises(Exception, match="append-only"):
            here.town.ask(statement)
