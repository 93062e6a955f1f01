"""The summary has counts and owners; titles can't break its page, and it names no student."""

from __future__ import annotations

from pipelines import runs
from pipelines.grades import report
from pipelines.settings import load_district
from tests.school import School


def test_a_summary_counts_each_student_of_a_column_in_one_state(here: School) -> None:
    here.score("quiz-1", {0: 8, 1: 7}, title="A | B")
    here.sandbox.seat(here.course, here.number(1), "deleted")
    night = runs.load(here.export().run_id)
    told = report.facts(night, load_district("springfield").canvas)
    (activity,) = told["activities"]
    assert {state: activity[state] for state in report.STATES} == {
        "SYNCED": 1,
        "NOT_SYNCED": len(here.students) - 2,
        "NOT_FOUND": 1,
        "ERROR": 0,
    }
    assert [one["reason"] for one in told["reasons"]] == ["CONFIRMED", "NO_SCORE", "NOT_IN_CANVAS"]
    page = report.page(told)
    assert "A \\| B" in page
    assert "Help: the district's data steward" in page
    assert not [student for student in here.students if student in page]
