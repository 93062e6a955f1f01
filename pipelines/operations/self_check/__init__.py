"""Check a district before its night, so that people find by day what is missing (CT-07).

checks.py         one check, and how its result is recorded
prerequisites.py  settings, connections, the warehouse: a scheduled run begins with these
deliveries.py     each source's delivery, compared with the settings and the roster
limits_advice.py  advice on the limits, from what recent nights changed
launch.py         the nine steps of a launch, and what is left to do at each school
last_check.py     the last complete check, stored for those who read it later
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any

from pipelines import runs
from pipelines.canvas.access import probe
from pipelines.errors import CheckFailed, ImportMissing, Retry, RollbookError, SourceUnavailable
from pipelines.operations import deadlines
from pipelines.operations.self_check import deliveries, last_check, launch, limits_advice, prerequisites
from pipelines.operations.self_check.checks import Check, CheckFunction, CheckResult, tried
from pipelines.operations.self_check.deliveries import DeliveryCheck
from pipelines.operations.self_check.launch import School, Step
from pipelines.settings import Canvas, District
from pipelines.settings.connections import resolve
from pipelines.sources.resolved_settings import version

__all__ = ["STALE", "Check", "Checked", "School", "Step", "check", "examine", "facts", "refuse_if_failed"]

STALE = timedelta(days=3)  # a weekend without an export is usual


@dataclass(frozen=True)
class Checked:
    """The checks, the steps of the launch, and what is left to do at each school."""

    checks: Sequence[Check]
    launch: Sequence[Step]
    schools: Sequence[School]


def check(district: District, as_of: date) -> list[Check]:
    """Run every check, whatever fails on the way."""
    found = [tried(name, run) for name, run in prerequisites.checks_of(district, as_of).items()]
    enabled = "yes" if district.enabled else "no: the schedule does nothing yet"
    found.insert(1, Check("enabled", True, enabled))
    asks_warehouse = found[-1].ok
    found += _deliveries(district, as_of, asks_warehouse=asks_warehouse)
    if district.canvas:
        found.append(tried("canvas", partial(_canvas, district.canvas)))
    if asks_warehouse:
        found += [tried(name, run) for name, run in _ages(district, as_of)]
        found.append(tried("limits of recent nights", partial(limits_advice.advice, district)))
    return found


def examine(district: District, as_of: date) -> Checked:
    """Run every check, and list the launch steps and what is left to do.

    If the warehouse answers, the result is stored for the page that shows it.
    """
    checks = check(district, as_of)
    steps = launch.steps(district, checks)
    early = launch.in_order(district, steps)
    asks_warehouse = all(one.ok for one in checks if one.name == "warehouse")
    schools = launch.schools(district) if asks_warehouse else []
    found = Checked([*checks, early] if early else checks, steps, schools)
    if asks_warehouse:
        last_check.keep(district.district_id, version(district), facts(district, found))
    return found


def facts(district: District, checked: Checked) -> dict[str, Any]:
    """Return a check in the stable shape that `rollbook check --json` prints (docs/json.md)."""
    checks = [
        {"name": one.name, "ok": one.ok, "warning": one.warning, "result": one.result}
        | {"owner": one.owner or None, "next": one.fix or None}
        for one in checked.checks
    ]
    steps = [
        {"step": step.number, "name": step.name, "done": step.done, "result": step.result} for step in checked.launch
    ]
    left = [{"school": one.school, "open": list(one.open)} for one in checked.schools]
    return {"district_id": district.district_id, "checks": checks, "launch": steps, "schools": left}


def refuse_if_failed(district: District, as_of: date) -> None:
    """Raise CheckFailed for the first failed check among those that ask no source.

    An error that passes by itself (Retry), such as a warehouse that does not answer, is raised unchanged: the run is
    tried again.
    """
    for name, run in prerequisites.checks_of(district, as_of).items():
        try:
            run()
        except Retry:
            raise
        except RollbookError as error:
            fix = f"{error.fix}; see all: rollbook check -d {district.district_id}"
            raise CheckFailed(f"{name}: {error.what}", place=error.place, owner=error.owner, fix=fix) from None


def _deliveries(district: District, as_of: date, *, asks_warehouse: bool) -> Iterator[Check]:
    """Check every source's delivery; the checks of all sources together come last."""
    brought: list[DeliveryCheck] = []
    for source_n, source in enumerate(district.sources):
        here: list[DeliveryCheck] = []

        def bring(n: int = source_n, into: list[DeliveryCheck] = here) -> CheckResult:
            into.append(deliveries.bring(district, n, as_of, asks_warehouse=asks_warehouse))
            return deliveries.source_result(into[0], as_of)

        yield tried(f"source {source.kind}", bring)
        for one in here:
            yield tried(f"rows of {source.kind}", partial(deliveries.rows_result, one, district))
            if asks_warehouse:
                yield tried(f"classes of {source.kind}", partial(deliveries.classes_result, district, one))
        brought += here
    if brought and asks_warehouse:
        is_all = len(brought) == len(district.sources)
        yield tried("schools", partial(deliveries.schools_result, district, brought, is_all=is_all))
        yield tried("school year", partial(deliveries.year_result, district, brought, as_of))


def _ages(district: District, as_of: date) -> Iterator[tuple[str, CheckFunction]]:
    """Yield the checks of the roster's age and of each source's import."""
    yield "freshness", partial(_freshness, district, as_of)
    for source_n, source in enumerate(district.sources):
        yield f"age of {source.kind}", partial(deliveries.age_result, district, source_n, as_of)
        if source.expected_by:
            yield f"import of {source.kind}", partial(_import, district, source_n, as_of)


def _import(district: District, source_n: int, as_of: date) -> str:
    """Check the import that was due last: by now, or by the end of `as_of` if that is earlier."""
    now = datetime.now(UTC)
    end = datetime.combine(as_of, time.max, district.zone)
    (due,) = (one for one in deadlines.expected(district, min(now, end)) if one.source_n == source_n)
    is_launched = district.enabled and runs.newest_night(district.district_id) is not None
    if due.is_missing and is_launched:
        raise ImportMissing(
            str(due), owner=district.owner, fix="check the export at the SIS, and that the DAG is unpaused"
        )
    return str(due) if is_launched else f"expected by {due.by}, once the district is launched"


def _canvas(canvas: Canvas) -> str:
    return f"{probe(resolve(canvas.connection))}; courses are matched by {_by(canvas.course_map)}"


def _by(course_map: str | dict[str, str]) -> str:
    return course_map if isinstance(course_map, str) else f"a map of {len(course_map)} classes"


def _freshness(district: District, as_of: date) -> str:
    newest = runs.newest_night(district.district_id)
    if newest is None:
        return "the roster has not been synced yet"
    description = f"the roster describes {newest}, {(as_of - newest).days} days before {as_of}"
    if district.enabled and as_of - newest > STALE:
        raise SourceUnavailable(
            f"an expected import is missing: {description}", owner=district.owner, fix="check the export"
        )
    return description
