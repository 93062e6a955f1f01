"""One thing looked at: a look tells what it found, or raises what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pipelines.errors import Explained, RollbookError


@dataclass(frozen=True)
class Found:
    """What a look found. With a `warning` it is no reason to stop; `fix` is what to do about it, and `owner` who."""

    told: str
    warning: bool = False
    fix: str = ""
    owner: str = "data engineer"


Look = Callable[[], Found | str]


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: well, well but for a warning, or red. What is not well says who does what next."""

    name: str
    ok: bool
    told: str
    warning: bool = False
    owner: str = ""
    fix: str = ""
    error: Explained | None = None

    @property
    def is_well(self) -> bool:
        """Whether nobody has to look."""
        return self.ok and not self.warning


def tried(name: str, look: Look) -> Check:
    """Look, whatever fails."""
    try:
        found = look()
    except RollbookError as error:
        return Check(name, False, str(error), owner=error.owner, fix=error.fix, error=error.explained)
    if isinstance(found, str):
        return Check(name, True, found)
    if not found.warning:
        return Check(name, True, found.told)
    return Check(name, True, found.told, True, found.owner, found.fix)
