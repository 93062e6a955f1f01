"""The nights that are synced: a district's combined file on five nights, written before anything is measured."""

from __future__ import annotations

import mmap
import os
import shutil
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from bench import DISTRICT
from sandbox import district, nights, write

FIRST = date(2026, 9, 1)
_BLOCK = 1 << 24


@dataclass(frozen=True)
class Delivery:
    """One night's file. `changes` is what a correct plan says about it, by the generator."""

    name: str
    as_of: date
    path: Path
    rows: int
    bytes: int
    changes: int


def deliver(folder: Path, rows: int, seed: int = 1) -> list[Delivery]:
    """Write the files of the five nights into `folder`: <as_of>/roster.csv."""
    world = district.generate(seed=seed, students=rows // district.SLOTS, district=DISTRICT, as_of=FIRST)
    made = [_write(world, folder, "first", 0, sum(nights.opening(world).values()))]
    made.append(_reorder(made[-1], folder))
    made.append(_repeat(made[-1], folder))
    for number, (name, percent) in enumerate((("one_percent", 1.0), ("ten_percent", 10.0)), start=3):
        night = nights.evolve(world, seed=seed + number, percent=percent)
        world = night.world
        made.append(_write(world, folder, name, number, sum(night.expected.values())))
    return made


def _write(world: district.World, folder: Path, name: str, number: int, changes: int) -> Delivery:
    as_of = FIRST + timedelta(days=number)
    (path,) = write.write(world, folder / as_of.isoformat())
    return _deliver(name, as_of, path, int(world.students["present"].sum()) * district.SLOTS, changes)


def _reorder(last: Delivery, folder: Path) -> Delivery:
    """The same rows, other bytes: an export that begins with another school."""
    as_of, path = _next(last, folder)
    with (
        last.path.open("rb") as source,
        path.open("wb") as target,
        mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ) as text,
    ):
        header, middle = text.find(b"\n") + 1, text.find(b"\n", len(text) // 2) + 1
        for start, stop in ((0, header), (middle, len(text)), (header, middle)):
            for at in range(start, stop, _BLOCK):
                target.write(text[at : min(at + _BLOCK, stop)])
    return _deliver("new_bytes", as_of, path, last.rows, 0)


def _repeat(last: Delivery, folder: Path) -> Delivery:
    as_of, path = _next(last, folder)
    shutil.copyfile(last.path, path)
    return _deliver("same_bytes", as_of, path, last.rows, 0)


def _next(last: Delivery, folder: Path) -> tuple[date, Path]:
    as_of = last.as_of + timedelta(days=1)
    path = folder / as_of.isoformat() / "roster.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    return as_of, path


def _deliver(name: str, as_of: date, path: Path, rows: int, changes: int) -> Delivery:
    """An export is some hours old when its night begins, so nobody waits to see whether it still grows."""
    an_hour_ago = time.time() - 3600
    os.utime(path, (an_hour_ago, an_hour_ago))
    return Delivery(name, as_of, path, rows, path.stat().st_size, changes)
