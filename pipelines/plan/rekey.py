"""Ids that a source replaced, found by all else that stayed the same: each is proposed as a `rekey`, and held.

A change of ids in an SIS makes every class vanish and come anew, and with it whatever hangs on our id. So what vanished
and what is new are paired one to one where their attributes and rosters are equal (docs/decisions/0021).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from pipelines.runs import Run, see_staging
from pipelines.store.engine import transaction
from pipelines.store.statements import rows, run, run_each

# Pairs of an entity in one delivery. A few classes made anew are a school's own affair, and not worth a person's time.
REKEY_LEAST = 5


def propose(connection: Connection, night: Run, parameters: Mapping[str, Any], others: Mapping[int, str]) -> bool:
    """Pair what is new in a source's delivery with what vanished, into the table `rekeyed`; tell whether there is any.

    `others` are the night's other sources by their number: what they name has not vanished.
    """
    known = {**parameters, "least": REKEY_LEAST}
    likely = rows(connection, "plan/rekey.is_likely", least=REKEY_LEAST, covers=known["covers"])[0]
    if not (likely["rosters"] or likely["courses"]):
        return False
    run_each(connection, known, "plan/rekey.begin")
    if likely["rosters"] and _are_alike(connection, night, known, others):
        _pair_rosters(connection, known)
    if likely["courses"]:
        run_each(connection, known, "plan/rekey.pair_courses")
    return bool(run(connection, "plan/rekey.found").scalar_one())


def refuse(night: Run, source_n: int, entity: str) -> None:
    """Never again take these delivered ids for ours: what the run holds of them as a rekey was rejected by a person."""
    with transaction() as connection:
        run(connection, "plan/rekey.refuse", **night.key, source_n=source_n, entity=entity)


def _are_alike(connection: Connection, night: Run, known: Mapping[str, Any], others: Mapping[int, str]) -> bool:
    for entity in ("classes", "users"):
        run_each(connection, known, f"plan/rekey.find_new_{entity}", f"plan/rekey.find_old_{entity}")
    for source_n, source in others.items():
        see_staging(connection, night, source_n)
        for entity in ("classes", "users"):
            run_each(connection, {**known, "source": source}, f"plan/rekey.keep_named_{entity}")
    see_staging(connection, night, known["source_n"])
    run_each(connection, known, "plan/rekey.analyze_alike")
    return bool(run(connection, "plan/rekey.are_alike", least=REKEY_LEAST).scalar_one())


def _pair_rosters(connection: Connection, known: Mapping[str, Any]) -> None:
    """Pair classes, then people: a person of common names is told by their classes."""
    steps = ("find_presumed", "find_new_seats", "find_old_seats", "complete_new", "complete_old", "analyze_seats")
    run_each(connection, known, *(f"plan/rekey.{step}" for step in steps))
    run_each(connection, known, "plan/rekey.pair_classes", "plan/rekey.pair_users")
