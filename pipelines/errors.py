"""Every error of Rollbook, named by what to do next; only `airflow_bridge.py` makes it Airflow's retry, fail or skip.

RollbookError
├── Retry                    try again later, nothing was changed
│   ├── SourceUnavailable    the source did not answer, or its file is not there yet
│   ├── SourceGrowing        the file was still being written
│   ├── WarehouseUnavailable the warehouse did not answer
│   └── NoticeNotSent        a notice could not be sent; never raised by a night, only logged
├── Stop                     a person must mend something first, nothing was changed
│   ├── SourceIncomplete     what arrived is not the whole: planning from it would archive people
│   ├── ContractBroken       what arrived is not in the agreed form (a column, a delimiter, an encoding)
│   ├── SettingsInvalid      a settings file is wrong
│   ├── CredentialsRefused   the source or the warehouse refused our credentials
│   ├── PromiseBroken        a critical expectation about the whole did not hold
│   ├── AuditFailed          what was written is not what was planned
│   ├── ImportMissing        an import was not there by its deadline
│   ├── SchoolMissing        a school that the settings list is not at any source
│   ├── CheckRed             a scheduled run was refused, because the self-check is red
│   ├── CoursesFailed        the export of some courses' grades failed, the others' is done
│   ├── ScopeViolated        a row outside the scope was about to be changed
│   ├── UndoConflict         later runs changed what is to be taken back
│   └── StalePlan            the roster moved on since the plan was made
├── Skip                     there is nothing to do, and that is right
│   ├── DistrictDisabled     the district's settings say `enabled: false`
│   ├── NoCanvas             the district's settings name no Canvas
│   ├── Blackout             the night is in a window in which nothing changes
│   ├── NoSnapshot           a past night of which nothing was kept, and whose source tells only the present
│   └── RunEnded             the run has come to its end before this step
└── AskHuman                 only a person can decide
    ├── HoldRequired         a part of the plan is beyond the limits
    └── SnapshotUndone       the same snapshot was applied once, and taken back

Row rules (the design's `Quarantine`) are not exceptions: a night with bad rows goes on. See `schemas/rules.py`.
No error carries a value of a row: it says file, line and column, never what stood there.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """Where something went wrong, as exactly as it is known. Lines count from 1, the header is line 1."""

    file: str | None = None
    line: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        parts = [self.file] if self.file else []
        if self.line is not None:
            parts.append(f"line {self.line}")
        if self.column:
            parts.append(f"column {self.column!r}")
        return ", ".join(parts)


class RollbookError(Exception):
    """What happened, where, who owns it and what to do next. `code` finds it in docs/runbook.md."""

    code = "ROLLBOOK"
    exit_code = 1

    def __init__(
        self, what: str, *, place: Place | None = None, owner: str = "data engineer", fix: str = "see the runbook"
    ) -> None:
        self.what, self.place, self.owner, self.fix = what, place or Place(), owner, fix
        super().__init__(what)

    def __str__(self) -> str:
        where = f" [{self.place}]" if str(self.place) else ""
        runbook = f"docs/runbook.md#{self.code.lower()}"
        return f"{self.code}: {self.what}{where}. Owner: {self.owner}. Next: {self.fix}. See {runbook}"


class Retry(RollbookError):
    """Try again later; nothing was changed."""

    exit_code = 5


class Stop(RollbookError):
    """A person must mend something first; nothing was changed."""

    exit_code = 3


class Skip(RollbookError):
    """There is nothing to do, and that is right."""

    exit_code = 0


class AskHuman(RollbookError):
    """Only a person can decide."""

    exit_code = 4


class SourceUnavailable(Retry):
    """The source did not answer, or its file is not there yet."""

    code = "SOURCE_UNAVAILABLE"


class SourceGrowing(Retry):
    """The file was still being written while we read it."""

    code = "SOURCE_GROWING"


class WarehouseUnavailable(Retry):
    """The warehouse did not answer."""

    code = "WAREHOUSE_UNAVAILABLE"


class NotificationNotSent(Retry):
    """A notice could not be sent; it waits for the next one."""

    code = "NOTIFICATION_NOT_SENT"


class SourceIncomplete(Stop):
    """What arrived is not the whole; planning from it would archive people who are still there."""

    code = "SOURCE_INCOMPLETE"


class ContractBroken(Stop):
    """What arrived is not in the agreed form."""

    code = "CONTRACT_BROKEN"


class SettingsInvalid(Stop):
    """A settings file is wrong."""

    code = "SETTINGS_INVALID"
    exit_code = 2


class CredentialsRefused(Stop):
    """The source or the warehouse refused our credentials."""

    code = "CREDENTIALS_REFUSED"


class ExpectationFailed(Stop):
    """A critical expectation about the whole did not hold."""

    code = "EXPECTATION_FAILED"


class AuditFailed(Stop):
    """What was written is not what was planned."""

    code = "AUDIT_FAILED"


class ScopeViolated(Stop):
    """A row outside the scope was about to be changed; the database saw it and nothing was."""

    code = "SCOPE_VIOLATED"


class UndoConflict(Stop):
    """Later runs changed what is to be taken back."""

    code = "UNDO_CONFLICT"


class StalePlan(Stop):
    """The roster moved on since the plan was made."""

    code = "STALE_PLAN"


class CoursesFailed(Stop):
    """The export of some courses' grades failed; the others' is done."""

    code = "COURSES_FAILED"


class ImportMissing(Stop):
    """An import was not there by its deadline."""

    code = "IMPORT_MISSING"


class SchoolMissing(Stop):
    """A school that the settings list is not at any source."""

    code = "SCHOOL_MISSING"


class CheckFailed(Stop):
    """A scheduled run was refused, because the self-check is red."""

    code = "CHECK_FAILED"


class NoCanvas(Skip):
    """The district's settings name no Canvas to send grades to."""

    code = "NO_CANVAS"


class DistrictDisabled(Skip):
    """The district's settings say `enabled: false`."""

    code = "DISTRICT_DISABLED"


class Blackout(Skip):
    """The night is in a window of the settings in which nothing changes."""

    code = "BLACKOUT"


class NoSnapshot(Skip):
    """Nothing was kept of a past night, and its source tells only the present."""

    code = "NO_SNAPSHOT"


class RunEnded(Skip):
    """The run has come to its end before this step: unchanged, planned only, stopped or skipped."""

    code = "RUN_ENDED"


class HoldRequired(AskHuman):
    """A part of the plan is beyond the limits."""

    code = "HOLD_REQUIRED"


class SnapshotUndone(AskHuman):
    """The same snapshot was applied once, and taken back."""

    code = "SNAPSHOT_UNDONE"
