"""The output of `rollbook check`: the checks, the steps of the launch, what is left to do at each school."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pipelines.cli.output import Output
from pipelines.settings import District

if TYPE_CHECKING:
    from pipelines.operations.self_check import Check, Checked


def print_check(district: District, checked: Checked, out: Output) -> None:
    """Print a self-check: as three tables, or as one JSON object."""
    from pipelines.operations.self_check import facts

    if out.as_json:
        out.sentence(facts(district, checked), "")
        return
    body = [(one.name, _state(one), _result(one)) for one in checked.checks]
    out.table({}, ("check", "", "result"), body, f"{district.district_id}: self-check")
    steps = [(step.number, step.name, "done" if step.done else "open", step.result) for step in checked.launch]
    out.table({}, ("step", "launch, in this order", "", "result"), steps, _progress(checked))
    if checked.schools:
        left = [(one.school, what) for one in checked.schools for what in one.open]
        out.table({}, ("school", "left to do"), left, "What is left to do at each school")


def print_settings(district: District, out: Output) -> None:
    """Print the resolved settings and their version."""
    from pipelines.sources.resolved_settings import effective, version

    settings, named = effective(district), version(district)
    facts = {"district_id": district.district_id, "version": named, "settings": settings}
    out.table(facts, ("setting", "value"), list(_flat(settings)), f"{district.district_id}, version {named}")


def _state(one: Check) -> str:
    return "failed" if not one.ok else "warning" if one.warning else "ok"


def _result(one: Check) -> str:
    return f"{one.result}. Owner: {one.owner}. Next: {one.fix}" if one.warning else one.result


def _progress(checked: Checked) -> str:
    first = next((step for step in checked.launch if not step.done), None)
    done = sum(step.done for step in checked.launch)
    return f"Launch: {done} of {len(checked.launch)} steps are done" + (f"; next is {first.number}" if first else "")


def _flat(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Yield a dotted name and a text for each setting, at any depth."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if items is None or not value:
        yield key, "" if value is None else str(value)
        return
    for name, inner in items:
        yield from _flat(inner, f"{key}.{name}" if key else str(name))
