"""A school whose SIS gives out new ids: six classes of two students each, their nights, and what these plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from itertools import count

import pytest

from pipelines import roster, runs
from pipelines.audit.checks import prove
from pipelines.operations import approval
from pipelines.plan import changes
from pipelines.plan.scope import SourceScope
from pipelines.review import holds
from pipelines.runs.request import Decision
from tests import swift
from tests.rows import person, write
from tests.town import FIRST, Town, generous

WHOLE = {"settle_seconds": 0, "shrink_percent": 100}
Rows = list[dict[str, str]]
CLASSES = range(6)
_NUMBERS = count()


def pupil(number: int, **facts: str) -> dict[str, str]:
    """A row of a class of its own number: two students, and a teacher, who are in no other."""
    at = number // 2
    known = {"class_id": f"C{at}", "class_name": f"Course {at}", "course_id": f"K{at}", "course_name": f"Course {at}"}
    return person(str(number), **known, teacher_email=f"t{at}@school.example") | facts


def school(**facts: str) -> Rows:
    """Six classes of two students each."""
    return [pupil(number, **facts) for number in range(2 * len(CLASSES))]


STAYS = [pupil(number) for number in range(20, 24)]


@pytest.fixture
def small(town: Town) -> Town:
    """A district of a few rows, where a file may shrink by any share."""
    settle(town)
    return town


@pytest.fixture
def taught(after: Callable[..., Town]) -> Town:
    """The same after its first night, with the school above."""
    town = after(_first_night)
    settle(town)
    return town


def settle(town: Town) -> None:
    """Let the file shrink by any share."""
    town.settle(sources=[town.source(completeness=WHOLE)], limits=generous(), new_schools="create")


def _first_night(town: Town) -> None:
    settle(town)
    night(town, school())


def of_more_classes(town: Town) -> None:
    """A first night with classes besides that stay as they are."""
    settle(town)
    night(town, [*school(), *STAYS])


def renamed(rows: Rows, *columns: str) -> Rows:
    """The same rows with other ids in these columns."""
    return [one | {column: f"9{one[column]}" for column in columns} for one in rows]


def proposed(town: Town, rows: Rows) -> int:
    """Plan the rows as the next night; the run's number."""
    number = next(_NUMBERS)
    return swift.planned(town, write(town.folder / f"night-{number}.csv", *rows), FIRST + timedelta(days=number))


def planned(town: Town, run_id: int) -> dict[tuple[str, ...], int]:
    """A run's changes by entity, action and, where there is one, reason."""
    told = town.ask(
        "select entity, action, coalesce(reason, '') from work.changes where run_id = %s order by 1, 2", run_id
    )
    return dict(Counter((entity, action, *([reason] if reason else [])) for entity, action, reason in told))


def applied(town: Town, run_id: int) -> None:
    """Approve all that is proposed and apply the plan."""
    roster.perform("merge", run_id)
    prove(runs.load(run_id))
    if holds.is_open(runs.load(run_id)):
        approval.approve(run_id, Decision("the registrar"))


def night(town: Town, rows: Rows) -> dict[tuple[str, ...], int]:
    """Plan the rows as the next night, approve and apply it; what was planned."""
    run_id = proposed(town, rows)
    told = planned(town, run_id)
    applied(town, run_id)
    return told


def without_students(town: Town, run_id: int) -> None:
    """Take the students out of the delivery: a combined file can't say that a class has none."""
    town.ask(f"delete from staging.enrollments_r{run_id}_s0 where role = 'student'")


def planned_again(town: Town, run_id: int) -> dict[tuple[str, ...], int]:
    """What a run plans when it does so a second time."""
    covers = frozenset({"classes", "users:student", "users:teacher", "enrollments:student", "enrollments:teacher"})
    changes.plan_run(runs.load(run_id), [SourceScope(0, "sis_file", covers)])
    return planned(town, run_id)
