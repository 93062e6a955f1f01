"""Ids that a source replaced, found by all else that stayed the same: each is proposed as a `rekey`, and held.

A change of ids in an SIS makes every class vanish and come anew, and with it whatever hangs on our id. So what vanished
and what is new are paired one to one where their attributes and rosters are equal (docs/decisions/0021). The statements
are in sql/plan/rekey.sql; `plan.ORDER` says when they run.
"""

from __future__ import annotations

from pipelines.runs import Run
from pipelines.store.engine import transaction
from pipelines.store.statements import execute

# Pairs of an entity in one delivery. A few classes made anew are a school's own affair, and not worth a person's time.
REKEY_LEAST = 5


def refuse(run: Run, source_n: int, entity: str) -> None:
    """Never again take these delivered ids for ours: what the run holds of them as a rekey was rejected by a person."""
    with transaction() as connection:
        execute(connection, "plan/rekey.refuse", **run.key, source_n=source_n, entity=entity)
