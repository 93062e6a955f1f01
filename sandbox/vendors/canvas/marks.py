"""What Canvas makes of a `posted_grade`: a score, or nothing, which clears. Nothing is refused."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

_NUMBER = re.compile(r"[+-]?[0-9]*\.?[0-9]+")
_FULL, _NONE = ("pass", "complete"), ("fail", "incomplete")
_STEPS = "A:94 A-:90 B+:87 B:84 B-:80 C+:77 C:74 C-:70 D+:67 D:64 D-:61 F:0"  # Canvas's own scheme
_SCHEME = [(name, int(low)) for name, low in (step.split(":") for step in _STEPS.split())]


def say(posted: Any) -> str | None:
    """A value of JSON as the text that Canvas sees. Numbers of extreme size get an exponent, which it can't read."""
    if posted is None or isinstance(posted, str):
        return posted
    return str(posted).lower() if isinstance(posted, bool) else str(posted)


def score(grading_type: str, points: float | None, posted: str | None) -> float | None:
    """The score that a posted grade means; None clears whatever is there."""
    if posted is None or not posted.strip() or grading_type == "not_graded":
        return None
    possible = Decimal(str(points or 0))
    if grading_type in ("letter_grade", "gpa_scale") and (percent := _by_scheme(posted)) is not None:
        return float(possible * percent / 100)
    found = _read(posted, possible)
    if grading_type != "pass_fail":
        return found
    if found is None:
        return 0.0  # whatever is no number is "incomplete"
    return found if found in (0.0, float(possible)) else None


def grade(grading_type: str, points: float | None, scored: float | None) -> str | None:
    """A score as Canvas shows it."""
    if scored is None:
        return None
    if grading_type == "pass_fail":
        return "complete" if scored else "incomplete"
    if grading_type == "points":
        return _plain(scored)
    percent = round(scored / points * 100, 2) if points else 0.0
    if grading_type == "percent":
        return f"{_plain(percent)}%"
    return next((name for name, low in _SCHEME if percent >= low), _SCHEME[-1][0])


def _read(posted: str, possible: Decimal) -> float | None:
    if _NUMBER.fullmatch(posted):
        return float(posted)
    if posted.endswith("%") and _NUMBER.fullmatch(posted[:-1]):
        return float(possible * Decimal(posted[:-1]) / 100)
    if posted.lower() in _FULL:
        return float(possible)
    return 0.0 if posted.lower() in _NONE else None


def _by_scheme(posted: str) -> int | None:
    """The most that a letter means: everything for the first, for the others a point less than the next better."""
    names = [name for name, _ in _SCHEME]
    if posted.upper() not in names:
        return None
    at = names.index(posted.upper())
    return _SCHEME[at - 1][1] - 1 if at else 100


def _plain(number: float) -> str:
    return str(int(number)) if number == int(number) else str(number)
