"""A score is sent in a form that Canvas always reads, and read back as it was entered."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.canvas.access import open_api
from pipelines.canvas.grades import Grade, Progress, as_text, read_grades, read_progress, send_grade, send_grades
from pipelines.errors import CredentialsRefused, SourceUnavailable
from tests.at_canvas import CONNECTION, HURRY, AtCanvas

READABLE = re.compile(r"[+-]?\d*\.?\d+", re.ASCII)  # by Canvas; anything else clears the score without a word
SCORES = st.decimals(-999_999_999, 999_999_999, places=6)


@given(SCORES | st.integers(-999_999_999, 999_999_999).map(Decimal))
def test_canvas_reads_every_score_as_it_was_sent(score: Decimal) -> None:
    text = as_text(score)
    assert READABLE.fullmatch(text)
    assert Decimal(text) == score
    assert Decimal(str(float(text))).quantize(Decimal("0.000001")) == score  # Canvas keeps a float


@pytest.mark.parametrize(
    ("score", "text"),
    [
        ("8", "8"),
        ("8.50", "8.5"),
        ("1E+2", "100"),
        ("0.000001", "0.000001"),
        ("-0", "0"),
        ("1e-9", "0"),
        ("-.5", "-0.5"),
    ],
)
def test_a_score_is_a_plain_decimal_without_an_exponent(score: str, text: str) -> None:
    assert as_text(Decimal(score)) == text


@pytest.mark.parametrize("score", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_a_score_that_is_not_finite_is_refused(score: str) -> None:
    with pytest.raises(ValueError, match="finite"):
        as_text(Decimal(score))


def seat(there: AtCanvas, **column: Any) -> tuple[int, int, list[int]]:
    """A course, a column of it, its students."""
    with open_api(CONNECTION, HURRY) as api:
        course = there.courses()[0]
        told = {"name": "Quiz", "points_possible": 10, "grading_type": "points", "published": True} | column
        made = api.send("POST", f"courses/{course}/assignments", {"assignment": told}).document
        people = api.get(f"courses/{course}/users", {"enrollment_type[]": "student", "per_page": 100}).document
        return course, int(made["id"]), [int(one["id"]) for one in people]


def test_scores_sent_singly_or_in_bulk_are_read_back(there: AtCanvas) -> None:
    course, column, (one, other, third, *_) = seat(there)
    with open_api(CONNECTION, HURRY) as api:
        sent = {one: Grade(Decimal("8.25")), other: Grade(excused=True)}
        progress = send_grades(api, course, column, sent)
        assert progress is not None
        assert read_progress(api, progress) == Progress(done=True)
        assert send_grade(api, course, column, third, Grade(Decimal(0)))
        marks = read_grades(api, course, [column])
    expected = {(column, user): mark for user, mark in (sent | {third: Grade(Decimal(0))}).items()}
    assert {key: mark for key, mark in marks.items() if mark != Grade()} == expected


def test_an_empty_grade_clears_a_score_and_an_excuse(there: AtCanvas) -> None:
    course, column, (one, other, *_) = seat(there)
    with open_api(CONNECTION, HURRY) as api:
        for mark in ({one: Grade(Decimal(8)), other: Grade(excused=True)}, {one: Grade(), other: Grade()}):
            progress = send_grades(api, course, column, mark)
            assert read_progress(api, progress or 0) == Progress(done=True)
        assert {*read_grades(api, course, [column]).values()} <= {Grade()}


def test_the_entered_score_counts_without_late_deductions(there: AtCanvas) -> None:
    there.sandbox.behave(canvas_late_percent=50)
    course, column, (one, *_) = seat(there, submission_types=["online_upload"], due_at="2020-01-01T00:00:00Z")
    with open_api(CONNECTION, HURRY) as api:
        send_grade(api, course, column, one, Grade(Decimal(8)))
        assert there.sandbox.scores(course)[column][one]["score"] == 3
        assert read_grades(api, course, [column])[column, one].score == 8


def test_a_failed_bulk_update_has_its_kind_of_trouble_and_names_nobody(there: AtCanvas) -> None:
    course, column, (one, *_) = seat(there)
    stranger = 10_999_999
    with open_api(CONNECTION, HURRY) as api:
        progress = send_grades(api, course, column, {one: Grade(Decimal(5)), stranger: Grade(Decimal(5))})
        assert read_progress(api, progress or 0) == Progress(done=True, trouble="MISSING")
        assert read_grades(api, course, [column])[column, one] == Grade(Decimal(5))  # the others are graded
        there.sandbox.fault("job_dies", path="/update_grades", students=0)
        progress = send_grades(api, course, column, {one: Grade(Decimal(6))})
        assert read_progress(api, progress or 0) == Progress(done=True, trouble="UNEXPECTED")


def test_an_unknown_bulk_update_ends_as_unexpected(there: AtCanvas) -> None:
    with open_api(CONNECTION, HURRY) as api:
        assert read_progress(api, 999_999) == Progress(done=True, trouble="UNEXPECTED")


def test_a_waiting_bulk_update_is_not_done(there: AtCanvas) -> None:
    course, column, (one, *_) = seat(there)
    there.sandbox.behave(canvas_job_polls=1)
    with open_api(CONNECTION, HURRY) as api:
        progress = send_grades(api, course, column, {one: Grade(Decimal(5))})
        assert read_progress(api, progress or 0) == Progress(done=False)
        assert read_progress(api, progress or 0) == Progress(done=True)


def test_a_refused_assignment_returns_none_and_a_refused_token_raises(there: AtCanvas) -> None:
    course, column, (one, *_) = seat(there)
    mark = Grade(Decimal(5))
    there.sandbox.behave(canvas_may_grade=False)
    with open_api(CONNECTION, HURRY) as api:
        assert send_grades(api, course, column, {one: mark}) is None
        assert not send_grade(api, course, column, one, mark)
        there.sandbox.fault("401", server="canvas", method="POST", path="/update_grades")
        with pytest.raises(CredentialsRefused):
            send_grades(api, course, column, {one: mark})


def test_a_response_without_progress_raises_a_retry_error(there: AtCanvas) -> None:
    course, column, (one, *_) = seat(there)
    there.sandbox.fault("html_200", server="canvas", method="POST", path="/update_grades", times=None)
    with open_api(CONNECTION, HURRY) as api, pytest.raises(SourceUnavailable):
        send_grades(api, course, column, {one: Grade(Decimal(5))})
