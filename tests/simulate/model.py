"""What Rollbook promises, in plain Python: every night is a plan that is held in parts, approved, applied and undone.

A run is a night, an approval or an undo. Nights and approvals each wrote some rows: `Run.wrote`. The roster of a date
is what the runs up to that date wrote, in the order of their dates, without the runs that were undone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

from tests.simulate.district import Delivery, Key, Row
from tests.simulate.plans import Change, Limits, Part, Roster, depending, effect, exceeded, plan


@dataclass
class Run:
    """A night, an approval of a night's holds, or an undo."""

    number: int
    day: date
    kind: str
    status: str = "applied"
    delivery: Delivery = ()
    holds: dict[Part, str] = field(default_factory=dict)  # their status
    decided_by: dict[Part, int] = field(default_factory=dict)  # the approval of a hold
    held: dict[Change, bool] = field(default_factory=dict)  # what was not applied, and whether a limit held it itself
    taken: dict[Change, int] = field(default_factory=dict)  # what of it an approval applied
    wrote: dict[Key, Row | None] = field(default_factory=dict)
    of: Run | None = None  # the night that an approval approves, or the run that an undo reverts
    undone_by: Run | None = None
    may_be_lost: bool = False  # a late run came after the undo: it may have rewritten what the undo left in history

    staged: bool = False  # the night's rows are kept for its holds

    def counts(self) -> dict[Part, int]:
        """Return how many changes each open hold has."""
        counted = Counter(change.part for change, itself in self.held.items() if itself)
        return {part: counted[part] for part, status in self.holds.items() if status == "open"}

    def waiting(self) -> dict[Change, bool]:
        """Return the changes that were neither applied by the night nor by an approval."""
        return {change: itself for change, itself in self.held.items() if change not in self.taken}


class Model:
    """A district's runs, and what follows from them."""

    def __init__(self) -> None:
        """Begin with an empty roster."""
        self.runs: list[Run] = []
        self.limits = Limits(dict.fromkeys(("archive", "update", "create"), 100_000), {})
        self.standing: Delivery | None = None
        self.landed: dict[date, Delivery] = {}

    # What is asked

    def in_force(self, but: Run | None = None) -> list[Run]:
        """Return the nights and approvals that count, in the order of their dates. `but` counts if it does not now."""
        runs = [run for run in self.runs if run.kind != "undo" and run.status in {"applied", "unchanged"}]
        return sorted((run for run in runs if (run.undone_by is None) is (run is not but)), key=_place)

    def roster(self, until: date | None = None, before: Run | None = None, but: Run | None = None) -> Roster:
        """Return the active rows: now, on the evening of a date, or just before a run; `but` as for `in_force`."""
        roster: Roster = {}
        for run in self.in_force(but):
            if (until and run.day > until) or (before and _place(run) >= _place(before)):
                break
            for key, row in run.wrote.items():
                if row is None:
                    roster.pop(key, None)
                else:
                    roster[key] = row
        return roster

    def newest(self) -> Run | None:
        """Return the newest night that counts."""
        nights = [run for run in self.in_force() if run.kind == "night"]
        return nights[-1] if nights else None

    def open_holds(self) -> dict[tuple[int, Part], int]:
        """Return the changes of every open hold, by run and part."""
        return {(run.number, part): n for run in self.runs for part, n in run.counts().items()}

    def is_late(self, day: date, approval: bool = False) -> bool:
        """Return whether the roster already describes a later date."""
        return any(run.day > day and not (approval and run.status == "unchanged") for run in self.in_force())

    def expects(self, day: date, delivery: Delivery) -> str:
        """Return how a night of this delivery has to end."""
        if not self.is_late(day) and delivery == self.standing:
            return "unchanged"
        undone = [run for run in self.runs if run.kind == "night" and run.status == "applied" and run.undone_by]
        return "SNAPSHOT_UNDONE" if any(run.delivery == delivery for run in undone) else "applied"

    # What happens

    def night(self, number: int, day: date, delivery: Delivery) -> None:
        """Apply a night, or find nothing to do, or refuse it."""
        outcome, late = self.expects(day, delivery), self.is_late(day)
        self.landed[day] = delivery
        run = Run(number, day, "night", status=outcome, delivery=delivery)
        self.runs.append(run)
        if outcome == "SNAPSHOT_UNDONE":
            return
        self._forget_staging(run)
        if outcome == "unchanged":
            return
        self._in_order(run, late, lambda: self._apply_night(run, is_first=True))
        run.staged = bool(run.holds)
        for other in self.runs:
            if other is not run and (not late or other.day == day):
                _close(other, "stale")
        complete = not late and not run.held
        self.standing = delivery if complete else None

    def approve(self, number: int, night: Run, parts: Iterable[Part]) -> None:
        """Apply some of a night's open holds by a run of its own."""
        approval = Run(number, night.day, "approval", of=night)
        late = self.is_late(night.day, approval=True)
        for part in parts:
            night.holds[part], night.decided_by[part] = "approved", number
        self.runs.append(approval)
        self._in_order(approval, late, lambda: self._apply_approval(approval))
        others = [r for r in self.runs if r.number > night.number and r.status == "applied" and r.of is not night]
        self.standing = None if late or night.waiting() or others else night.delivery

    def decide(self, night: Run, parts: Iterable[Part], status: str) -> None:
        """Reject some of a night's open holds, or let them expire."""
        for part in parts:
            night.holds[part] = status

    def may_undo(self, run: Run) -> bool:
        """Return whether a run can be undone: no later run changed its rows, and no enrollment loses what it is of."""
        original, in_force = _original(run)
        place = _place(original) if in_force else (run.day, run.number)
        later = [other for other in self.in_force() if _place(other) > place and other is not original]
        if any(original.wrote.keys() & other.wrote.keys() for other in later):
            return False
        return not _orphans(self.roster(but=original))

    def undo(self, number: int, run: Run) -> None:
        """Revert a run. An undo of an undo puts the original in force again."""
        original, in_force = _original(run)
        undoing = Run(number, run.day, "undo", of=run)
        self.runs.append(undoing)
        if not in_force:
            for other in self.runs:
                if other.undone_by is run:
                    other.undone_by = None
        else:
            original.undone_by, original.may_be_lost = undoing, False
            for other in self._unchanged_after(original):
                other.undone_by = undoing
        run.undone_by = undoing
        if original.kind == "approval":
            self._follow(original, in_force)
        else:
            for other in self.runs:
                _close(other, "stale")
        self.standing = None

    # How it happens

    def _in_order(self, run: Run, late: bool, act: Callable[[], None]) -> None:
        """Apply a run; if it is late, apply the later runs again until an evening is what it was before."""
        later = [other for other in self.in_force() if other.day > run.day]
        before = {other.day: self.roster(until=other.day) for other in later}
        run.wrote = {}
        act()
        if not late:
            return
        for other in self.runs:
            other.may_be_lost |= other.undone_by is not None and other.day >= run.day
        again = []
        for evening, of_evening in groupby(later, key=lambda one: one.day):
            for other in of_evening:
                self._apply_again(other)
                again.append(other)
            if self.roster(until=evening) == before[evening]:
                break
        for other in again:
            other.staged = other.staged and "open" in other.holds.values()

    def _apply_night(self, run: Run, is_first: bool) -> None:
        roster = self.roster(before=run)
        changes = plan(roster, run.delivery)
        if is_first:
            run.holds = dict.fromkeys(sorted(exceeded(roster, changes, self.limits)), "open")
        itself = {change for change in changes if change.part in run.holds}
        waits = depending(roster, changes, itself)
        run.held = dict.fromkeys(itself, True) | dict.fromkeys(waits, False)
        run.taken = {}
        run.wrote = effect(set(changes) - itself - waits)
        for part, count in run.counts().items():
            if not count:
                run.holds[part] = "stale"

    def _apply_approval(self, approval: Run) -> None:
        night = approval.of
        assert night
        roster = self.roster(before=approval)
        parts = {part for part, number in night.decided_by.items() if number <= approval.number}
        waiting = night.waiting()
        chosen = {change for change, itself in waiting.items() if not itself or change.part in parts}
        others = waiting.keys() - chosen
        chosen -= depending(roster, chosen, others)
        night.taken |= dict.fromkeys(chosen, approval.number)
        approval.wrote = effect(chosen)

    def _apply_again(self, run: Run) -> None:
        if run.kind == "approval":
            self._apply_approval(run)
            return
        if run.status == "unchanged":
            nights = [other for other in self.in_force() if other.kind == "night" and _place(other) < _place(run)]
            if nights and nights[-1].delivery == run.delivery:
                return
        self._apply_night(run, is_first=False)
        run.staged = True

    def _follow(self, approval: Run, was_in_force: bool) -> None:
        """Open the holds of a reverted approval again, or close them if the approval is in force again."""
        night = approval.of
        assert night
        parts = [part for part, number in night.decided_by.items() if number == approval.number]
        if was_in_force:
            newer = [r for r in self.in_force() if r.kind == "night" and _counts_as_newer(r, night)]
            if not night.staged or newer:
                return
            for part in parts:
                night.holds[part] = "open"
                del night.decided_by[part]
            night.taken = {change: number for change, number in night.taken.items() if number != approval.number}
            return
        back = {c for c in night.waiting() if c.key in approval.wrote}
        night.taken |= dict.fromkeys(back, approval.number)
        left = {change.part for change, itself in night.waiting().items() if itself}
        for part, status in night.holds.items():
            if status == "open" and part not in left:
                night.holds[part], night.decided_by[part] = "approved", approval.number

    def _unchanged_after(self, original: Run) -> list[Run]:
        """Return the nights that found nothing new in the snapshot of a run."""
        ends = [_place(r) for r in self.in_force() if r.status == "applied" and _place(r) > _place(original)]
        return [
            run
            for run in self.in_force()
            if run.status == "unchanged"
            and run.number > original.number
            and run.day >= original.day
            and not any(end < _place(run) for end in ends)
        ]

    def _forget_staging(self, run: Run) -> None:
        for other in self.runs:
            if other is not run and "open" not in other.holds.values():
                other.staged = False


def _place(run: Run) -> tuple[date, int]:
    return run.day, run.number


def _orphans(roster: Roster) -> set[Key]:
    """Return the enrollments without their class or their person."""
    seats = {key for key in roster if key[0] == "enrollments"}
    return {key for key in seats if ("classes", key[1]) not in roster or ("users", key[2]) not in roster}


def _counts_as_newer(run: Run, night: Run) -> bool:
    return run.status == "applied" and _place(run) > _place(night)


def _close(run: Run, status: str) -> None:
    for part, was in run.holds.items():
        if was == "open":
            run.holds[part] = status


def _original(run: Run) -> tuple[Run, bool]:
    """Return the night or approval that a chain of undos began with, and whether `run` leaves it in force."""
    in_force = True
    while run.kind == "undo":
        assert run.of
        run, in_force = run.of, not in_force
    return run, in_force
