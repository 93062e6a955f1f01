"""The words vendors and student information systems have for a student's grade, and the one word that is kept.

CEDS (OneRoster) says KG and 09, Clever says Kindergarten and 9, exports say K, 9 or 09. Told apart, everybody's grade
would change on the night a district goes over to another source. A word that is not known stays as it is.
"""

from __future__ import annotations

import re

_MEANT: dict[str, tuple[str, ...]] = {
    "IT": ("infant toddler",),
    "PR": ("preschool",),
    "PK": ("pre k", "pre kindergarten"),
    "TK": ("transitional kindergarten",),
    "K": ("kg", "kindergarten"),
    "PS": ("post graduate", "postsecondary"),
    "UG": ("ungraded",),
    "Other": (),
}


# As a school lists them (SL-24): K before 1, 9 before 10.
IN_ORDER = ("IT", "PR", "PK", "TK", "K", *map(str, range(1, 14)), "PS", "UG")


def _simplify(word: str) -> str:
    return re.sub(r"[\s_-]+", "", word).casefold()


_KEPT = {_simplify(word): kept for kept, words in _MEANT.items() for word in (kept, *words)}


def kept(word: str) -> str:
    """Give the one word for a grade; numbers lose their leading zeros."""
    number = re.fullmatch(r"0*([1-9]\d?)", word.strip())
    return number[1] if number else _KEPT.get(_simplify(word), word)
