"""A gradebook's lines judged: each by itself and against its doubles. Whom they are about, collect asks the roster.

lines -> rows (pandera) -> doubles -> what can be stored; with what the roster says of it, the verdict. Pure.
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

# A gradebook claims nothing of the roster; the layout only tells activities from scores.
_LAYOUT = Layout("gradebook", GRADEBOOK, lambda _: Assertions(keys={}, values={}, assertions=()), frozenset(), ())


@dataclass(frozen=True)
class Checked:
    """A delivery as far as it can be judged without the roster.

    Each row to store tells by `at` its place among the `lines`; doubles that say the same are all there.
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
    said = {
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
    both = pc.and_(said["scores"].column("excused"), pc.is_valid(said["scores"].column("points")))
    judge.report("EXCUSED_WITH_POINTS", "points", _lines(said["scores"], both.to_numpy()))
    judge.begin()
    _reject_doubles(said, judge)
    valid = judge.valid()
    kept = {name: table.filter(pa.array(valid[table.column("at").to_numpy()])) for name, table in said.items()}
    facts = {"layout": _LAYOUT.name, "files": {table.name: table.facts for table in (*activities, *scores)}}
    return Checked(lines, judge, kept["activities"], kept["scores"], facts)


def conclude(checked: Checked, rejections: Iterable[Rejection]) -> Validated:
    """Give the verdict, with what storing has found; a line is quarantined for one root cause."""
    lines, judge = checked.lines, checked.judge
    judge.begin()
    for accusation in rejections:
        judge.report(accusation.code, accusation.column, accusation.lines)
    valid = int(judge.valid().sum())
    counts = {"received": lines.count, "accepted": valid, "quarantined": lines.count - valid}
    facts = {**checked.facts, "quarantined": counts["quarantined"]}
    return Validated({}, {}, quarantined_lines(lines, judge), judge.findings(), counts, facts)


def _lay_out(activities: Sequence[Table], scores: Sequence[Table]) -> Lines:
    """Lay the tables end to end, which are told apart by what they are and not by what they are called."""
    named = [(f"activities.{at}", table) for at, table in enumerate(activities)]
    named += [(f"scores.{at}", table) for at, table in enumerate(scores)]
    lines = lay_out([replace(table, name=name) for name, table in named], _LAYOUT)
    return replace(lines, files=tuple(table.name for _, table in named))


def _part(parts: Mapping[str, Part], name: str) -> Part:
    return parts.get(name) or Part(name, 0, 0, {})


def _activities(part: Part, district: District) -> pa.Table:
    def due(value: str) -> str | None:
        told = moment(value, district.zone)
        return told.isoformat() if told else None

    return pa.table(
        {
            "at": _at(part),
            "source_id": _said(part.column("activity_id"), str),
            "class_source_id": _said(part.column("class_id"), str),
            "kind": _said(part.column("kind"), lambda word: KINDS.get(word.lower())).fill_null("assignment"),
            "title": _said(part.column("title"), str),
            "points": _said(part.column("points"), _points),
            "due_at": _said(part.column("due"), due),
            "selected": _flag(part.column("selected")),
        }
    )


def _scores(part: Part, activities: Part) -> pa.Table:
    activity = _said(part.column("activity_id"), str)
    return pa.table(
        {
            "at": _at(part),
            "activity_source_id": activity,
            "student_source_id": _said(part.column("student_id"), str),
            "points": _said(part.column("points"), _points),
            "excused": _flag(part.column("excused")),
            "is_named": pc.is_in(activity, value_set=activities.column("activity_id").values),
        }
    )


def _at(part: Part) -> pa.Array:
    return pa.array(np.arange(part.start, part.start + part.size, dtype=np.int32))


def _said(column: Coded, meaning: Callable[[str], str | None]) -> pa.Array:
    """Give what each line means: each distinct value is thought about once; null where a line says nothing."""
    if not len(column.values):
        return pa.nulls(len(column.codes), pa.string())
    meant = pa.array([meaning(value) for value in column.values.to_pylist()], pa.string())
    return meant.take(pa.array(column.codes, mask=column.codes < 0))


def _flag(column: Coded) -> pa.Array:
    told = _said(column, lambda word: str(FLAGS.get(word.lower(), False)))
    return pc.fill_null(pc.equal(told, "True"), False)


def _points(value: str) -> str | None:
    """Write a number the one way: 8, 8.0 and +8 are no contradiction."""
    return None if decimals_of(value) is None else format(Decimal(value).normalize() + 0, "f")


def _reject_doubles(said: Mapping[str, pa.Table], judge: Judgement) -> None:
    """Refuse what contradicts itself: nobody can tell which line is right, least of all if one can't be read."""
    activities = said["activities"]
    valid, key = _valid(activities, judge), _codes(activities, ["source_id"])
    in_two = _contradicted(np.where(valid, key, -1), [_codes(activities, ["class_source_id"])], valid)
    judge.report("ACTIVITY_TWO_CLASSES", "class_id", _lines(activities, in_two))
    judge.begin()
    for table, named in ((activities, ["source_id"]), (said["scores"], ["activity_source_id", "student_source_id"])):
        says = [_codes(table, [name]) for name in table.column_names if name not in {"at", *named}]
        differ = _contradicted(_codes(table, named), says, _valid(table, judge))
        judge.report("CONFLICTING_DUPLICATE", None, _lines(table, differ))


def _contradicted(key: Numbers, says: Iterable[Numbers], valid: Mask) -> Mask:
    """Mark the rows of a key whose rows differ, or of which one was refused."""
    at = np.flatnonzero((key >= 0) & pd.Series(key).duplicated(keep=False).to_numpy())
    _, first, group = np.unique(key[at], return_index=True, return_inverse=True)
    differ = ~valid[at]
    for said in says:
        differ |= said[at] != said[at[first[group]]]
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
    """Give rows of the same texts the same number, and -1 to one without its text."""
    number = np.zeros(table.num_rows, dtype=np.int64)
    silent = np.zeros(table.num_rows, dtype=bool)
    for name in names:
        codes, values = pd.factorize(table.column(name).to_pandas(), use_na_sentinel=True)
        silent |= codes < 0
        number = number * (len(values) + 1) + codes + 1
    return np.where(silent, -1, number)
