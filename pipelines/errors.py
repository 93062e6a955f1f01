"""Every error of Rollbook, grouped by what to do next. Only `pipelines/airflow/` translates the errors for Airflow.

The first line of each class's docstring says what the error's code means. A notification quotes that line.

RollbookError
├── Retry
│   ├── SourceUnavailable
│   ├── SourceGrowing
│   ├── WarehouseUnavailable
│   └── NotificationNotSent
├── Stop
│   ├── SourceIncomplete
│   ├── ContractBroken
│   ├── SettingsInvalid
│   ├── CredentialsRefused
│   ├── ExpectationFailed
│   ├── AuditFailed
│   ├── ScopeViolated
│   ├── UndoConflict
│   ├── StalePlan
│   ├── CoursesFailed
│   ├── ImportMissing
│   ├── SchoolMissing
│   └── CheckFailed
├── Skip
│   ├── NoCanvas
│   ├── DistrictDisabled
│   ├── Blackout
│   ├── NoSnapshot
│   └── RunEnded
└── AskHuman
    ├── HoldRequired
    └── SnapshotUndone

A row that breaks a rule raises no error: the run goes on without the row. See `schemas/rules.py`.
No error holds a value of a row. An error names the file, the line and the column, and never what the cell contains.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Place:
    """Where an error occurred, as exactly as Rollbook can determine. Lines count from 1; the header is line 1."""

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


@dataclass(frozen=True)
class Explained:
    """An error's fields, in the form that leaves the process: on an Airflow exception, in a run's row, in JSON.

    `code` is the heading of the error's section in docs/runbook.md. No field holds a value of a row.
    """

    code: str
    what: str
    owner: str
    fix: str
    place: Place = Place()

    @property
    def runbook(self) -> str:
        """Return the link to the runbook's section that explains the code."""
        return f"docs/runbook.md#{self.code.lower()}"

    @property
    def reason(self) -> str:
        """Return what happened, and where."""
        return f"{self.what} [{self.place}]" if str(self.place) else self.what

    def facts(self) -> dict[str, str | int | None]:
        """Return the fields for JSON: code, what, file, line, column, owner, fix, runbook."""
        fields = {"code": self.code, "what": self.what, **asdict(self.place)}
        return fields | {"owner": self.owner, "fix": self.fix, "runbook": self.runbook}

    def __str__(self) -> str:
        return f"{self.code}: {self.reason}. Owner: {self.owner}. Next: {self.fix}. See {self.runbook}"


class RollbookError(Exception):
    """What happened, where, who owns the error and what to do next.

    `code` is the heading of the error's section in docs/runbook.md.
    """

    code = "ROLLBOOK"
    exit_code = 1

    def __init__(
        self, what: str, *, place: Place | None = None, owner: str = "data engineer", fix: str = "see the runbook"
    ) -> None:
        self.what, self.place, self.owner, self.fix = what, place or Place(), owner, fix
        super().__init__(what)

    @property
    def explained(self) -> Explained:
        """Return the error's fields, without the exception."""
        return Explained(self.code, self.what, self.owner, self.fix, self.place)

    def __str__(self) -> str:
        return str(self.explained)


class Retry(RollbookError):
    """Try again later. Nothing was changed."""

    exit_code = 5


class Stop(RollbookError):
    """A person must fix something first. Nothing was changed.

    `AuditFailed` and `CoursesFailed` are exceptions to that: both are found after something was written.
    """

    exit_code = 3


class Skip(RollbookError):
    """There is nothing to do. Nothing is wrong."""

    exit_code = 0


class AskHuman(RollbookError):
    """A person must decide."""

    exit_code = 4


class SourceUnavailable(Retry):
    """The source did not answer, or its file has not arrived yet."""

    code = "SOURCE_UNAVAILABLE"


class SourceGrowing(Retry):
    """The source changed while it was read."""

    code = "SOURCE_GROWING"


class WarehouseUnavailable(Retry):
    """The warehouse did not answer."""

    code = "WAREHOUSE_UNAVAILABLE"


class NotificationNotSent(Retry):
    """A notification could not be sent. It is sent with the next one; the run is not affected."""

    code = "NOTIFICATION_NOT_SENT"


class SourceIncomplete(Stop):
    """The delivery is incomplete. A plan made from it would archive people who are still there."""

    code = "SOURCE_INCOMPLETE"


class ContractBroken(Stop):
    """The delivery is not in the agreed form: for example a column, a delimiter or an encoding is wrong."""

    code = "CONTRACT_BROKEN"


class SettingsInvalid(Stop):
    """A setting, a connection or an option of the command is invalid."""

    code = "SETTINGS_INVALID"
    exit_code = 2


class CredentialsRefused(Stop):
    """The source or the warehouse refused Rollbook's credentials."""

    code = "CREDENTIALS_REFUSED"


class ExpectationFailed(Stop):
    """The delivery failed a critical expectation."""

    code = "EXPECTATION_FAILED"


class AuditFailed(Stop):
    """The roster after the run is not what the run planned."""

    code = "AUDIT_FAILED"


class ScopeViolated(Stop):
    """The run tried to change a row outside its scope. The database refused, and nothing was changed."""

    code = "SCOPE_VIOLATED"


class UndoConflict(Stop):
    """Later runs changed the rows that the undo would revert."""

    code = "UNDO_CONFLICT"


class StalePlan(Stop):
    """The roster changed after the plan was made."""

    code = "STALE_PLAN"


class CoursesFailed(Stop):
    """The export of grades failed for some courses. The other courses are exported."""

    code = "COURSES_FAILED"


class ImportMissing(Stop):
    """An import did not arrive by its deadline."""

    code = "IMPORT_MISSING"


class SchoolMissing(Stop):
    """The settings list a school that no source delivers."""

    code = "SCHOOL_MISSING"


class CheckFailed(Stop):
    """A scheduled run was refused because the self-check failed."""

    code = "CHECK_FAILED"


class NoCanvas(Skip):
    """The district's settings name no Canvas to send grades to."""

    code = "NO_CANVAS"


class DistrictDisabled(Skip):
    """The district's settings say `enabled: false`."""

    code = "DISTRICT_DISABLED"


class Blackout(Skip):
    """The run's date is in a window of the settings in which nothing may change."""

    code = "BLACKOUT"


class NoSnapshot(Skip):
    """No snapshot of the date was stored, and the source delivers only its present state."""

    code = "NO_SNAPSHOT"


class RunEnded(Skip):
    """The run ended before this step: it was unchanged, only planned, stopped or skipped."""

    code = "RUN_ENDED"


class HoldRequired(AskHuman):
    """A part of the plan exceeds the limits and needs approval."""

    code = "HOLD_REQUIRED"


class SnapshotUndone(AskHuman):
    """The same snapshot was applied before and reverted."""

    code = "SNAPSHOT_UNDONE"
