"""What may happen to a district: each step is done to the warehouse and to the model, and the two are compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from pipelines import roster, runs
from pipelines.audit.checks import prove
from pipelines.errors import RollbookError
from pipelines.review import holds
from pipelines.runs.request import ApprovalRequest, Decision, NightRequest, ReplayRequest, Request, UndoRequest
from tests import swift
from tests.simulate import compare
from tests.simulate.district import World, first_world
from tests.simulate.events import KINDS, LIMITS, Difference, Step, may_be_undone
from tests.simulate.model import Model, Run
from tests.simulate.plans import Part
from tests.town import FIRST, Town

Found = list[str] | None  # what differs; None if the step was not possible
PERSON = Decision("the registrar", "simulated")


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
        if run is None or not may_be_undone(run):
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
        return self._end(roster.start(request), swift.reviewed)

    def _merge(self, request: Request) -> tuple[int, str]:
        return self._end(roster.start(request), lambda _number: None)

    def _end(self, number: int, plan: Callable[[int], object]) -> tuple[int, str]:
        """Plan a run, apply it unless it has ended, and report it. Return its number, and its status or error code."""
        try:
            plan(number)
            if runs.load(number).status == "running":
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
KINDS_OF_STEPS = tuple(_ACTS)


def _day(step: Step) -> date:
    return FIRST + timedelta(days=step.day)


def _ended(found: str, wanted: str) -> list[str]:
    return [] if found == wanted else [f"the run ended as {found}, the model says {wanted}"]
