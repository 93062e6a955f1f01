"""Invariants of validate for any file: no line is lost, delivered people are present, the order has no effect."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.runs.request import Scope
from pipelines.sources.tables import Problem
from pipelines.validate.result import Validated
from tests.delivery import Row, ids, judge, line, present, protected, roster, table

# The cells have few ids, so that lines share ids in every way. Each list ends with an invalid value.
_CELLS = {
    "term": ["S1", "S1", "S2", ""],
    "school_id": ["1", "1", "2", " 1", ""],
    "class_id": ["C1", "C2", "C3", "C4", "", "3.0"],
    "class_name": ["Algebra", "Algebra", "Algebra", "Art", ""],
    "class_period": ["1", "1", "1", ""],
    "student_id": ["10", "11", "12", "13", "14", "", "1.2E+10"],
    "student_first": ["Ada", "Ada", "Ada", "Bo", ""],
    "student_last": ["Lovelace", "Lovelace", "Lovelace", "Diddley", "x" * 300],
    "student_email": ["a@x.example", "", "A@x.example", "nonsense"],
    "student_grade": ["9", "9", "9", "10", ""],
    "teacher_id": ["T1", "T1", "T2", "", ""],
    "teacher_first": ["Emmy", "Emmy", "Emmy", ""],
    "teacher_last": ["Noether", "Noether", "Noether", ""],
    "teacher_email": ["t1@x.example", "t1@x.example", "t2@x.example", "", "nonsense"],
    "co_teacher_id": ["", "", "", "T1", "T3"],
    "co_teacher_last": ["", "", "", "Noether"],
    "co_teacher_first": ["", "", "", "Emmy"],
    "co_teacher_email": ["", "", "", "t3@x.example"],
    "course_id": ["", "M1", "M2"],
    "school_name": ["North", "North", "Nort", ""],
}
_LINES = st.lists(st.fixed_dictionaries({name: st.sampled_from(cells) for name, cells in _CELLS.items()}), max_size=25)
_SETTINGS = st.sampled_from(
    [{}, {"schools": ["1"]}, {"terms": ["S1"]}, {"rules": {"CLASS_WITHOUT_TEACHER": "warning"}}],
)
_SCOPES = st.sampled_from([Scope(), Scope(schools=("1",)), Scope(term="S1")])
_widely = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _mostly_good(rows: list[Row]) -> list[Row]:
    """Make every other line consistent with its ids, so that something is accepted, too."""
    names = {"10": ("Ada", "Lovelace"), "11": ("Alan", "Turing"), "12": ("Grace", "Hopper")}
    for row in rows[::2]:
        first, last = names.get(row["student_id"], ("Kurt", "Goedel"))
        row |= {"student_first": first, "student_last": last, "student_email": "", "student_grade": "9"}
        row |= {"teacher_id": "T1", "teacher_first": "Emmy", "teacher_last": "Noether", "teacher_email": "t1@x.example"}
        row |= {"school_id": "1", "class_name": "Algebra", "class_period": "1", "co_teacher_email": "", "course_id": ""}
        row |= {"co_teacher_id": "", "co_teacher_first": "", "co_teacher_last": ""}
    return rows


_FILES = st.one_of(_LINES, _LINES.map(_mostly_good))


@_widely
@given(rows=_FILES, settings_=_SETTINGS, scope=_SCOPES)
def test_every_received_line_is_accepted_quarantined_or_out_of_scope(
    rows: list[Row], settings_: dict[str, Any], scope: Scope
) -> None:
    delivered = table(rows or [line()], problems=[Problem(99, None, "RAGGED_LINE", {"1": "10"})])
    counts = judge([delivered], settings=settings_, scope=scope).counts
    assert counts["received"] == max(len(rows), 1) + 1
    assert counts["received"] == counts["accepted"] + counts["quarantined"] + counts["out_of_scope"]


@_widely
@given(rows=_FILES, settings_=_SETTINGS, scope=_SCOPES)
def test_students_and_classes_of_a_quarantined_line_are_accepted_elsewhere_or_present(
    rows: list[Row], settings_: dict[str, Any], scope: Scope
) -> None:
    judged = judge(rows or [line()], settings=settings_, scope=scope)
    users, classes = (
        ids(judged, "users") | present(judged, "users"),
        ids(judged, "classes") | present(judged, "classes"),
    )
    seats = protected(judged) | {seat[:2] for seat in roster(judged)["enrollments"]}
    for number in judged.quarantine.column("line").to_pylist():
        row = rows[number - 2] if rows else line()
        pupil = _usable(row["student_id"], "student:")
        group = _usable(row["class_id"])
        assert pupil is None or pupil in users
        assert group is None or group in classes
        assert {(group, pupil), (group, None)} & seats or (group is None and pupil is None)


def _usable(value: str, prefix: str = "") -> str | None:
    return None if value.strip() in {"", "3.0", "1.2E+10"} else prefix + value.strip()


@_widely
@given(rows=_FILES, seed=st.integers(0, 9), settings_=_SETTINGS)
def test_the_order_of_lines_does_not_change_the_result(rows: list[Row], seed: int, settings_: dict[str, Any]) -> None:
    rows = rows or [line()]
    numbers = list(range(2, len(rows) + 2))
    shuffled = random.Random(seed).sample(list(zip(rows, numbers, strict=True)), len(rows))
    straight = judge([table(rows, lines=numbers)], settings=settings_)
    mixed = judge([table([row for row, _ in shuffled], lines=[at for _, at in shuffled])], settings=settings_)
    assert roster(mixed) == roster(straight)
    assert mixed.counts == straight.counts
    assert _causes(mixed) == _causes(straight)
    assert present(mixed, "users") == present(straight, "users")
    assert protected(mixed) == protected(straight)


def _causes(judged: Validated) -> set[tuple[Any, ...]]:
    return {(row["line"], row["code"], row["column"]) for row in judged.quarantine.to_pylist()}


@_widely
@given(rows=_FILES)
def test_every_accepted_class_has_a_teacher_and_every_reference_resolves(rows: list[Row]) -> None:
    accepted = judge(rows or [line()]).accepted
    seats = accepted["enrollments"].to_pylist()
    taught = {seat["class_n"] for seat in seats if seat["role"] == "teacher"}
    assert taught == set(accepted["classes"].column("n").to_pylist())
    assert {seat["user_n"] for seat in seats} == set(accepted["users"].column("n").to_pylist())
    assert set(accepted["classes"].column("school_n").to_pylist()) <= set(accepted["schools"].column("n").to_pylist())


def test_findings_counts_facts_and_logs_contain_no_value_of_a_row(caplog: pytest.LogCaptureFixture) -> None:
    canary = {name: f"Xyzzy{at}" for at, name in enumerate(line())} | {"co_teacher_last": "Xyzzy!"}
    rows = [line(**{name: value}) for name, value in canary.items()] + [canary, canary | {"student_id": "Xyzzy\x07"}]
    judged = judge(rows, settings={"rules": {"CLASS_WITHOUT_TEACHER": "warning"}, "schools": ["0012"]})
    assert judged.counts["quarantined"] > 0
    assert judged.counts["out_of_scope"] > 0
    texts = f"{judged.findings} {judged.counts} {judged.facts} {caplog.text}"
    assert "Xyzzy" not in texts
