"""A district as the vendors hold it: its nights, what of it is shared, and what they remember of earlier nights."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from sandbox import nights
from sandbox.district import World
from sandbox.vendors import changes, view
from sandbox.vendors.behaviour import Behaviour
from sandbox.vendors.canvas.gradebook import Gradebook
from sandbox.vendors.changes import Change
from sandbox.vendors.clever import events
from sandbox.vendors.clever.records import Office
from sandbox.vendors.collection import Collection
from sandbox.vendors.oneroster import tombstones
from sandbox.vendors.oneroster.rows import Row
from sandbox.vendors.view import View

T = TypeVar("T")


@dataclass
class Account:
    """One district. `revision` counts every change of anything a vendor would give."""

    name: str
    seed: int
    view: View
    behaviour: Behaviour = field(default_factory=Behaviour)
    told: nights.Night | None = None  # what the generator says about the last night
    feed: list[events.Event] = field(default_factory=list)
    gone: dict[str, dict[str, Row]] = field(default_factory=dict)  # OneRoster kind -> id -> its tombstone
    grades: Gradebook = field(default_factory=Gradebook)  # Canvas's
    revision: int = 1
    _kept: dict[Any, Any] = field(default_factory=dict)
    _versions: dict[Any, int] = field(default_factory=dict)
    _first: tuple[View, Behaviour, int] = field(init=False)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self._first = self.view, self.behaviour, self.seed

    @property
    def world(self) -> World:
        return self.view.world

    def kept(self, key: Any, make: Callable[[], T]) -> T:
        """Anything that follows from the district as it is, made when it is first asked for."""
        with self.lock:
            if key not in self._kept:
                self._kept[key] = make()
            made: T = self._kept[key]
            return made

    def rendered(self, key: Any, render: Callable[[], Collection], version: int = 0) -> Collection:
        """A collection, rendered when it is first asked for, and again when there is another version of it."""
        with self.lock:
            if self._versions.get(key, version) != version:
                self._kept.pop(key, None)
            self._versions[key] = version
            return self.kept(key, render)

    def replace(self, key: Any, collection: Collection) -> None:
        """Put other rows in a collection's place, until anything else changes: rows vanish in the midst of a pull."""
        with self.lock:
            self._kept[key] = collection

    def pass_night(self, *, percent: float = 1.0, kinds: Iterable[str] = nights.USUAL, seed: int | None = None) -> None:
        """Let a night pass, and note what it changed. By default each night has a seed of its own."""
        number = self.view.night + 1
        night = nights.evolve(
            self.world, seed=self.seed + number if seed is None else seed, percent=percent, kinds=kinds
        )
        self._turn(replace(self.view, world=night.world, night=number))
        self.told = night

    def share(self, schools: Iterable[str] | None) -> None:
        """Share these schools only (None: all of them). Who is not shared any more is deleted, as far as one sees."""
        ids = self.world.schools["school_id"]
        chosen = set(ids if schools is None else schools)
        unknown = chosen - set(ids)
        if unknown:
            raise ValueError(f"no school {min(unknown)!r}; known: {', '.join(ids)}")
        self._turn(replace(self.view, shared=ids.isin(chosen).to_numpy(bool)))

    def behave(self, **changes_: Any) -> None:
        """Change how the vendors behave towards this district."""
        with self.lock:
            self.behaviour = self.behaviour.but(**changes_)
            self._renew()

    def reset(self) -> None:
        """Go back to the first night, as if nothing had happened."""
        with self.lock:
            first, manner, seed = self._first
            self.view, self.behaviour, self.seed = first, manner, seed
            self.told, self.feed, self.gone = None, [], {}
            self.grades = Gradebook()
            self._renew()

    def renew(self) -> None:
        """Forget every rendered page, and what faults did to them."""
        with self.lock:
            self._renew()

    def _turn(self, after: View) -> None:
        with self.lock:
            before = self.view
            change = changes.compare(before, after)
            after = replace(after, stamps=changes.stamp(before.stamps, change, after.world, after.night))
            self._note(before, after, change)
            self.view = after
            self._renew()

    def _note(self, before: View, after: View, change: Change) -> None:
        if self.behaviour.clever_events:
            old, new = (Office(one, self.behaviour, "v3.1") for one in (before, after))
            self.feed = events.keep(self.feed, after.night) + self._number(events.tell(old, new, change))
        for kind, gone in tombstones.tombstones(before, after, change, self.behaviour).items():
            self.gone.setdefault(kind, {}).update(gone)
        for kind, came in tombstones.returned(after, change).items():
            for row_id in came:
                self.gone.get(kind, {}).pop(row_id, None)

    def _number(self, told: list[events.Event]) -> list[events.Event]:
        """Sharing may change more than once in a night; ids still ascend."""
        last = int(self.feed[-1].id, 16) if self.feed else 0
        return [replace(one, id=f"{max(int(one.id, 16), last + at):024x}") for at, one in enumerate(told, start=1)]

    def _renew(self) -> None:
        self.revision += 1
        self._kept, self._versions = {}, {}


def open_account(world: World, seed: int = 1, behaviour: Behaviour | None = None) -> Account:
    """A district as it is first imported."""
    return Account(world.district, seed, view.opening(world), behaviour or Behaviour())
