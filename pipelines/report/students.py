"""The report on the students read from Canvas: who is enrolled here, and who has to do what for which students.

The report holds counts (IC-05, IC-06). `details` lists the students themselves, for people allowed to see them (IC-07).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from pipelines import runs
from pipelines.report import tables
from pipelines.runs import Run
from pipelines.store.engine import transaction
from pipelines.store.statements import execute, parameters_of, rows
from schemas.student_reasons import help_for

PRODUCT = "Rollbook"  # the report's readers know by this name what their students are enrolled in

_SOURCE = "canvas"
_COMPLETE = {"applied", "unchanged"}
_COUNTS = ("students", "enrolled", "good", "seats", "enrolled_seats")
_FIND = (
    "report/students.forget",
    "store/temporary_tables.create_students",
    "report/students.find_seats",
    "report/students.find_refused",
    "report/students.find_students",
    "report/students.analyze",
)
_RECORD = (
    "report/students.keep_refused",
    "report/students.keep_unenrolled",
    "report/students.keep_several",
    "report/students.keep_mismatches",
)

Row = Mapping[str, Any]


def record(run: Run) -> None:
    """Record the result for the students of each import from Canvas, if the run is complete.

    If the run is unchanged, its students are not examined again. Then the result of the equal earlier import is
    recorded, with the number of the run that it comes from.
    """
    for one in _imports(run) if run.status in _COMPLETE else ():
        key = run.key | {"source_n": one["source_n"]}
        with transaction() as connection:
            result = _compare(connection, key) if run.status == "applied" else _recall(connection, key)
            if result:
                execute(connection, "report/students.tell", **key, told=json.dumps(result))


def facts(run: Run) -> list[dict[str, Any]]:
    """Return, for each import from Canvas, whether it is complete, and the result for its students in counts."""
    return [_summary(run, one["source_n"], one["facts"].get("students") or {}) for one in _imports(run)]


def details(run: Run, limit: int = 1000) -> list[dict[str, Any]]:
    """List the students who need help, and with what, by their ids at the source; for people allowed to see them."""
    with transaction() as connection:
        found = rows(connection, "report/students.details", **run.key, rows=limit)
    return [one | _help(one) for one in found]


def page(imports: Sequence[Row]) -> list[str]:
    """Return the report's Markdown lines about students."""
    lines: list[str] = []
    for one in imports:
        confirmed = "**Sync complete.** " if one["complete"] else ""
        lines += ["## Students from Canvas", "", confirmed + one["message"], ""]
        needs = [(n["actor"], n["students"], n["reason"], n["what"], n["action"]) for n in one["needs"]]
        lines += tables.table("Who has to do what", ("who", "students", "reason", "what it means", "to do"), needs)
    return lines


def _imports(run: Run) -> list[dict[str, Any]]:
    return [one for one in runs.imports(run) if one["source"] == _SOURCE]


def _compare(connection: Connection, key: Mapping[str, Any]) -> dict[str, Any] | None:
    """Compare what Canvas delivered with what the roster holds now, and return the result in counts.

    Returns None if the run's staging is gone: then the result was recorded before.
    """
    if not execute(connection, "stage/staging.see", run_id=key["run_id"], source_n=key["source_n"]).scalar_one():
        return None
    parameters = {**key, "source": _SOURCE}
    for name in (*_FIND, *_RECORD):
        execute(connection, name, **{parameter: parameters[parameter] for parameter in parameters_of(name)})
    needs = rows(connection, "report/students.needs", **key)
    return {"run_id": key["run_id"], **rows(connection, "report/students.counts", **key)[0], "needs": needs}


def _recall(connection: Connection, key: Mapping[str, Any]) -> dict[str, Any] | None:
    found = rows(connection, "report/students.recall", **key, source=_SOURCE)
    return found[0]["told"] if found else None


def _summary(run: Run, source_n: int, result: Row) -> dict[str, Any]:
    needs = [{"reason": one["reason"], "students": one["students"]} | _help(one) for one in result.get("needs", ())]
    complete = run.status in _COMPLETE and run.code is None
    good = complete and bool(result) and 0 < result["students"] == result["good"]
    return {
        "source_n": source_n,
        "source": _SOURCE,
        "complete": complete,
        "all_good": good,
        "message": _message(run, result, good, needs) if complete else _incomplete(run),
        "looked_at_in_run": result.get("run_id"),
        **{name: result.get(name) for name in _COUNTS},
        "needs": needs,
    }


def _help(one: Row) -> dict[str, str]:
    found = help_for(one["reason"], one["systems"])
    return {"what": found.what, "actor": found.actor, "action": found.action}


def _incomplete(run: Run) -> str:
    if run.status == "planned":
        return "Nothing was synced: the run only made a plan."
    return f"The sync is not complete: the run is {run.status}{f' as {run.code}' if run.code else ''}."


def _message(run: Run, result: Row, good: bool, needs: Sequence[Row]) -> str:
    """Return the message: all students are good to go (IC-05), or how many are and who must act (IC-06)."""
    if not result:
        return "The delivered students were not compared with the roster."
    since = "" if result["run_id"] == run.run_id else f"Canvas has delivered the same since run {result['run_id']}. "
    if not result["students"]:
        return f"{since}Canvas delivered no students."
    if good:
        return f"{since}Sync successful. All of your students from Canvas are enrolled in {PRODUCT} and are good to go."
    by_actor: Counter[str] = Counter()
    for one in needs:
        by_actor[one["actor"]] += one["students"]
    actors = ", ".join(f"{actor} {count:,}" for actor, count in sorted(by_actor.items()))
    return (
        f"{since}{result['good']:,} of {result['students']:,} students from Canvas are enrolled in {PRODUCT} and are "
        f"good to go. {result['students'] - result['good']:,} need help. Who has to act: {actors}."
    )
