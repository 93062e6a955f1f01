"""Turn OneRoster's line items and results into a book, from CSV files or from a REST service.

Both bring tables under the CSV binding's names. Numbers stay as they were written. The validation of books checks that
they are numbers, and within a line item's range. `resultValueMin` is not read: no gradebook here has a least score.
The standard has no field that marks an activity for Canvas, so the district's settings decide.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import numpy as np
import pyarrow as pa

from pipelines.errors import SourceIncomplete
from pipelines.sources.gradebooks.book import Book
from pipelines.sources.oneroster_shapes import without_tombstones
from pipelines.sources.rows_of_text import Cells, coded, mapped, text
from pipelines.sources.tables import TEXT, Table

# Results are read before line items: so a result that is scored during the read still finds its line item.
KINDS = ("results", "lineItems", "categories")

Selected = Literal["all", "none"]

_POLL = re.compile(r"\bpolls?\b", re.IGNORECASE)
_QUIZ = re.compile(r"\b(?:quiz(?:zes)?|tests?)\b", re.IGNORECASE)


def check_there(records: Mapping[str, int], before: Mapping[str, int], owner: str, fix: str) -> None:
    """Raise SourceIncomplete for a gradebook without line items, and for one whose results are all gone.

    If our permission was withdrawn, a service answers with empty lists.
    """
    items, results = records.get("lineItems", 0), records.get("results", 0)
    if not items or (before.get("results") and not results):
        raise SourceIncomplete(
            f"the gradebook has {items} line items and {results} results; nothing was changed", owner=owner, fix=fix
        )


def to_book(tables: Mapping[str, Table], selected: Selected) -> Book:
    """Turn tables (by kind: lineItems, results, categories) into a book, without the deleted rows.

    A deleted score is left out instead of being cleared: it stays in its Canvas assignment. The table's facts count it.
    """
    kinds = {row["sourcedId"]: kind_of(row["title"]) for row in _rows(tables.get("categories"))}
    living = without_tombstones({kind: table for kind, table in tables.items() if kind != "categories"})
    items, results = living.get("lineItems"), living.get("results")
    return Book(
        (_activities(items, kinds, selected),) if items else (),
        (_scores(results),) if results else (),
    )


def kind_of(title: str) -> str:
    """Return an activity's kind by the title of its category: poll, quiz or assignment."""
    if _POLL.search(title):
        return "poll"
    return "quiz" if _QUIZ.search(title) else "assignment"


def _rows(categories: Table | None) -> list[dict[str, str]]:
    return categories.rows.select(["sourcedId", "title"]).to_pylist() if categories else []


def _activities(items: Table, kinds: Mapping[str, str], selected: Selected) -> Table:
    category = coded(items, "categorySourcedId")
    unknown = [key not in kinds and bool(key.strip()) for key in category.values.to_pylist()]
    count = int(np.array([*unknown, False], bool)[category.codes].sum())
    flag = "true" if selected == "all" else "false"
    columns = {
        "activity_id": text(coded(items, "sourcedId")),
        "kind": mapped(category, lambda key: kinds.get(key, "assignment")),
        "class_id": text(coded(items, "classSourcedId")),
        "title": text(coded(items, "title")),
        "points": text(coded(items, "resultValueMax")),
        "due": text(coded(items, "dueDate")),
        "selected": pa.array([flag] * items.rows.num_rows, pa.string()).cast(TEXT),
    }
    return _made(items, columns, {"unknown_category": count})


def _scores(results: Table) -> Table:
    """Return the scores. A result with status exempt is excused, whatever its score, which 1.1 demands.

    An excused score is blank. Any other score stays as given; a missing score is blank.
    """
    status, score = coded(results, "scoreStatus"), coded(results, "score")
    excused = mapped(status, lambda word: "true" if word.strip().casefold() == "exempt" else "false")
    is_excused = excused.to_numpy(zero_copy_only=False) == "true"
    given = [*score.values.to_pylist(), ""]
    points = Cells(np.where(is_excused, np.int32(len(given) - 1), score.codes), pa.array(given, pa.string()))
    columns = {
        "activity_id": text(coded(results, "lineItemSourcedId")),
        "student_id": text(coded(results, "studentSourcedId")),
        "points": mapped(points, str),
        "excused": excused,
    }
    in_words = _is_filled(coded(results, "textScore")) & ~_is_filled(score) & ~is_excused
    return _made(results, columns, {"scores_in_words": int(in_words.sum())})


def _is_filled(column: Cells) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    filled = np.array([*(bool(cell.strip()) for cell in column.values.to_pylist()), False], bool)
    return np.asarray(filled[column.codes], bool)


def _made(table: Table, columns: Mapping[str, pa.Array], counts: Mapping[str, int]) -> Table:
    positive = {name: count for name, count in counts.items() if count}
    return replace(table, rows=pa.table({**columns, "line": table.rows.column("line")}), facts=table.facts | positive)
