"""Find the class and student of a gradebook's checked lines in the roster; store activities and scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from sqlalchemy import Connection

from pipelines.runs import Counts, Run
from pipelines.sources.assertions import Rejection
from pipelines.store.copy import copy
from pipelines.store.engine import transaction
from pipelines.store.statements import execute, rows

_TEMPORARY = "pg_temp"


@dataclass(frozen=True)
class Stored:
    """The counts of what was written, and the rejected lines."""

    counts: Counts
    rejections: tuple[Rejection, ...]


def store(run: Run, source: str, activities: pa.Table, scores: pa.Table) -> Stored:
    """Write what is new or different, in one transaction.

    What the delivery does not name stays as it is.
    """
    counts: Counts = {}
    with transaction() as connection:
        execute(connection, "grades/collect.lock", district_id=run.district_id)
        _load(connection, activities, scores)
        execute(connection, "grades/collect.find_classes", district_id=run.district_id)
        execute(connection, "grades/collect.find_students", district_id=run.district_id)
        execute(connection, "grades/collect.analyze_found")
        rejections = _rejections(connection, "grades/collect.refused_activities")
        counts["activities.changed"] = _write(connection, "grades/collect.change_activities", run, source)
        counts["activities.new"] = _write(connection, "grades/collect.create_activities", run, source)
        execute(connection, "grades/collect.find_scores", district_id=run.district_id, source=source)
        execute(connection, "grades/collect.doubt_scores")
        execute(connection, "grades/collect.analyze_scores")
        rejections += _rejections(connection, "grades/collect.refused_scores", district_id=run.district_id)
        counts["scores.changed"] = _write(connection, "grades/collect.change_scores", run)
        counts["scores.new"] = _write(connection, "grades/collect.create_scores", run)
    return Stored(counts, tuple(rejections))


def _load(connection: Connection, activities: pa.Table, scores: pa.Table) -> None:
    execute(connection, "grades/collect.open_activities")
    execute(connection, "grades/collect.open_scores")
    execute(connection, "grades/collect.open_classes")
    execute(connection, "grades/collect.open_students")
    execute(connection, "grades/collect.open_found_scores")
    copy(connection, _TEMPORARY, "collected_activities", activities)
    copy(connection, _TEMPORARY, "collected_scores", scores)
    execute(connection, "grades/collect.analyze_collected")


def _write(connection: Connection, statement: str, run: Run, source: str | None = None) -> int:
    about = {"source": source} if source else {}
    return execute(connection, statement, **run.key, **about).rowcount


def _rejections(connection: Connection, statement: str, **about: str) -> list[Rejection]:
    return [
        Rejection(found["code"], found["column_name"], np.array(found["places"], dtype=np.intp))
        for found in rows(connection, statement, **about)
    ]
