"""The state of every line, and the findings: one root cause per quarantined line."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from pipelines.errors import SettingsInvalid
from pipelines.sources.assertions import Index, Mask
from pipelines.validate.lines import Lines
from pipelines.validate.result import Finding
from schemas.rules import RULES

_FIRST = 20  # the lines that a finding lists; the quarantine has all of them


class Judgement:
    """Which lines are rejected, and why. A stage can reject only lines that no earlier stage rejected."""

    def __init__(self, lines: Lines, usual: Mapping[str, str], settings: Mapping[str, str]) -> None:
        """Take the severities of the rules. `usual`, by kind of delivery, overrides them; `settings` override both."""
        _check_relaxed(settings)
        self._lines, self._severities = lines, {**usual, **settings}
        self.cause: NDArray[np.int16] = np.full(lines.count, -1, dtype=np.int16)
        self.causes: list[tuple[str, str | None]] = []
        self.out_of_scope: Mask = np.zeros(lines.count, dtype=bool)
        self.narrowed: Mask = np.zeros(lines.count, dtype=bool)  # outside this run's scope, inside the district's
        self._open: Mask = np.ones(lines.count, dtype=bool)
        self._found: dict[tuple[str, int, str | None], tuple[int, list[int]]] = {}

    def begin(self) -> None:
        """Begin a stage: lines rejected so far are closed."""
        self._open = self.valid()

    def valid(self) -> Mask:
        """Mark the lines that are in scope and not quarantined."""
        valid: Mask = (self.cause < 0) & ~self.out_of_scope
        return valid

    def severity(self, code: str) -> str:
        """Return a rule's severity in this district."""
        return self._severities.get(code, RULES[code].severity)

    def reject(self, code: str, column: str | None, lines: Index) -> bool:
        """Quarantine lines for breaking a rule; return whether a line was newly quarantined."""
        still_open = lines[self._open[lines]]
        if not len(still_open):
            return False
        self._count(code, column, still_open)
        if (code, column) not in self.causes:
            self.causes.append((code, column))
        fresh = still_open[self.cause[still_open] < 0]
        self.cause[fresh] = self.causes.index((code, column))
        return bool(len(fresh))

    def warn(self, code: str, column: str | None, lines: Index) -> None:
        """Count a warning or a note; the lines stay."""
        if len(lines):
            self._count(code, column, lines)

    def report(self, code: str, column: str | None, lines: Index) -> None:
        """Reject or warn, by the rule's severity; closed lines and lines out of scope stay as they are."""
        if self.severity(code) == "error":
            self.reject(code, column, lines)
        else:
            self.warn(code, column, lines[self._open[lines]])

    def findings(self) -> tuple[Finding, ...]:
        """Return the findings: errors first, then the most frequent first."""
        order = {"error": 0, "warning": 1, "note": 2}
        found = [
            Finding(code, self.severity(code), self._lines.files[file], column, count, tuple(first))
            for (code, file, column), (count, first) in self._found.items()
        ]
        return tuple(sorted(found, key=lambda f: (order[f.severity], -f.count, f.code, f.file, f.column or "")))

    def _count(self, code: str, column: str | None, lines: Index) -> None:
        files = self._lines.file[lines]
        for file in np.unique(files).tolist():
            own = lines[files == file]
            count, first = self._found.get((code, file, column), (0, []))
            numbers = np.sort(self._lines.number[own])[:_FIRST].tolist()
            self._found[code, file, column] = (count + len(own), sorted(first + numbers)[:_FIRST])


def _check_relaxed(changed: Mapping[str, str]) -> None:
    for code in changed:
        if code not in RULES or not RULES[code].relaxable:
            can = ", ".join(sorted(rule.code for rule in RULES.values() if rule.relaxable))
            raise SettingsInvalid(
                f"rules: {code!r} can't be relaxed; rules that can be relaxed: {can}", fix="correct rules:"
            )
