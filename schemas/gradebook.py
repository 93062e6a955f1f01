"""The gradebook's two tables as a source exports them: activities of a class, and students' scores in them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo

import pandas as pd
from pandera.pandas import Check, Column, DataFrameSchema

from schemas.columns import identifier, text

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.(\d+))?|\.(\d+))", re.ASCII)
_WITH_COMMA = re.compile(r"[+-]?[\d.]*,[\d.,]*", re.ASCII)
_MOST, _DECIMALS = 999_999_999, 6  # Canvas takes no more points, and rounds finer points
_LONGEST_TITLE = 255  # the longest title of a Canvas assignment

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)", re.ASCII)
_YEARS = range(1900, 3000)  # exports write the year 9999 for "none", and no calendar shows it
_FURTHEST = timedelta(hours=15, minutes=59)  # the largest offset that PostgreSQL takes

_KINDS: dict[str, tuple[str, ...]] = {
    "poll": ("poll", "polls", "survey"),
    "quiz": ("quiz", "quizzes", "test", "exam"),
    "assignment": ("assignment", "assignments", "homework", "task", "project"),
}
KINDS = {word: kind for kind, words in _KINDS.items() for word in words}
FLAGS = {"true": True, "1": True, "yes": True, "x": True, "false": False, "0": False, "no": False, "": False}


def decimals_of(value: str) -> int | None:
    """Count the decimals of a plain number; return None when the value is not a plain number."""
    found = _NUMBER.fullmatch(value)
    return None if found is None else len((found[1] or found[2] or "").rstrip("0"))


def moment(value: str, zone: tzinfo) -> datetime | None:
    """Return the moment of a due date; None if it is unreadable.

    A date without a time means the end of that day, 23:59:59 in the district's time zone.
    """
    try:
        if _DAY.fullmatch(value):
            due = datetime.combine(date.fromisoformat(value), time(23, 59, 59), zone)
        elif _MOMENT.fullmatch(value):
            due = datetime.fromisoformat(value)
        else:
            return None
    except ValueError:
        return None
    offset = due.utcoffset()
    return due if due.year in _YEARS and offset is not None and abs(offset) <= _FURTHEST else None


def _each(passes: Callable[[str], bool], code: str) -> Check:
    return Check(lambda values: values.map(passes).astype(bool), error=code)


def _points(missing: str | None, *more: Check) -> Column:
    column = text(missing)
    checks = [
        _each(lambda value: not _WITH_COMMA.fullmatch(value), "COMMA_IN_POINTS"),
        _each(
            lambda value: value == "" or _WITH_COMMA.fullmatch(value) is not None or decimals_of(value) is not None,
            "INVALID_POINTS",
        ),
        _each(lambda value: decimals_of(value) is None or abs(float(value)) <= _MOST, "POINTS_OUT_OF_RANGE"),
        _each(lambda value: (decimals_of(value) or 0) <= _DECIMALS, "POINTS_TOO_FINE"),
    ]
    return Column(str, [*column.checks, *checks, *more], metadata=column.metadata)


def _word(is_valid: Callable[[str], bool], code: str) -> Column:
    column = text(required=False)
    return Column(str, [*column.checks, _each(is_valid, code)], required=False, metadata=column.metadata)


def _title() -> Column:
    column = text("ACTIVITY_WITHOUT_TITLE")
    usual = [check for check in column.checks if check.error != "TOO_LONG"]
    return Column(str, [*usual, Check(_fits, error="TITLE_TOO_LONG")], metadata=column.metadata)


def _fits(values: pd.Series) -> pd.Series:
    return values.str.len() <= _LONGEST_TITLE


def _flag() -> Column:
    return _word(lambda value: value.lower() in FLAGS, "INVALID_FLAG")


ACTIVITIES = DataFrameSchema(
    {
        "activity_id": identifier("MISSING_ACTIVITY_ID"),
        "class_id": identifier("MISSING_CLASS_ID"),
        "title": _title(),
        "points": _points(
            "MISSING_POINTS",
            _each(lambda value: decimals_of(value) is None or float(value) >= 0, "NEGATIVE_POINTS"),
        ),
        "kind": _word(lambda value: value == "" or value.lower() in KINDS, "INVALID_KIND"),
        "due": _word(
            # The district's time zone decides when a day ends. Whether the value is a day can be checked in any zone.
            lambda value: value == "" or moment(value, UTC) is not None,
            "INVALID_DUE",
        ),
        "selected": _flag(),
    },
    name="activities",
)

SCORES = DataFrameSchema(
    {
        "activity_id": identifier("MISSING_ACTIVITY_ID"),
        "student_id": identifier("MISSING_STUDENT_ID"),
        "points": _points(None),  # an empty cell is a blank
        "excused": _flag(),
    },
    name="scores",
)

GRADEBOOK = {schema.name: schema for schema in (ACTIVITIES, SCORES)}
