"""The plan applied to the roster: one transaction, under the district's lock, all of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from pipelines.entities import ALL
from pipelines.errors import StalePlan
from pipelines.runs import Counts, Run, see_staging
from pipelines.store.engine import transaction
from pipelines.store.statements import parameters_of, run

LARGE = 100_000  # changed rows from which the planner should look at the roster at once; else autovacuum does


def merge(night: Run, sources: Mapping[int, str], invite: str) -> Counts:
    """Apply the plan of the run, from `sources` by their number: history, the rows, who is who. Returns rows written.

    Raises StalePlan when another run was applied since the plan was made. A killed merge leaves the old roster.
    """
    with transaction() as connection:
        run(connection, "merge/plan.lock", district_id=night.district_id)
        if run(connection, "merge/plan.last_applied", district_id=night.district_id).scalar_one() != night.base_run_id:
            raise StalePlan("another run was applied since this plan was made", fix="run the night again")
        counts: Counts = {"applied.created": 0, "applied.updated": 0, "applied.archived": 0}
        for source_n, source in sources.items():
            see_staging(connection, night, source_n)
            for entity in ALL:
                _apply(connection, night, entity, {"source_n": source_n, "source": source, "invite": invite}, counts)
        run(connection, "runs.conclude_imports", **night.key, status="applied")
        run(connection, "runs.finish", run_id=night.run_id, status="applied", code=None, reason=None)
    if sum(counts.values()) >= LARGE:
        with transaction() as connection:
            run(connection, "merge/plan.analyze")
    return counts


def _apply(connection: Connection, night: Run, entity: str, of_source: dict[str, object], counts: Counts) -> None:
    known = night.key | {"as_of": night.as_of} | of_source
    written = {"update": "applied.updated", "archive": "applied.archived", "create": "applied.created"}
    for act in ("keep_history", "update", "archive", "create", "link"):
        if (entity, act) == ("enrollments", "link"):  # known by their class and person, linked to nothing
            continue
        name = f"merge/{entity}.{act}"
        done = run(connection, name, **{key: known[key] for key in parameters_of(name)})
        if act in written:
            counts[written[act]] += done.rowcount
