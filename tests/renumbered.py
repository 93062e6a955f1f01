"""A school whose SIS replaces ids: classes of two students each, their nights, and the plans of these nights."""

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
    """Return a row of the class with this number; its two students and its teacher are in no other class."""
    at = number // 2
    defaults = {
        "class_id": f"C{at}",
        "class_name": f"Course {at}",
        "course_id": f"K{at}",
        "course_name": f"Course {at}",
    }
    return person(str(number), **defaults, teacher_email=f"t{at}@school.example") | facts


def school(**facts: str) -> Rows:
    """Return the rows of classes with two students each."""
    return [pupil(number, **facts) for number in range(2 * len(CLASSES))]


STAYS = [pupil(number) for number in range(20, 24)]


@pytest.fixture
def small(town: Town) -> Town:
    """Return a district of a few rows, where a file may shrink by any percentage."""
    settle(town)
    return town


@pytest.fixture
def taught(after: Callable[..., Town]) -> Town:
    """Return the same district after its first night, with the school above."""
    town = after(_first_night)
    settle(town)
    return town


def settle(town: Town) -> None:
    """Allow the file to shrink by any percentage."""
    town.settle(sources=[town.source(completeness=WHOLE)], limits=generous(), new_schools="create")


def _first_night(town: Town) -> None:
    settle(town)
    night(town, school())


def of_more_classes(town: Town) -> None:
    """Sync a first night with additional classes that do not change."""
    settle(town)
    night(town, [*school(), *STAYS])


def renamed(rows: Rows, *columns: str) -> Rows:
    """Return the same rows with other ids in these columns."""
    return [one | {column: f"9{one[column]}" for column in columns} for one in rows]


def proposed(town: Town, rows: Rows) -> int:
    """Plan the rows as the next night, and return the run's number."""
    number = next(_NUMBERS)
    return swift.planned(town, write(town.folder / f"night-{number}.csv", *rows), FIRST + timedelta(days=number))


def planned(town: Town, run_id: int) -> dict[tuple[str, ...], int]:
    """Return a run's changes by entity, action and, if there is one, reason."""
    changes = town.ask(
        "select entity, action, coalesce(reason, '') from work.changes where run_id = %s order by 1, 2", run_id
    )
    return dict(Counter((entity, action, *([reason] if reason else [])) for entity, action, reason in changes))


def applied(town: Town, run_id: int) -> None:
    """Approve all proposed rekeys, and apply the plan."""
    roster.perform("merge", run_id)
    prove(runs.load(run_id))
    if holds.is_open(runs.load(run_id)):
        approval.approve(run_id, Decision("the registrar"))


def night(town: Town, rows: Rows) -> dict[tuple[str, ...], int]:
    """Plan the rows as the next night, approve and apply the plan, and return its changes."""
    run_id = proposed(town, rows)
    plan = planned(town, run_id)
    applied(town, run_id)
    return plan


def without_students(town: Town, run_id: int) -> None:
    """Remove the students from the delivery: a combined file can't contain a class without students."""
    town.ask(f"delete from staging.enrollments_r{run_id}_s0 where role = 'student'")


def planned_again(town: Town, run_id: int) -> dict[tuple[str, ...], int]:
    """Plan a run a second time, and return its changes."""
    covers = frozenset({"classes", "users:student", "users:teacher", "enrollments:student", "enrollments:teacher"})
    changes.plan_run(runs.load(run_id), [SourceScope(0, "sis_file", covers)])
    return planned(town, run_id)
