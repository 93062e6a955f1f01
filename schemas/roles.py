"""The words that vendors use for people's roles, and their meanings here (CK-17: administrators are never created).

The words are School Data Sync's default list and OneRoster's; they compare without case, spaces, dashes, underscores.
"""

from __future__ import annotations

import re

import pandas as pd
from pandera.pandas import Check, Column

from schemas.columns import text

ADMIN = "administrator"
NOT_SYNCED = "not synced"

_MEANT: dict[str, tuple[str, ...]] = {
    "student": ("student",),
    "teacher": ("teacher", "faculty", "professor", "lecturer", "instructor", "adjunct", "substitute"),
    "aide": ("aide", "assistant", "teacher assistant", "teaching assistant", "paraprofessional"),
    "staff": (
        "staff", "office staff", "chair", "researcher", "affiliate", "advisor", "counselor", "proctor", "nurse",
        "coach", "special services", "occupational therapist", "physical therapist", "speech therapist",
        "vision therapist",
    ),
    ADMIN: (
        "administrator", "it admin", "principal", "school administrator", "site administrator",
        "district administrator", "system administrator",
    ),
    NOT_SYNCED: ("guardian", "parent", "relative", "alumni", "other"),
}  # fmt: skip


def simplify(word: str) -> str:
    """Return a word without case, spaces, dashes and underscores."""
    return re.sub(r"[\s_-]+", "", word).casefold()


MEANINGS = {simplify(word): meaning for meaning, words in _MEANT.items() for word in words}


def role(missing: str | None = None, *, required: bool = True) -> Column:
    """Return a column of role words; an unknown word breaks INVALID_ROLE."""
    column = text(missing, required=required)
    checks = [*column.checks, Check(_have_meanings, error="INVALID_ROLE")]
    return Column(str, checks, required=required, metadata=column.metadata)


def _have_meanings(values: pd.Series) -> pd.Series:
    return values.map(lambda word: word == "" or simplify(word) in MEANINGS).astype(bool)
