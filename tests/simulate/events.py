"""What may happen to a district: each event is done to the warehouse and to the model, and the two are compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from random import Random

from pipelines import roster, runs
from pipelines.audit.checks import prove
from pipelines.errors import RollbookError
from pipelines.review import holds
from pipelines.runs.request import ApprovalRequest, Decision, NightRequest, ReplayRequest, Request, UndoRequest
from tests import swift
from tests.simulate import compare
from tests.simulate.district import Change, World, churn, first_world
from tests.simulate.model import Limits, Model, Part, Run
from tests.town import FIRST, Town

KINDS = ("archive", "update", "create")
LIMITS = {
    "none": Limits(dict.fromkeys(KINDS, 100_000), dict.fromkeys(KINDS, 100)),
    "some": Limits({"archive": 1, "update": 2, "create": 2}, {"archive": 10, "update": 20, "create": 30}),
    "departures": Limits({"archive": 0, "update": 100_000, "create": 100_000}, dict.fromkeys(KINDS, 0)),
    "all": Limits(dict.fromkeys(KINDS, 0), dict.fromkeys(KINDS, 0)),
}
Found = list[str] | None  # what differs; None if the step was not possible
PERSON = Decision("the registrar", "simulated")


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


class Year:
    """A simulated year: the district's truth, its warehouse and its model."""

    def __init__(self, town: Town, seed: int) -> None:
        """Begin before the first night."""
        self.town, self.model, self.tried = town, Model(), Counter[str]()
        self.world: World = first_world(Random(seed))
        self.by_step: dict[int, Run] = {}  # the run that each step made
        self.worlds: dict[int, World] = {}  # what each run delivered
        self.landed: dict[date, World] = {}
        self._limit("none")

    # What is drawn

    def draw(self, random: Random, number: int) -> Step:
        """Draw the next step, one that is possible now."""
        if not self.by_step:
            return Step(number, "night")
        newest = max((run.day for run in self.model.in_force()), default=FIRST)
        today = (newest - FIRST).days
        kind = random.choices(list(_WEIGHTS), [*_WEIGHTS.values()])[0]
        step = Step(number, kind, day=today + random.choice((1, 1, 1, 2, 3)))
        if kind in {"night", "killed"}:
            changes: list[Change] = []
            for _ in range(random.choice((1, 2, 3, 5))):
                changes.append(churn(random, self.world.after(*changes)))
            return replace(step, changes=tuple(changes))
        if kind == "cut":
            return replace(step, changes=(("cut", str(random.randrange(2, 12))),))
        if kind == "late":
            changes = [churn(random, self.world) for _ in range(random.choice((0, 1, 2, 4)))]
            return replace(step, day=random.randrange(today + 1), changes=tuple(changes))
        if kind == "replay":
            return replace(step, day=random.randrange(today + 1))
        if kind == "limits":
            return replace(step, limits=random.choice(list(LIMITS)))
        return self._drawn_about(random, step)

    def _drawn_about(self, random: Random, step: Step) -> Step:
        """Choose which run a step is about: mostly a recent one."""
        if step.kind == "undo":
            able = [n for n, run in self.by_step.items() if may_be_named(run)]
        else:
            able = [n for n, run in self.by_step.items() if "open" in run.holds.values()]
        if not able:
            return replace(step, kind="same")
        about = able[-1] if random.random() < 0.6 else random.choice(able)
        count = sum(status == "open" for status in self.by_step[about].holds.values())
        parts: tuple[int, ...] = ()
        if step.kind in {"approve", "reject"} and random.random() < 0.5:
            parts = tuple(sorted(random.sample(range(count), random.randrange(1, count + 1))))
        return replace(step, about=about, parts=parts)

    # What is done

    def do(self, step: Step) -> None:
        """Do a step to the warehouse and to the model, if it is possible. Raises Difference if they differ."""
        try:
            found = _ACTS[step.kind](self, step)
        except Exception as error:
            raise Difference(step, [f"{type(error).__name__}: {error}"]) from error
        if found is None:
            return
        self.tried[step.kind] += 1
        found += compare.differences(self.town, self.model, self._evenings(step))
        if found:
            raise Difference(step, found)

    def night(self, step: Step) -> Found:
        """Deliver what is true now, after the step's changes."""
        self.world = self.world.after(*step.changes)
        return self._deliver(step, self.world)

    def aside(self, step: Step) -> Found:
        """Deliver a file that is not the truth: one that was cut, or one for an earlier date."""
        return self._deliver(step, self.world.after(*step.changes))

    def same(self, step: Step) -> Found:
        """Deliver the bytes of the newest night once more."""
        newest = self.model.newest()
        return self._deliver(step, self.worlds[newest.number]) if newest else None

    def replay(self, step: Step) -> Found:
        """Sync a past date again from what was landed for it."""
        day = _day(step)
        if day not in self.model.landed:
            return None
        request = ReplayRequest(district_id=self.town.district_id, as_of=day)
        return self._sync(step, request, self.landed[day])

    def settle(self, step: Step) -> Found:
        """Deliver the newest bytes again and approve all that is held: then the roster equals the delivery."""
        newest = self.model.newest()
        if newest is None or self.model.expects(_day(step), newest.delivery) == "SNAPSHOT_UNDONE":
            return None
        day = max(run.day for run in self.model.runs) + timedelta(days=1)
        found = self._deliver(replace(step, day=(day - FIRST).days), self.worlds[newest.number])
        if "open" in self.by_step[step.number].holds.values():
            found += self._approve(step, self.by_step[step.number], ())
        return found + compare.short_of(self.town, newest.delivery)

    def killed(self, step: Step) -> Found:
        """Plan a night whose process ends before its merge. The truth is delivered again later."""
        if self.model.expects(_day(step), self.world.after(*step.changes).delivery()) != "applied":
            return None
        self.world = self.world.after(*step.changes)
        self._write(_day(step), self.world)
        swift.reviewed(roster.start(NightRequest(district_id=self.town.district_id, as_of=_day(step))))
        self.landed[_day(step)] = self.world
        self.model.landed[_day(step)] = self.world.delivery()
        return []

    def approve(self, step: Step) -> Found:
        """Approve the open holds of a night, or some of them."""
        night = self._with_open_holds(step)
        return None if night is None else self._approve(step, night, step.parts)

    def reject(self, step: Step) -> Found:
        """Reject the open holds of a night, or some of them."""
        night = self._with_open_holds(step)
        if night is None:
            return None
        parts, numbers = self._chosen(night, step.parts)
        holds.reject(runs.load(night.number), replace(PERSON, holds=numbers))
        self.model.decide(night, parts, "rejected")
        return []

    def expire(self, step: Step) -> Found:
        """Let the open holds of a night expire."""
        night = self._with_open_holds(step)
        if night is None:
            return None
        past = "update runs.holds set expires_at = now() - interval '1 day' where run_id = %s and status = 'open'"
        self.town.ask(past, night.number)
        holds.waiting(self.town.district_id)
        self.model.decide(night, self._chosen(night, ())[0], "expired")
        return []

    def undo(self, step: Step) -> Found:
        """Undo a night, an approval or an undo."""
        run = self.by_step.get(step.about)
        if run is None or not may_be_named(run):
            return None
        wanted = "applied" if self.model.may_undo(run) else "UNDO_CONFLICT"
        if run.kind == "undo" and run.may_be_lost:
            return None  # history may no longer have the rows: a refusal and a success are both right
        request = UndoRequest(district_id=self.town.district_id, as_of=run.day, reverts=run.number, by=PERSON.by)
        number, ended = self._merge(request)
        if ended == "applied":
            self.model.undo(number, run)
            self.by_step[step.number] = self.model.runs[-1]
        return _ended(ended, wanted)

    def limits(self, step: Step) -> Found:
        """Change the limits in the settings."""
        self._limit(step.limits)
        return []

    # How it is done

    def _evenings(self, step: Step) -> list[date]:
        """Return the evenings to compare after a step: the newest two, and every fifth in turn."""
        days = sorted({run.day for run in self.model.runs})
        return [day for n, day in enumerate(days) if (n + step.number) % 5 == 0 or day in days[-2:]]

    def _limit(self, name: str) -> None:
        limits = LIMITS[name]
        self.model.limits = limits
        rows = {f"{kind}_rows": limits.rows[kind] for kind in KINDS}
        percent = {f"{kind}_percent": limits.percent[kind] for kind in KINDS}
        source = self.town.source(completeness={"settle_seconds": 0, "shrink_percent": 100})
        self.town.settle(limits={**rows, **percent, "turn_days": 0}, sources=[source], new_schools="create")

    def _write(self, day: date, world: World) -> None:
        world.write(self.town.drop / day.isoformat() / "combined" / "combined.csv")

    def _deliver(self, step: Step, world: World) -> list[str]:
        day = _day(step)
        self._write(day, world)
        self.landed[day] = world
        return self._sync(step, NightRequest(district_id=self.town.district_id, as_of=day), world)

    def _sync(self, step: Step, request: Request, world: World) -> list[str]:
        delivery = world.delivery()
        wanted = self.model.expects(request.as_of, delivery)
        number, ended = self._perform(request)
        self.model.night(number, request.as_of, delivery)
        self.by_step[step.number], self.worlds[number] = self.model.runs[-1], world
        return _ended(ended, wanted)

    def _approve(self, step: Step, night: Run, positions: tuple[int, ...]) -> list[str]:
        parts, numbers = self._chosen(night, positions)
        run = runs.load(night.number)
        decision = replace(PERSON, holds=numbers)
        request = ApprovalRequest(
            district_id=run.district_id, as_of=run.as_of, run_id=run.run_id, decision=decision, scope=run.scope
        )
        number, ended = self._merge(request)
        if ended == "applied":
            self.model.approve(number, night, parts)
            self.by_step[step.number + 10_000 * (step.kind == "settle")] = self.model.runs[-1]
        return _ended(ended, "applied")

    def _perform(self, request: Request) -> tuple[int, str]:
        number = roster.start(request)
        try:
            swift.reviewed(number)
            if runs.load(number).status == "running":
                roster.perform("merge", number)
                prove(runs.load(number))
        except RollbookError as error:
            return number, error.code
        finally:
            roster.perform("report", number)
        return number, runs.load(number).status

    def _merge(self, request: Request) -> tuple[int, str]:
        number = roster.start(request)
        try:
            roster.perform("merge", number)
            prove(runs.load(number))
        except RollbookError as error:
            return number, error.code
        finally:
            roster.perform("report", number)
        return number, runs.load(number).status

    def _with_open_holds(self, step: Step) -> Run | None:
        night = self.by_step.get(step.about)
        return night if night is not None and "open" in night.holds.values() else None

    def _chosen(self, night: Run, positions: tuple[int, ...]) -> tuple[list[Part], tuple[int, ...]]:
        """Return the open parts at these positions, all of them without a position, and their numbers in Rollbook."""
        still_open = sorted(part for part, status in night.holds.items() if status == "open")
        parts = [part for n, part in enumerate(still_open) if n in positions] or still_open
        return parts, tuple(n for part in parts for n in compare.numbers_of(self.town, night.number, part))


Act = Callable[[Year, Step], Found]
_ACTS: dict[str, Act] = {
    "night": Year.night,
    "same": Year.same,
    "cut": Year.aside,
    "late": Year.aside,
    "replay": Year.replay,
    "settle": Year.settle,
    "killed": Year.killed,
    "limits": Year.limits,
    "approve": Year.approve,
    "reject": Year.reject,
    "expire": Year.expire,
    "undo": Year.undo,
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

KINDS_OF_STEPS = tuple(_ACTS)


def may_be_named(run: Run) -> bool:
    """Return whether a run can be undone at all."""
    return run.status == "applied" and run.undone_by is None


def _day(step: Step) -> date:
    return FIRST + timedelta(days=step.day)


def _ended(found: str, wanted: str) -> list[str]:
    return [] if found == wanted else [f"the run ended as {found}, the model says {wanted}"]
