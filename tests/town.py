"""A district for a test: its settings, its drop folder, its runs and its warehouse."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from pipelines.errors import RollbookError
from pipelines.runs.request import NightRequest, ReplayRequest, Scope
from sandbox import write
from sandbox.district import World, generate
from tests import warehouse
from tests.warehouse import Dump

FIRST = date(2026, 9, 1)


@dataclass(frozen=True)
class Told:
    """How a run ended: its status, its counts, and the error that stopped it."""

    run_id: int
    status: str
    code: str | None
    counts: dict[str, int]
    error: RollbookError | None

    @property
    def planned(self) -> dict[tuple[str, str], int]:
        """Return the plan's counts by entity and action, in the generator's form, without zeros."""
        named = [(name.split("."), count) for name, count in self.counts.items() if name.startswith("planned.")]
        return {(entity, action): count for (_, entity, action), count in named if count}


@dataclass(frozen=True)
class Town:
    """One district of a test."""

    folder: Path
    warehouse: str
    district_id: str = "springfield"

    def settle(self, **facts: Any) -> None:
        """Write the settings; by default one combined file per night, and limits that hold nothing."""
        settings: dict[str, Any] = {"district_id": self.district_id, "name": self.district_id.title()}
        settings |= {"sources": [self.source()], "limits": generous()}
        path = self.folder / "config" / "districts" / f"{self.district_id}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(settings | facts), encoding="utf-8")

    def source(self, layout: str = "combined", **facts: Any) -> dict[str, Any]:
        """Return a source's settings: complete files of a layout in the drop folder."""
        name = "*.csv" if layout == "sds_v21" else f"{layout}.csv"
        settings = {"kind": "sis_file", "layout": layout, "path": str(self.drop / "{as_of}" / layout / name)}
        return settings | {"completeness": {"settle_seconds": 0}} | facts

    @property
    def drop(self) -> Path:
        """Return the folder where the district's exports arrive."""
        return self.folder / "drop" / self.district_id

    def deliver(self, world: World, layout: str = "combined", **form: Any) -> list[Path]:
        """Write a night's export into the drop folder."""
        folder = self.drop / world.as_of.isoformat() / layout
        return write.write(world, folder, layout=layout, **({"name": layout} | form))

    def sync(self, as_of: date, *, scope: Scope | None = None, replay: bool = False, **request: Any) -> Told:
        """Sync or replay a date, and return the result even if the run fails."""
        from pipelines import roster, runs

        kind = ReplayRequest if replay else NightRequest
        wanted = kind(district_id=self.district_id, as_of=as_of, scope=scope or Scope(), **request)
        stopped = None
        try:
            roster.sync(wanted)
        except RollbookError as error:
            stopped = error
        newest = runs.load(runs.recent(self.district_id, 1)[0]["run_id"])
        return Told(newest.run_id, newest.status, newest.code, newest.counts, stopped)

    def night(self, world: World, layout: str = "combined", **form: Any) -> Told:
        """Deliver an export, and sync the date that the export describes."""
        self.deliver(world, layout, **form)
        return self.sync(world.as_of)

    def ask(self, query: str, *parameters: Any, role: str | None = None) -> list[tuple[Any, ...]]:
        """Return the rows of a query on the warehouse."""
        return warehouse.ask(self.warehouse, query, *parameters, role=role)

    def one(self, query: str, *parameters: Any) -> Any:
        """Return the only value of a query on the warehouse."""
        ((value,),) = self.ask(query, *parameters)
        return value

    def dump(self, *schemas: str) -> Dump:
        """Return everything in the roster and its history, as bytes."""
        return warehouse.dump(self.warehouse, *schemas)


def generous() -> dict[str, int]:
    """Return limits that a small district's changes do not reach."""
    return {
        f"{kind}_{unit}": 100 if unit == "percent" else 100_000
        for kind in ("archive", "update", "create")
        for unit in ("percent", "rows")
    }


def world(students: int = 160, **facts: Any) -> World:
    """Return a small district on its first night: each call returns an equal copy, which a test may change."""
    parameters = {"seed": 7, "students": students, "schools": 3, "as_of": FIRST} | facts
    return deepcopy(_invented(**parameters))


def first_night(town: Town) -> None:
    """Sync the first night of the fixture `synced`."""
    town.settle()
    assert town.night(world()).status == "applied"


@cache
def _invented(**facts: Any) -> World:
    return generate(**facts)
