"""Judge a gradebook's lines, each by itself and against its duplicates. `collect` compares them with the roster.

lines -> rows (pandera) -> duplicates -> rows to store; with the rejections of `collect`, the result. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipelines.settings import District
from pipelines.sources.assertions import Assertions, Coded, Index, Layout, Mask, Part, Rejection
from pipelines.sources.tables import Table
from pipelines.validate.judgement import Judgement
from pipelines.validate.lines import Lines, lay_out
from pipelines.validate.quarantine import quarantined_lines
from pipelines.validate.result import Validated
from pipelines.validate.rows import check_rows
from schemas.gradebook import FLAGS, GRADEBOOK, KINDS, decimals_of, moment

Numbers = NDArray[np.int64]

# A gradebook makes no assertion about the roster; the layout only separates activities from scores.
_LAYOUT = Layout("gradebook", GRADEBOOK, lambda _: Assertions(keys={}, values={}, assertions=()), frozenset(), ())


@dataclass(frozen=True)
class Checked:
    """A delivery, judged as far as that is possible without the roster.

    In each row to store, `at` is the row's position among the `lines`. Duplicates that agree are all there.
    activities: at, source_id, class_source_id, kind, title, points, due_at, selected
    scores: at, activity_source_id, student_source_id, points, excused, is_named (its activity was delivered)
    """

    lines: Lines
    judge: Judgement
    activities: pa.Table
    scores: pa.Table
    facts: Mapping[str, Any]


def check(activities: Sequence[Table], scores: Sequence[Table], district: District) -> Checked:
    """Judge the lines of a gradebook by what they say."""
    lines = _lay_out(activities, scores)
    judge = Judgement(lines, {}, district.rules)
    checked = [check_rows(stretch, GRADEBOOK[stretch.part]) for stretch in lines.stretches]
    parts = {part.name: part for part, _ in checked}
    rows = {
        "activities": _activities(_part(parts, "activities"), district),
        "scores": _scores(_part(parts, "scores"), _part(parts, "activities")),
    }
    judge.begin()
    for item in lines.rejected:
        judge.reject(item.problem.code, item.problem.column, np.array([item.at], dtype=np.intp))
    judge.begin()
    for found in (found for _, broken in checked for found in broken):
        judge.report(found.code, found.column, found.lines)
    judge.begin()
    both = pc.and_(rows["scores"].column("excused"), pc.is_valid(rows["scores"].column("points")))
    judge.report("EXCUSED_WITH_POINTS", "points", _lines(rows["scores"], both.to_numpy()))
    judge.begin()
    _reject_contradictions(rows, judge)
    valid = judge.valid()
    kept = {name: table.filter(pa.array(valid[table.column("at").to_numpy()])) for name, table in rows.items()}
    facts = {"layout": _LAYOUT.name, "files": {table.name: table.facts for table in (*activities, *scores)}}
    return Checked(lines, judge, kept["activities"], kept["scores"], facts)


def conclude(checked: Checked, rejections: Iterable[Rejection]) -> Validated:
    """Return the result, with the rejections that storing has found; a line is quarantined for one root cause."""
    lines, judge = checked.lines, checked.judge
    judge.begin()
    for rejection in rejections:
        judge.report(rejection.code, rejection.column, rejection.lines)
    valid = int(judge.valid().sum())
    counts = {"received": lines.count, "accepted": valid, "quarantined": lines.count - valid}
    facts = {**checked.facts, "quarantined": counts["quarantined"]}
    return Validated({}, {}, quarantined_lines(lines, judge), judge.findings(), counts, facts)


def _lay_out(activities: Sequence[Table], scores: Sequence[Table]) -> Lines:
    """Lay the tables end to end. Their kind separates them, because two files may have the same name."""
    named = [(f"activities.{at}", table) for at, table in enumerate(activities)]
    named += [(f"scores.{at}", table) for at, table in enumerate(scores)]
    lines = lay_out([replace(table, name=name) for name, table in named], _LAYOUT)
    return replace(lines, files=tuple(table.name for _, table in named))


def _part(parts: Mapping[str, Part], name: str) -> Part:
    return parts.get(name) or Part(name, 0, 0, {})


def _activities(part: Part, district: District) -> pa.Table:
    def due(value: str) -> str | None:
        at = moment(value, district.zone)
        return at.isoformat() if at else None

    return pa.table(
        {
            "at": _at(part),
            "source_id": _meanings(part.column("activity_id"), str),
            "class_source_id": _meanings(part.column("class_id"), str),
            "kind": _meanings(part.column("kind"), lambda word: KINDS.get(word.lower())).fill_null("assignment"),
            "title": _meanings(part.column("title"), str),
            "points": _meanings(part.column("points"), _points),
            "due_at": _meanings(part.column("due"), due),
            "selected": _flag(part.column("selected")),
        }
    )


def _scores(part: Part, activities: Part) -> pa.Table:
    activity = _meanings(part.column("activity_id"), str)
    return pa.table(
        {
            "at": _at(part),
            "activity_source_id": activity,
            "student_source_id": _meanings(part.column("student_id"), str),
            "points": _meanings(part.column("points"), _points),
            "excused": _flag(part.column("excused")),
            "is_named": pc.is_in(activity, value_set=activities.column("activity_id").values),
        }
    )


def _at(part: Part) -> pa.Array:
    return pa.array(np.arange(part.start, part.start + part.size, dtype=np.int32))


def _meanings(column: Coded, meaning: Callable[[str], str | None]) -> pa.Array:
    """Return each line's meaning, found once for each distinct value; null if the line has no value."""
    if not len(column.values):
        return pa.nulls(len(column.codes), pa.string())
    meant = pa.array([meaning(value) for value in column.values.to_pylist()], pa.string())
    return meant.take(pa.array(column.codes, mask=column.codes < 0))


def _flag(column: Coded) -> pa.Array:
    flags = _meanings(column, lambda word: str(FLAGS.get(word.lower(), False)))
    return pc.fill_null(pc.equal(flags, "True"), False)


def _points(value: str) -> str | None:
    """Write a number in its one normal form: 8, 8.0 and +8 do not contradict each other."""
    return None if decimals_of(value) is None else format(Decimal(value).normalize() + 0, "f")


def _reject_contradictions(rows: Mapping[str, pa.Table], judge: Judgement) -> None:
    """Reject all lines of a key that contradict each other, or of which one is unreadable: any of them may be wrong."""
    activities = rows["activities"]
    valid, key = _valid(activities, judge), _codes(activities, ["source_id"])
    in_two = _contradicted(np.where(valid, key, -1), [_codes(activities, ["class_source_id"])], valid)
    judge.report("ACTIVITY_TWO_CLASSES", "class_id", _lines(activities, in_two))
    judge.begin()
    for table, named in ((activities, ["source_id"]), (rows["scores"], ["activity_source_id", "student_source_id"])):
        values = [_codes(table, [name]) for name in table.column_names if name not in {"at", *named}]
        differ = _contradicted(_codes(table, named), values, _valid(table, judge))
        judge.report("CONFLICTING_DUPLICATE", None, _lines(table, differ))


def _contradicted(key: Numbers, values: Iterable[Numbers], valid: Mask) -> Mask:
    """Mark the rows of a key whose rows differ, or of which one was rejected."""
    at = np.flatnonzero((key >= 0) & pd.Series(key).duplicated(keep=False).to_numpy())
    _, first, group = np.unique(key[at], return_index=True, return_inverse=True)
    differ = ~valid[at]
    for column in values:
        differ |= column[at] != column[at[first[group]]]
    found = np.zeros(len(key), dtype=bool)
    found[at] = (np.bincount(group, weights=differ, minlength=len(first)) > 0)[group]
    return found


def _valid(table: pa.Table, judge: Judgement) -> Mask:
    valid: Mask = judge.valid()[table.column("at").to_numpy()]
    return valid


def _lines(table: pa.Table, rows: Mask) -> Index:
    at: Index = table.column("at").to_numpy()[rows].astype(np.intp)
    return at


def _codes(table: pa.Table, names: Sequence[str]) -> Numbers:
    """Return the same number for rows of the same texts, and -1 for a row without one of the texts."""
    number = np.zeros(table.num_rows, dtype=np.int64)
    is_null = np.zeros(table.num_rows, dtype=bool)
    for name in names:
        codes, values = pd.factorize(table.column(name).to_pandas(), use_na_sentinel=True)
        is_null |= codes < 0
        number = number * (len(values) + 1) + codes + 1
    return np.where(is_null, -1, number)
