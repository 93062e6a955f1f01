"""The outcomes of the recorded cases: they are as recorded, unless the rules version was raised.

A case is a story of tests/cases, or nights of one of the demo's districts. `ROLLBOOK_RECORD=1` records instead of
comparing, in one process. `ROLLBOOK_OUTCOMES=<folder>` writes the rows behind the digests to the folder.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines import gradebook
from pipelines.operations import approval, replay
from pipelines.operations.undo import undo_run
from pipelines.runs.request import Decision, ExportRequest
from pipelines.sources.rules_version import RULES_VERSION
from sandbox.demo import grades, world
from sandbox.demo.vendors import connections
from sandbox.vendors.handle import Sandbox
from sandbox.vendors.serving import serving
from tests import outcomes
from tests.scenarios.test_cases import CASES, follow_story
from tests.town import FIRST, Town

Steps = Callable[[Town], Iterator[None]]  # yields after each step, so that the roster can be compared

LATE = "springfield"
HELD = {"archive_percent": 0, "archive_rows": 0, "turn_days": 0}  # every departure needs approval


def story(case: Path, town: Town) -> Iterator[None]:
    """Perform a story."""
    follow_story(town, case)
    yield


def dropped(town: Town) -> Iterator[None]:
    """Perform the demo's runs of a district that delivers files."""
    for number in (0, 1, 1):
        town.sync(night(number))
        yield


def served(town: Town) -> Iterator[None]:
    """Perform the demo's runs of a district at a vendor."""
    with vendors(town.district_id) as sandbox:
        for number in (0, 1, 1):
            town.sync(night(number))
            yield
            if number == 0:
                sandbox.pass_night(percent=world.CHANGED_PERCENT)


def late_undone_held_and_replayed(town: Town) -> Iterator[None]:
    """Perform a late-arriving run, an undo, a run with holds and its approval, and a replay of all dates."""
    for number in (0, 2, 1):
        town.sync(night(number))
        yield
    undo_run(2, "the registrar")
    yield
    limit(town, **HELD)
    held = town.sync(night(3))
    yield
    approval.approve(held.run_id, Decision("the registrar", "they have left"))
    yield
    replay.replay(town.district_id, night(0), night(3), None)
    yield


def exported(town: Town) -> Iterator[None]:
    """Perform a run, then three exports of grades: only a plan, to Canvas, and without changes."""
    with vendors(town.district_id) as sandbox:
        grades.prepare(sandbox, world.SERVED_STUDENTS)
        town.sync(night(0))
        yield
        for plan_only in (True, False, False):
            wanted = ExportRequest(district_id=town.district_id, as_of=night(0), plan_only=plan_only)
            gradebook.export(gradebook.start(wanted))
            yield


PERFORMED: dict[str, tuple[str, Steps]] = {
    **{f"cases/{case.name}": (LATE, partial(story, case)) for case in CASES},
    **{f"demo/{demo.district_id}": (demo.district_id, dropped if demo.files else served) for demo in world.DEMOS},
    f"late/{LATE}": (LATE, late_undone_held_and_replayed),
    f"grades/{grades.DISTRICT}": (grades.DISTRICT, exported),
}


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the files that the demo's districts deliver on fixed dates."""
    home = tmp_path_factory.mktemp("delivered")
    world.deliver(home, night(1))
    return home / "drop"


# The districts' runs take most of a minute, and the stories less than half a minute.
NAMED = [pytest.param(name, marks=() if name.startswith("cases/") else pytest.mark.slow) for name in PERFORMED]


@pytest.mark.parametrize("name", NAMED)
def test_each_recorded_case_has_its_recorded_outcome(
    warehouse: str, tmp_path: Path, request: pytest.FixtureRequest, name: str
) -> None:
    district_id, steps = PERFORMED[name]
    town = Town(tmp_path, warehouse, district_id)
    if not name.startswith("cases/"):
        world.settle(tmp_path)
        (tmp_path / "drop").symlink_to(request.getfixturevalue("delivered"))
    after = [outcomes.digest(outcomes.look(town, "roster")["roster"]) for _ in steps(town)]
    parts = outcomes.look(town) | {"roster after each step": after}
    outcomes.show(name, parts)
    now = outcomes.tell(town, parts)
    if os.environ.get("ROLLBOOK_RECORD"):
        outcomes.write(outcomes.record(outcomes.read(), name, now, RULES_VERSION), PERFORMED)
    different = outcomes.differences(name, outcomes.read(), now)
    assert different is None, different


def test_the_recorded_cases_are_those_performed_under_the_present_rules_version() -> None:
    recorded = outcomes.read()
    assert recorded["cases"].keys() == PERFORMED.keys()
    assert recorded["rules_version"] == RULES_VERSION
    assert max(case["since"] for case in recorded["cases"].values()) <= RULES_VERSION


def test_a_different_outcome_is_described_by_case_parts_and_counts() -> None:
    recorded = {"cases": {"one": outcome_of("a", planned=3)}}
    assert outcomes.differences("one", recorded, outcome_of("a", planned=3)) is None
    message = str(outcomes.differences("one", recorded, outcome_of("b", planned=4)))
    assert message.startswith("The outcome of one differs from the recorded one in: plan.\nPlanned: 4, not 3.")
    assert outcomes.COMMAND in message
    assert "No outcome of two is recorded" in str(outcomes.differences("two", recorded, outcome_of("a")))


def test_a_different_outcome_can_be_recorded_only_under_a_new_rules_version() -> None:
    first = outcomes.record({"cases": {}}, "one", outcome_of("a"), 1)
    assert outcomes.record(first, "one", outcome_of("a"), 2)["cases"]["one"]["since"] == 1
    with pytest.raises(ValueError, match="raise RULES_VERSION"):
        outcomes.record(first, "one", outcome_of("b"), 1)
    assert outcomes.record(first, "one", outcome_of("b"), 2)["cases"]["one"] == {"since": 2, **outcome_of("b")}


def outcome_of(plan: str, **counts: int) -> outcomes.Told:
    """Return an outcome that differs from others in its plan."""
    return {"outcome": f"all {plan}", "runs": ["applied"], "counts": counts, "parts": {"plan": plan, "holds": "none"}}


def night(number: int) -> date:
    """Return the date of a night of the demo's districts."""
    return FIRST + timedelta(days=number)


@contextmanager
def vendors(district_id: str) -> Iterator[Sandbox]:
    """Serve a district at the vendors, with its connections to them."""
    with (
        serving(students=world.SERVED_STUDENTS, districts=(district_id,)) as sandbox,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name, value in connections(sandbox, (district_id,)).items():
            patch.setenv(name, value)
        yield sandbox


def limit(town: Town, **limits: Any) -> None:
    """Tighten a district's limits."""
    path = town.folder / "config" / "districts" / f"{town.district_id}.yaml"
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump(settings | {"limits": limits}), encoding="utf-8")
