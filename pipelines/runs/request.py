"""What a run is asked for: by a person, the schedule or a backfill."""

from __future__ import annotations

from datetime import date

from pipelines.settings import DistrictId, Frozen


class Scope(Frozen):
    """What one run may touch, narrower than the settings when a person asked for it. None means all."""

    schools: tuple[str, ...] | None = None
    term: str | None = None
    course: str | None = None  # for sources that can be asked for one (IC-03)
    source: str | None = None


class Approval(Frozen):
    """Which held parts of a run a person lets go on (none named: all that wait), and why. `digest`: what they saw."""

    run_id: int
    by: str
    why: str = ""
    holds: tuple[int, ...] = ()
    digest: str | None = None


class NightRequest(Frozen):
    """What a person, the schedule or a backfill asks for."""

    district_id: DistrictId
    as_of: date
    scope: Scope = Scope()
    plan_only: bool = False
    path: str | None = None  # in place of the settings' path: the first, hand-made import (GC-05)
    scheduled: bool = False  # a scheduled run respects `enabled`; a person's own run does not need it
    classes: tuple[str, ...] | None = None  # of an export of grades: only these classes, by their ids at the source
    activities: tuple[str, ...] | None = None  # … only these activities
    undo: int | None = None  # the run that is taken back: an export of grades, or a night
    by: str = ""  # who asks for it, and why
    why: str = ""
    replay: bool = False  # from what was landed: a backfill
    approves: Approval | None = None  # a run whose held parts are applied
    dag_run: str = ""  # Airflow's run that performs it, as dag_id/run_id: pages lead from one to the other
