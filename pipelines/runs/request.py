"""The requests that runs perform: a night, a replay, an undo, an approval or an export of grades.

A request is stored with its run as JSON. SQL reads none of the JSON's keys. `runs.start` also writes the facts that SQL
needs to columns of runs.runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from pipelines.settings import DistrictId, Frozen


class Scope(Frozen):
    """The part of the roster that one run may change. A person may narrow the settings' scope. None means all."""

    schools: tuple[str, ...] | None = None
    term: str | None = None
    course: str | None = None  # for sources that can deliver a single course (IC-03)
    source: str | None = None


@dataclass(frozen=True)
class Decision:
    """Who decides about which holds of a run, and why.

    Without a hold, the decision is about all open holds. `digest` stands for the changes that the person saw.
    """

    by: str
    why: str = ""
    holds: tuple[int, ...] = ()
    digest: str | None = None


class _Asked(Frozen):
    """The fields of every request.

    `dag_run` is the Airflow run that performs the request, as dag_id/run_id. Pages link the two runs.
    """

    district_id: DistrictId
    as_of: date
    dag_run: str | None = None


class NightRequest(_Asked):
    """A person or the schedule asks for a roster run of one date. A scheduled run respects the setting `enabled`."""

    kind: Literal["night"] = "night"
    scope: Scope = Scope()
    plan_only: bool = False
    path: str | None = None  # in place of the settings' path: the first, hand-made import (GC-05)
    scheduled: bool = False


class ReplayRequest(_Asked):
    """A person or a backfill asks to replay one date from its landed snapshots."""

    kind: Literal["replay"] = "replay"
    scope: Scope = Scope()
    plan_only: bool = False  # a backfill may set it
    scheduled: bool = False


class UndoRequest(_Asked):
    """A person reverts the run `reverts`: a run of the roster, or an export of grades."""

    kind: Literal["undo"] = "undo"
    reverts: int
    by: str
    why: str = ""


class ApprovalRequest(_Asked):
    """A person applies held parts of the run `run_id`. The new run has the same scope as that run."""

    kind: Literal["approval"] = "approval"
    run_id: int
    decision: Decision
    scope: Scope = Scope()


class ExportRequest(_Asked):
    """A person, the schedule or a synced roster asks for an export of grades. None means all."""

    kind: Literal["export"] = "export"
    classes: tuple[str, ...] | None = None  # ids at the source
    activities: tuple[str, ...] | None = None  # ids at the source
    plan_only: bool = False
    scheduled: bool = False


Request = Annotated[
    NightRequest | ReplayRequest | UndoRequest | ApprovalRequest | ExportRequest, Field(discriminator="kind")
]
REQUEST: TypeAdapter[Request] = TypeAdapter(Request)


def reverts(request: Request) -> int | None:
    """Return the run that a request reverts, or None."""
    return request.reverts if isinstance(request, UndoRequest) else None


def approves(request: Request) -> int | None:
    """Return the run whose held parts a request approves, or None."""
    return request.run_id if isinstance(request, ApprovalRequest) else None
