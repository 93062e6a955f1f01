"""Compare one Canvas course with what it should be: plan every change, and find the scores that need somebody."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from pipelines.canvas.assignments import read_assignments
from pipelines.canvas.courses import Person, read_people
from pipelines.canvas.grades import Grade, read_grades
from pipelines.grades.assignments import Wanted, match_assignments
from pipelines.grades.ledger import State, as_table, plain, write_states
from pipelines.grades.matching import Student, match
from pipelines.grades.score_change import NOTHING, Decision, Policy, Recorded, decide
from pipelines.http.client import Client
from pipelines.runs import Counts, Run
from pipelines.settings import Canvas
from pipelines.store.copy import copy
from pipelines.store.engine import transaction
from pipelines.store.statements import execute, rows

BATCH_ROWS = 400  # students in one bulk update (contract 4)
Row = Mapping[str, Any]


@dataclass(frozen=True)
class _Course:
    """A course as it was read.

    `wanted` is by our column's id, `people` by our student's id, `grades` by Canvas's assignment and user numbers.
    """

    wanted: Mapping[UUID, Wanted]
    people: Mapping[UUID, Person | str]
    grades: Mapping[tuple[int, int], Grade]


@dataclass(frozen=True)
class _Decided:
    row: Row
    there: Grade
    decision: Decision


def compare(run: Run, course: int, canvas: Canvas, api: Client) -> Counts:
    """Read the course, decide about every score, and record the planned changes.

    Where a decision has a reason, the score's state is recorded too; a run that only plans records no states. Raises
    what reading the course raises; then nothing of this course was changed.
    """
    key = run.key | {"course_number": course}
    with transaction() as connection:
        columns = rows(connection, "grades/compare.columns", **key)
        students = rows(connection, "grades/compare.students", **key)
        scores = rows(connection, "grades/compare.scores", **key)
    found = _read(api, course, columns, students)
    decided = [_decide(row, found, canvas.changed_in_canvas) for row in scores]
    counts = _count(found, decided)
    with transaction() as connection:
        execute(connection, "grades/compare.forget", **key)
        _write_columns(connection, run, found.wanted)
        _write_numbers(connection, run, found.people)
        _write_changes(connection, key, found, decided)
        if not run.plan_only:
            write_states(connection, run, course, [_state(one) for one in decided if one.decision.reason])
        result = {"status": "compared", "counts": json.dumps(counts), "facts": json.dumps(_names(found.wanted))}
        execute(connection, "grades/compare.finish", **key, **result)
    return counts


def _read(api: Client, course: int, columns: Sequence[Row], students: Sequence[Row]) -> _Course:
    wanted = {one.row["column_id"]: one for one in match_assignments(columns, read_assignments(api, course))}
    people = match(map(_student, students), read_people(api, course))
    numbers = [one.number for one in wanted.values() if one.number is not None]
    return _Course(wanted, people, read_grades(api, course, numbers) if numbers else {})


def _student(row: Row) -> Student:
    names = tuple(filter(None, [row["identifier"]]))
    return Student(row["user_id"], row["user_number"], names, row["email"], row["was_here"])


def _decide(row: Row, found: _Course, changed: str) -> _Decided:
    wanted, person = found.wanted[row["column_id"]], found.people[row["user_id"]]
    there = None
    if isinstance(person, Person) and wanted.number is not None:
        there = found.grades.get((wanted.number, person.number))
    policy = Policy(changed, wanted.row["zeros"])
    decision = decide(Grade(row["points"], row["excused"]), person, there, _recorded(row), (policy, wanted.reason))
    return _Decided(row, there or NOTHING, decision)


def _recorded(row: Row) -> Recorded:
    approved = Grade(row["approved_points"]) if row["was_approved"] else None
    if not row["was_sent"]:
        return Recorded(approved=approved)
    replaced = Grade(row["replaced_points"], row["replaced_excused"])
    return Recorded(
        sent=Grade(row["sent_points"], row["sent_excused"]),
        replaced=None if row["was_confirmed"] else replaced,
        taken_back=replaced if row["was_undone"] else None,
        approved=approved,
    )


def _state(one: _Decided) -> State:
    return State(one.row["column_id"], one.row["user_id"], one.decision.reason or "NOT_YET", one.there)


def _write_columns(connection: Connection, run: Run, wanted: Mapping[UUID, Wanted]) -> None:
    for column_id, one in wanted.items():
        plan = {"action": one.action, "assignment_number": one.number, "reason": one.reason}
        execute(connection, "grades/compare.write_column", **run.key, column_id=column_id, **plan)


def _write_numbers(connection: Connection, run: Run, people: Mapping[UUID, Person | str]) -> None:
    matched = [(str(user_id), person.number) for user_id, person in people.items() if isinstance(person, Person)]
    ids, numbers = [one for one, _ in matched], [one for _, one in matched]
    execute(connection, "grades/compare.write_numbers", **run.key, user_ids=ids, user_numbers=numbers)


def _write_changes(connection: Connection, key: Row, found: _Course, decided: Sequence[_Decided]) -> None:
    changes = [(one, one.decision.send) for one in decided if one.decision.send]
    execute(connection, "grades/compare.open_changes")
    planned: dict[str, list[Any]] = {
        "column_id": [str(one.row["column_id"]) for one, _ in changes],
        "user_id": [str(one.row["user_id"]) for one, _ in changes],
        "user_number": [_number(found.people[one.row["user_id"]]) for one, _ in changes],
        "old": [plain(one.there.score) for one, _ in changes],
        "old_excused": [one.there.excused for one, _ in changes],
        "new": [plain(send.score) for _, send in changes],
        "new_excused": [send.excused for _, send in changes],
        "drifted": [one.decision.drifted for one, _ in changes],
        "held": [one.decision.reason is not None for one, _ in changes],
    }
    copy(connection, "pg_temp", "planned_changes", as_table(planned))
    execute(connection, "grades/compare.write_changes", **key, batch_rows=BATCH_ROWS)


def _number(person: Person | str) -> int | None:
    return person.number if isinstance(person, Person) else None


def _count(found: _Course, decided: Sequence[_Decided]) -> Counts:
    counts: Counter[str] = Counter(f"columns.{one.action}" for one in found.wanted.values())
    for one in decided:
        counts["scores"] += 1
        counts[f"found.{one.decision.reason}" if one.decision.reason else "changes"] += 1
        counts["drifted"] += one.decision.drifted
    return dict(counts)


def _names(wanted: Mapping[UUID, Wanted]) -> dict[str, int]:
    """Count the columns with another title in Canvas, whoever changed the title there (IC-24)."""
    drifted = [
        one for one in wanted.values() if one.action == "keep" and one.there and one.there.title != one.row["title"]
    ]
    return {"other_names": len(drifted)}
