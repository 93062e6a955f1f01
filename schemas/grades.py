"""The words that vendors and student information systems use for a student's grade, and the one word that is stored.

CEDS (OneRoster) writes KG and 09, Clever writes Kindergarten and 9, exports write K, 9 or 09. If these words were
stored as written, everybody's grade would change on the night when a district switches to another source. An unknown
word stays as it is.
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
    """Return the one word for a grade; numbers lose their leading zeros, and an unknown word stays as it is."""
    number = re.fullmatch(r"0*([1-9]\d?)", word.strip())
    return number[1] if number else _KEPT.get(_simplify(word), word)
