"""A district's way to going live: nine steps in order (CT-17), and what is left to do at each school (SL-11).

Whether a step is done is computed from the current data. So nobody ticks a step off, and a step reopens when it is no
longer done. docs/launch.md has the same list.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pipelines import runs
from pipelines.errors import HoldRequired
from pipelines.operations.self_check.checks import Check
from pipelines.settings import District
from pipelines.store.engine import transaction
from pipelines.store.statements import rows


@dataclass(frozen=True)
class Step:
    """One step: whether it is done, and what was found or is to be done."""

    number: int
    name: str
    done: bool
    result: str


@dataclass(frozen=True)
class School:
    """What is left to do at one school."""

    school: str
    open: tuple[str, ...]


def steps(district: District, checks: Sequence[Check]) -> list[Step]:
    """Return the nine steps with their current status.

    Without a warehouse, the steps that ask it are open.
    """
    last, leftovers = _of_warehouse(district, checks)
    newest = runs.newest_night(district.district_id) if last is not None else None
    results = [
        ("connect the source", *_by(checks, "settings of", "connection of", "source ")),
        ("choose what is shared", *_by(checks, "scope", "rows of")),
        ("match the schools", *_by(checks, "schools")),
        ("match the classes", *_by(checks, "classes of")),
        ("configure the sync", *_by(checks, "settings", "limits", warned=True)),
        ("pass the self-check", *_by(checks, "")),
        ("enable and launch", *_launched(district, newest)),
        ("check the results", *_results(last)),
        ("clean up", *_cleaned(leftovers, newest)),
    ]
    return [Step(number, name, done, result) for number, (name, done, result) in enumerate(results, start=1)]


def in_order(district: District, found: Sequence[Step]) -> Check | None:
    """Return a warning if the district is enabled before its first six steps are done; None after the launch."""
    early = [step for step in found[:6] if not step.done]
    if not district.enabled or not early or found[6].done:
        return None
    result = f"enabled: true, though step {early[0].number} is open: {early[0].name}"
    return Check("launch order", True, result, True, district.owner, "complete the steps in order")


def schools(district: District) -> list[School]:
    """Return what is left to do, school by school; schools with nothing left are not listed."""
    with transaction() as connection:
        found = rows(connection, "operations/self_check.open_by_school", district_id=district.district_id)
    listed = [School(row["school"], tuple(_open(row))) for row in found]
    return [school for school in listed if school.open]


def _open(row: dict[str, Any]) -> Iterable[str]:
    if not row["classes"]:
        yield "it has no class"
    if not row["students"]:
        yield "it has no student"
    if row["without_teacher"]:
        yield f"classes without a teacher: {row['without_teacher']:,}; assign one in the SIS"
    if row["uninvited"]:
        yield f"new staff to invite: {row['uninvited']:,}"
    if row["holds"]:
        yield f"holds that need approval: {row['holds']:,}"


def _by(checks: Sequence[Check], *beginnings: str, warned: bool = False) -> tuple[bool, str]:
    """Return done if checks with these names exist and none of them failed.

    With `warned`, no check may have a warning either.
    """
    meant = [one for one in checks if one.name.startswith(beginnings)]
    failed = [one.name for one in meant if not (one.is_well if warned else one.ok)]
    if failed:
        return False, f"see the check {failed[0]!r}"
    if not meant:
        return False, "not checked yet: the source or the warehouse does not answer"
    return True, meant[0].result if len(meant) == 1 else f"{len(meant)} checks passed"


def _of_warehouse(district: District, checks: Sequence[Check]) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    if not all(one.ok for one in checks if one.name == "warehouse"):
        return None, None
    with transaction() as connection:
        (leftovers,) = rows(connection, "operations/self_check.leftovers", district_id=district.district_id)
    return _last(district), leftovers


def _last(district: District) -> dict[str, Any] | None:
    with transaction() as connection:
        found = rows(connection, "operations/self_check.last_night", district_id=district.district_id)
    return found[0] if found else None


def _launched(district: District, newest: date | None) -> tuple[bool, str]:
    if not district.enabled:
        return False, "set enabled: true, and unpause the DAG"
    return (
        newest is not None,
        f"the roster describes {newest}" if newest else "enabled; the roster has not been synced yet",
    )


def _results(last: dict[str, Any] | None) -> tuple[bool, str]:
    if last is None:
        return False, "the roster has not been synced yet"
    result = f"run {last['run_id']} for {last['as_of']}: {last['status']}"
    if last["holds"]:
        return False, f"{result}; holds that need approval: {last['holds']:,}"
    if last["status"] not in {"applied", "unchanged"} or last["code"] not in {None, HoldRequired.code}:
        return False, f"{result} {last['code'] or ''}; see rollbook report --run {last['run_id']}"
    return True, result


def _cleaned(leftovers: dict[str, Any] | None, newest: date | None) -> tuple[bool, str]:
    """Return whether nothing is left to clean up, and the counts.

    A sync does neither of these: people archive students whom no source manages, and merge duplicates.
    """
    if leftovers is None or newest is None:
        return False, "possible after the first sync"
    result = (
        f"{leftovers['local_students']:,} students that no source manages, {leftovers['doubles']:,} shared addresses"
    )
    return not (leftovers["local_students"] or leftovers["doubles"]), result
