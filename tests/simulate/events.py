"""The steps of a simulated year, and which step is drawn next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from random import Random

from tests.simulate.district import Change, World, churn
from tests.simulate.model import Model, Run
from tests.simulate.plans import Limits
from tests.town import FIRST

KINDS = ("archive", "update", "create")
LIMITS = {
    "none": Limits(dict.fromkeys(KINDS, 100_000), dict.fromkeys(KINDS, 100)),
    "some": Limits({"archive": 1, "update": 2, "create": 2}, {"archive": 10, "update": 20, "create": 30}),
    "departures": Limits({"archive": 0, "update": 100_000, "create": 100_000}, dict.fromkeys(KINDS, 0)),
    "all": Limits(dict.fromkeys(KINDS, 0), dict.fromkeys(KINDS, 0)),
}
_WEIGHTS = {
    "night": 20,
    "same": 5,
    "cut": 3,
    "late": 8,
    "replay": 3,
    "settle": 6,
    "killed": 2,
    "limits": 6,
    "approve": 12,
    "reject": 3,
    "expire": 2,
    "undo": 14,
}


@dataclass(frozen=True)
class Step:
    """One event. A step keeps its number when other steps are left out, and names the step it is about by number."""

    number: int
    kind: str
    day: int = 0
    changes: tuple[Change, ...] = ()
    about: int = 0
    parts: tuple[int, ...] = ()  # positions among the open holds; none: all of them
    limits: str = ""

    def script(self) -> str:
        """Return the step as Python code, without the fields that say nothing."""
        said = {one.name: getattr(self, one.name) for one in fields(self)[2:]}
        words = [f"{name}={value!r}" for name, value in said.items() if value]
        return f"Step({', '.join([repr(self.number), repr(self.kind), *words])})"


class Difference(Exception):
    """The warehouse and the model differ after a step."""

    def __init__(self, step: Step, found: list[str]) -> None:
        """Keep the step and what differs."""
        super().__init__("\n".join(found[:12]))
        self.step = step
        self.found = found


def draw(random: Random, number: int, world: World, model: Model, made: Mapping[int, Run]) -> Step:
    """Draw the next step, one that is possible now. `made` are the runs that earlier steps made, by step."""
    if not made:
        return Step(number, "night")
    newest = max((run.day for run in model.in_force()), default=FIRST)
    today = (newest - FIRST).days
    kind = "limits" if number == 1 else random.choices(list(_WEIGHTS), [*_WEIGHTS.values()])[0]
    step = Step(number, kind, day=today + random.choice((1, 1, 1, 2, 3)))
    if kind in {"night", "killed"}:
        changes: list[Change] = []
        for _ in range(random.choice((1, 2, 3, 5))):
            changes.append(churn(random, world.after(*changes)))
        return replace(step, changes=tuple(changes))
    if kind == "cut":
        return replace(step, changes=(("cut", str(random.randrange(2, 12))),))
    if kind == "late":
        changes = [churn(random, world) for _ in range(random.choice((0, 1, 2, 4)))]
        return replace(step, day=random.randrange(today + 1), changes=tuple(changes))
    if kind == "replay":
        return replace(step, day=random.randrange(today + 1))
    if kind == "limits":
        return replace(step, limits=random.choice(list(LIMITS)))
    if kind in {"undo", "approve", "reject", "expire"}:
        return _about(random, step, world, made)
    return step


def _about(random: Random, step: Step, world: World, made: Mapping[int, Run]) -> Step:
    """Choose which run a step is about: mostly a recent one."""
    if step.kind == "undo":
        able = [n for n, run in made.items() if may_be_undone(run)]
    else:
        able = [n for n, run in made.items() if "open" in run.holds.values()]
    if not able:
        return replace(step, kind="night", changes=(churn(random, world),))
    about = able[-1] if random.random() < 0.6 else random.choice(able)
    count = sum(status == "open" for status in made[about].holds.values())
    parts: tuple[int, ...] = ()
    if step.kind in {"approve", "reject"} and random.random() < 0.5:
        parts = tuple(sorted(random.sample(range(count), random.randrange(1, count + 1))))
    return replace(step, about=about, parts=parts)


def may_be_undone(run: Run) -> bool:
    """Return whether a run can be undone at all."""
    return run.status == "applied" and run.undone_by is None
