"""The kinds of column in a roster file. Each is a pandera column whose checks are named by the rules they enforce.

The checks run over the distinct values of a column, trimmed and in NFC; an empty cell is the empty string. A failure
is reported by its rule's code alone, because pandera's own messages contain values.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Literal

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pandera.pandas import Check, Column

Kind = Literal["id", "name", "email", "text", "date"]

# The forms into which a spreadsheet turns a long or whole number, and its texts for a failed formula.
_MANGLED = r"^(?:\d+\.\d+[eE][+-]?\d+|\d+[eE]\+\d+|\d+\.0+|#(?:REF!|N/A|VALUE!|NAME\?|DIV/0!|NUM!|NULL!)|#{3,})$"
# C0 and C1 controls, line separators, and the marks that reverse the direction of text.
_CONTROL = "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffe\uffff]"
# With an invisible character, two different ids look the same. In names some scripts need such characters.
_INVISIBLE = "[\u00ad\u180e\u200b-\u200f\u2060-\u2064\ufeff]"
_EMAIL = r'^[^@\s,;:<>()\[\]\\"]{1,64}@[^@\s,;:<>()\[\]\\"._-][^@\s,;:<>()\[\]\\"._]*(?:\.[^@\s,;:<>()\[\]\\"._]+)+$'
_LONGEST = 255  # longer than any real value; a quote left open swallows lines


def identifier(missing: str | None = None, *, required: bool = True) -> Column:
    """Return a column for a key of the source, always text.

    `missing` is the rule that an empty cell breaks; None when the cell may be empty.
    """
    checks = [_unlike(_MANGLED, "ID_MANGLED"), _unlike(_INVISIBLE, "CONTROL_CHARACTER")]
    return _column("id", missing, checks, required=required)


def name(missing: str | None = None, *, required: bool = True) -> Column:
    """Return a column for a person's name, kept as written."""
    return _column("name", missing, [], required=required)


def text(missing: str | None = None, *, required: bool = True) -> Column:
    """Return a column for a title, period, grade or other plain text."""
    return _column("text", missing, [], required=required)


def email(missing: str | None = None, *, required: bool = True) -> Column:
    """Return a column for an email address, compared without case."""
    return _column("email", missing, [_like(_EMAIL, "INVALID_EMAIL")], required=required)


def iso_date(missing: str | None = None, *, required: bool = False) -> Column:
    """Return a column for a calendar day as YYYY-MM-DD."""
    return _column("date", missing, [Check(_are_days, error="INVALID_DATE")], required=required)


def kind_of(column: Column) -> Kind:
    """Return the kind of a column: emails are lowercased before they are compared, ids are never numbers."""
    kind: Kind = column.metadata["kind"]
    return kind


def _column(kind: Kind, missing: str | None, checks: list[Check], *, required: bool) -> Column:
    given = [Check(lambda values: values != "", error=missing)] if missing else []
    every = [
        _unlike(_CONTROL, "CONTROL_CHARACTER"),
        Check(lambda values: values.str.len() <= _LONGEST, error="TOO_LONG"),
    ]
    return Column(str, [*given, *every, *checks], required=required, metadata={"kind": kind})


def _matches(pattern: str) -> Callable[[pd.Series], pd.Series]:
    def match(values: pd.Series) -> pd.Series:
        found = pc.match_substring_regex(pa.array(values, pa.string()), pattern)
        return pd.Series(found.to_numpy(zero_copy_only=False), index=values.index)

    return match


def _like(pattern: str, code: str) -> Check:
    match = _matches(pattern)
    return Check(lambda values: (values == "") | match(values), error=code)


def _unlike(pattern: str, code: str) -> Check:
    match = _matches(pattern)
    return Check(lambda values: ~match(values), error=code)


def _are_days(values: pd.Series) -> pd.Series:
    return values.map(_is_day).astype(bool)


def _is_day(value: str) -> bool:
    if value == "":
        return True
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
