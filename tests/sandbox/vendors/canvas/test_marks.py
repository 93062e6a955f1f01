from __future__ import annotations

import pytest

from sandbox.vendors.canvas import marks

CLEARS = ["", " ", "8.", "EX", "ex", "excused", "1e1", "1e-05", "1,000", " 8", "8 ", "nan", "NaN", "None", "null"]
CLEARS += ["A", "B+", "85 %", "%", "+", ".", "-", "8..5", "٨"]


@pytest.mark.parametrize(
    ("posted", "points", "score"),
    [
        ("8", 10, 8.0),
        ("8.5", 10, 8.5),
        (".5", 10, 0.5),
        ("+3", 10, 3.0),
        ("-1", 10, -1.0),
        ("12", 10, 12.0),
        ("007", 10, 7.0),
        ("85%", 10, 8.5),
        ("85.5%", 10, 8.55),
        ("33.33%", 7, 2.3331),
        ("110%", 10, 11.0),
        ("85%", 0, 0.0),
        ("pass", 10, 10.0),
        ("complete", 10, 10.0),
        ("fail", 10, 0.0),
        ("incomplete", 10, 0.0),
    ],
)
def test_numbers_percentages_and_four_words_are_scores(posted, points, score):
    assert marks.score("points", points, posted) == score


@pytest.mark.parametrize("posted", [None, *CLEARS])
def test_any_other_text_is_no_score(posted):
    assert marks.score("points", 10, posted) is None
    assert marks.score("percent", 10, posted) is None


@pytest.mark.parametrize(
    ("posted", "score"),
    [
        ("10", 10),
        ("0", 0),
        ("5", None),
        ("complete", 10),
        ("100%", 10),
        ("50%", None),
        ("junk", 0),
        ("EX", 0),
        ("", None),
    ],
)
def test_pass_fail_accepts_all_or_nothing_and_reads_other_text_as_fail(posted, score):
    assert marks.score("pass_fail", 10, posted) == score


def test_a_letter_grade_means_the_highest_score_of_its_range():
    assert [marks.score("letter_grade", 10, one) for one in ("A", "a-", "F", "9.1", "Z")] == [10, 9.3, 6.0, 9.1, None]


def test_an_ungraded_assignment_has_no_score():
    assert marks.score("not_graded", 10, "8") is None


def test_a_json_number_is_read_as_its_text_and_a_tiny_number_is_no_score():
    assert [marks.say(one) for one in (8, 8.5, True, None, "8")] == ["8", "8.5", "true", None, "8"]
    assert marks.score("points", 10, marks.say(0.00001)) is None


@pytest.mark.parametrize(
    ("grading_type", "score", "grade"),
    [
        ("points", 2.0, "2"),
        ("points", 8.55, "8.55"),
        ("points", None, None),
        ("percent", 8.5, "85%"),
        ("percent", 1 / 3, "3.33%"),
        ("pass_fail", 10.0, "complete"),
        ("pass_fail", 0.0, "incomplete"),
        ("letter_grade", 9.1, "A-"),
        ("letter_grade", 0.0, "F"),
    ],
)
def test_a_score_is_shown_by_the_grading_type(grading_type, score, grade):
    assert marks.grade(grading_type, 10, score) == grade
