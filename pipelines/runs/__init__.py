"""The record of every run: its request, its status, its steps and its imports. Counts and codes only."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from pipelines.errors import Explained, RollbookError, SettingsInvalid, StalePlan
from pipelines.runs import request as requests
from pipelines.runs.request import Request, Scope
from pipelines.store.engine import transaction
from pipelines.store.statements import execute, rows

Counts = dict[str, int]

ENDED = frozenset({"unchanged", "planned", "applied", "stopped", "skipped"})  # a failed run may be resumed


@dataclass(frozen=True)
class Run:
    """One execution of a roster's or an export's steps for one district and as_of."""

    run_id: int
    district_id: str
    as_of: date
    status: str
    code: str | None
    reason: str | None  # what ended the run, and where
    request: Request
    base_run_id: int | None
    counts: dict[str, Any]
    kind: str  # roster | gradebook
    pages: dict[str, str]  # the Data Docs page of each suite of expectations
    is_late: bool = False  # the roster already describes a later date
    undone_by: int | None = None
    settings: str | None = None  # the version of the settings that the run began with
    owner: str | None = None  # of the error that ended it
    fix: str | None = None

    @property
    def explained(self) -> Explained | None:
        """Return the error that ended the run; None if the run ended well, or by an unexpected error."""
        if not (self.code and self.reason and self.owner and self.fix):
            return None
        return Explained(self.code, self.reason, self.owner, self.fix)

    @property
    def key(self) -> dict[str, Any]:
        """Return the parameters by which statements find this run's rows."""
        return {"district_id": self.district_id, "run_id": self.run_id}

    @property
    def reverts(self) -> int | None:
        """Return the number of the run that this run reverts, or None."""
        return requests.reverts(self.request)

    @property
    def approves(self) -> int | None:
        """Return the number of the run whose held parts this run applies, or None."""
        return requests.approves(self.request)

    @property
    def is_replay(self) -> bool:
        """Return whether the run reads landed snapshots and asks no source that delivers only its present state."""
        return isinstance(self.request, requests.ReplayRequest)

    @property
    def is_scheduled(self) -> bool:
        """Return whether the run respects the setting `enabled`."""
        return not isinstance(self.request, requests.UndoRequest | requests.ApprovalRequest) and self.request.scheduled

    @property
    def plan_only(self) -> bool:
        """Return whether the run only plans: it applies nothing, and sends nothing."""
        return not isinstance(self.request, requests.UndoRequest | requests.ApprovalRequest) and self.request.plan_only

    @property
    def scope(self) -> Scope:
        """Return which part of the roster the run may change."""
        return (
            Scope() if isinstance(self.request, requests.UndoRequest | requests.ExportRequest) else self.request.scope
        )

    @property
    def path(self) -> str | None:
        """Return the file that a person named in place of the settings' path, or None."""
        return self.request.path if isinstance(self.request, requests.NightRequest) else None


@dataclass(frozen=True)
class Outcome:
    """The outcome of a step: the run's status after the step, the step's counts, and its seconds."""

    run_id: int
    step: str
    status: str
    counts: Counts
    seconds: float


def add(counts: Counts, more: Counts) -> None:
    """Add `more` to `counts` in place, name by name."""
    for name, count in more.items():
        counts[name] = counts.get(name, 0) + count


def start(request: Request, kind: str = "roster", settings: str | None = None) -> int:
    """Record that a run begins and return its number; its kind is `roster` or `gradebook`.

    `settings` is the version of the settings that the run begins with.
    """
    facts = {"district_id": request.district_id, "as_of": request.as_of, "dag_run": request.dag_run}
    facts |= {"intent": request.kind, "reverts": requests.reverts(request), "approves": requests.approves(request)}
    with transaction() as connection:
        begun = execute(
            connection, "runs/runs.start", **facts, request=request.model_dump_json(), kind=kind, settings=settings
        )
        return int(begun.scalar_one())


def unrecorded(request: Request, run_id: int = 0) -> Run:
    """Return a roster run that no row records: a plan that is rolled back needs only the run's number."""
    return Run(
        run_id=run_id,
        district_id=request.district_id,
        as_of=request.as_of,
        status="running",
        code=None,
        reason=None,
        request=request,
        base_run_id=None,
        counts={},
        kind="roster",
        pages={},
    )


def load(run_id: int) -> Run:
    """Return the run of this number. Raises SettingsInvalid if there is none."""
    with transaction() as connection:
        found = execute(connection, "runs/runs.get", run_id=run_id).mappings().one_or_none()
    if found is None:
        raise SettingsInvalid(f"there is no run {run_id}", fix="list the runs: rollbook runs")
    return Run(
        run_id=found["run_id"],
        district_id=found["district_id"],
        as_of=found["as_of"],
        status=found["status"],
        code=found["code"],
        reason=found["reason"],
        request=requests.REQUEST.validate_python(found["request"]),
        base_run_id=found["base_run_id"],
        counts=found["counts"],
        kind=found["kind"],
        pages=found["pages"],
        is_late=found["is_late"],
        undone_by=found["undone_by"],
        settings=found["settings"],
        owner=found["owner"],
        fix=found["fix"],
    )


def finish(run_id: int, status: str, error: RollbookError | None = None, code: str | None = None) -> None:
    """Record how a run ended. An error is recorded by its fields, which hold no value of a row."""
    with transaction() as connection:
        execute(
            connection,
            "runs/runs.finish",
            run_id=run_id,
            status=status,
            **ended_by(error.explained if error else None, code),
        )


def ended_by(error: Explained | None, code: str | None = None) -> dict[str, str | None]:
    """Return the columns that record an error: code, reason, owner and fix; without an error only the code."""
    if error is None:
        return {"code": code, "reason": None, "owner": None, "fix": None}
    return {"code": error.code, "reason": error.reason, "owner": error.owner, "fix": error.fix}


def resume(run_id: int) -> None:
    """Set a failed run back to running: its failed step is tried again."""
    with transaction() as connection:
        execute(connection, "runs/runs.resume", run_id=run_id)


def overtake(run: Run) -> list[int]:
    """Stop the district's older runs of this kind that still count as running: killed or slow. Return their numbers."""
    with transaction() as connection:
        return list(execute(connection, "runs/runs.overtake", **run.key).scalars())


def record_step(run: Run, step: str, ok: bool, seconds: float, counts: Counts) -> None:
    """Record a step's counts and seconds; the last try replaces earlier ones."""
    counts_json = json.dumps(counts)
    with transaction() as connection:
        execute(connection, "runs/runs.record_step", **run.key, step=step, ok=ok, seconds=seconds, counts=counts_json)
        execute(connection, "runs/runs.count", run_id=run.run_id, counts=counts_json)


def steps(run: Run) -> list[dict[str, Any]]:
    """Return the steps performed so far, in order."""
    with transaction() as connection:
        return rows(connection, "runs/runs.steps", **run.key)


def imports(run: Run) -> list[dict[str, Any]]:
    """Return the Import Details: one row per source of the run (GC-17)."""
    with transaction() as connection:
        return rows(connection, "runs/runs.imports", **run.key)


def recent(district_id: str | None, limit: int = 50) -> list[dict[str, Any]]:
    """Return the latest runs, newest first."""
    with transaction() as connection:
        return rows(connection, "runs/runs.recent", district_id=district_id, rows=limit)


def newest_night(district_id: str) -> date | None:
    """Return the latest date that the district's roster describes, or None before the first run."""
    with transaction() as connection:
        newest: date | None = execute(connection, "runs/runs.newest_night", district_id=district_id).scalar_one()
    return newest


def last_import(
    district_id: str, source: str, source_n: int, layout: str, until: date | None = None
) -> dict[str, Any] | None:
    """Return the last import of this source up to a date: digest, rules_version, landing, run_id and its facts.

    `received_rows` is None if that import had another layout.
    """
    key = {"district_id": district_id, "until": until, "source": source, "source_n": source_n, "layout": layout}
    with transaction() as connection:
        found = rows(connection, "runs/runs.last_import", **key)
    return found[0] if found else None


def receive(run: Run, source_n: int, **facts: Any) -> None:
    """Record an import that arrived whole: source, layout, digest, rules_version, landing, received_rows, facts."""
    facts["facts"] = json.dumps(facts["facts"])
    with transaction() as connection:
        execute(connection, "runs/runs.receive", **run.key, source_n=source_n, **facts)


def refuse(run: Run, source_n: int, source: str, layout: str, error: RollbookError) -> None:
    """Record an import that was refused, with the error's fields (GC-19)."""
    facts = json.dumps(ended_by(error.explained))
    with transaction() as connection:
        execute(connection, "runs/runs.refuse", **run.key, source_n=source_n, source=source, layout=layout, facts=facts)


def conclude_imports(run: Run, status: str) -> None:
    """Mark the run's imports `applied` or `unchanged`."""
    with transaction() as connection:
        execute(connection, "runs/runs.conclude_imports", **run.key, status=status)


def record_findings(run: Run, source_n: int, counts: Counts, findings: list[dict[str, Any]], facts: Any) -> None:
    """Record validation's counts and its findings, grouped by root cause."""
    columns: dict[str, Any] = {"received": counts["received"]}
    columns |= {"counts": json.dumps(counts), "findings": json.dumps(findings), "facts": json.dumps(facts, default=str)}
    with transaction() as connection:
        execute(connection, "runs/runs.record_findings", **run.key, source_n=source_n, **columns)


def see_staging(connection: Connection, run: Run, source_n: int) -> None:
    """Let the transaction's statements see the run's staged rows of a source.

    Raises StalePlan if the rows are gone: a newer run of the district was staged since.
    """
    if not execute(connection, "stage/staging.see", run_id=run.run_id, source_n=source_n).scalar_one():
        raise StalePlan("a newer run of the district has replaced this run", fix="start a new run for the same date")


def see_base(connection: Connection, run: Run) -> None:
    """Let the transaction's statements see, as base_<entity>, the roster that the run's plan is compared with.

    For a late-arriving run this is the roster on the evening of the run's date.
    """
    execute(connection, "runs/runs.see_base", district_id=run.district_id, night=run.as_of if run.is_late else None)


def record_data_docs(run: Run, suite: str, page: str | None) -> None:
    """Record where the Data Docs of a suite of expectations are."""
    with transaction() as connection:
        execute(connection, "runs/runs.record_data_docs", run_id=run.run_id, suite=suite, page=page)


def quarantined(run: Run, limit: int = 1000) -> list[dict[str, Any]]:
    """Return the quarantined rows themselves, for people allowed to see them."""
    with transaction() as connection:
        return rows(connection, "runs/runs.quarantined", **run.key, rows=limit)
