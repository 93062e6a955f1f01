"""One check: it returns what it found, or raises what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pipelines.errors import Explained, RollbookError


@dataclass(frozen=True)
class CheckResult:
    """The result of a check.

    A `warning` does not stop a run; `fix` is what to do about it, and `owner` who does it.
    """

    result: str
    warning: bool = False
    fix: str = ""
    owner: str = "data engineer"


CheckFunction = Callable[[], CheckResult | str]


@dataclass(frozen=True)
class Check:
    """One finished check: passed, passed with a warning, or failed.

    A check that failed or has a warning names who does what next (`owner`, `fix`).
    """

    name: str
    ok: bool
    result: str
    warning: bool = False
    owner: str = ""
    fix: str = ""
    error: Explained | None = None

    @property
    def is_well(self) -> bool:
        """Return whether the check passed without a warning."""
        return self.ok and not self.warning


def tried(name: str, check: CheckFunction) -> Check:
    """Run a check and return its result; a RollbookError makes it a failed check."""
    try:
        found = check()
    except RollbookError as error:
        return Check(name, False, str(error), owner=error.owner, fix=error.fix, error=error.explained)
    if isinstance(found, str):
        return Check(name, True, found)
    if not found.warning:
        return Check(name, True, found.result)
    return Check(name, True, found.result, True, found.owner, found.fix)
