"""Propose a `rekey` for each id that a source replaced; the proposals are held.

If an SIS changes its ids, every class is absent under its old id and new under another. Then everything that belongs to
Rollbook's id of the class would be lost. So absent and new rows are paired one to one where their attributes and
rosters are equal (docs/decisions/0021). The statements are in sql/plan/rekey.sql; `changes.ORDER` has their order.
"""

from __future__ import annotations

from pipelines.runs import Run
from pipelines.store.engine import transaction
from pipelines.store.statements import execute

# The least number of pairs of an entity in one delivery: a school may create a few classes anew, without approval.
REKEY_LEAST = 5


def refuse(run: Run, source_n: int, entity: str) -> None:
    """Record that a person rejected the rekeys that the run holds. These pairs are not proposed again."""
    with transaction() as connection:
        execute(connection, "plan/rekey.refuse", **run.key, source_n=source_n, entity=entity)
