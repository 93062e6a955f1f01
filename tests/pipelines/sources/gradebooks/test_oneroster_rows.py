"""Line items and results as rows of a book."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from pipelines.sources.gradebooks.oneroster_rows import kind_of, to_book
from pipelines.sources.tables import TEXT, Table
from tests.at_gradebook import rows_of


def table(kind: str, *rows: dict[str, str]) -> Table:
    columns: dict[str, Any] = {name: pa.array([row[name] for row in rows]).cast(TEXT) for name in rows[0]}
    lines = pa.array(range(2, len(rows) + 2), pa.int32())
    return Table(f"{kind}.csv", pa.table({**columns, "line": lines}), (), len(rows), {})


def result(status: str, score: str, **more: str) -> dict[str, str]:
    given = {"sourcedId": "R", "lineItemSourcedId": "L", "studentSourcedId": "S"}
    return given | {"scoreStatus": status, "score": score} | more


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Polls", "poll"),
        ("exit poll", "poll"),
        ("Quiz", "quiz"),
        ("Quizzes & Homework", "quiz"),
        ("Unit Tests", "quiz"),
        ("TEST", "quiz"),
        ("Homework", "assignment"),
        ("Contests", "assignment"),
        ("Pollen study", "assignment"),
        ("", "assignment"),
    ],
)
def test_the_title_of_the_category_decides_the_activitys_kind(title: str, kind: str) -> None:
    assert kind_of(title) == kind


@pytest.mark.parametrize(
    ("status", "score", "points", "excused"),
    [
        ("exempt", "0", "", "true"),
        ("Exempt ", "", "", "true"),
        ("not submitted", "", "", "false"),
        ("not submitted", "0", "0", "false"),
        ("submitted", "", "", "false"),
        ("partially graded", "3.50", "3.50", "false"),
        ("fully graded", "007", "007", "false"),
        ("earned", "1e2", "1e2", "false"),
        ("fully graded", "eight", "eight", "false"),
    ],
)
def test_exempt_means_excused_and_other_scores_are_unchanged(
    status: str, score: str, points: str, excused: str
) -> None:
    book = to_book({"results": table("results", result("fully graded", "1"), result(status, score))}, "none")
    assert rows_of(book.scores)[1] == {"activity_id": "L", "student_id": "S", "points": points, "excused": excused}


def test_scores_in_words_become_blank_and_are_counted() -> None:
    rows = [result("fully graded", "", textScore="A"), result("fully graded", "9", textScore="B")]
    rows += [result("exempt", "", textScore="-"), result("submitted", "", textScore=" ")]
    (scores,) = to_book({"results": table("results", *rows)}, "none").scores
    assert [row["points"] for row in rows_of((scores,))] == ["", "9", "", ""]
    assert scores.facts == {"scores_in_words": 1}


def test_columns_missing_from_a_line_items_file_are_empty() -> None:
    items = table("lineItems", {"sourcedId": "L", "title": "T", "classSourcedId": "C"})
    (row,) = rows_of(to_book({"lineItems": items}, "all").activities)
    assert row == {
        "activity_id": "L",
        "kind": "assignment",
        "class_id": "C",
        "title": "T",
        "points": "",
        "due": "",
        "selected": "true",
    }


def test_a_deleted_category_still_decides_an_activitys_kind() -> None:
    items = table("lineItems", {"sourcedId": "L", "title": "T", "classSourcedId": "C", "categorySourcedId": "K"})
    categories = table("categories", {"sourcedId": "K", "title": "Quizzes", "status": "tobedeleted"})
    (row,) = rows_of(to_book({"lineItems": items, "categories": categories}, "none").activities)
    assert row["kind"] == "quiz"
