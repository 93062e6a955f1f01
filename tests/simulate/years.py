"""Simulated years, each on a copy of an empty warehouse; and the shortest list of steps that still differs."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

import pytest

from pipelines.store.engine import dispose
from tests import warehouse
from tests.simulate.events import Difference, Step, draw
from tests.simulate.operators import Year
from tests.town import Town
from tests.warehouse import Server


@dataclass
class Told:
    """What a year tried, its steps, and the difference that ended it, if any."""

    seed: int
    steps: list[Step] = field(default_factory=list)
    tried: Counter[str] = field(default_factory=Counter)
    difference: Difference | None = None


@contextmanager
def district(server: Server) -> Iterator[Town]:
    """Yield a district without any run, in a warehouse of its own."""
    folder = Path(tempfile.mkdtemp(prefix="rollbook-year-"))
    with warehouse.database(server, "year") as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("ROLLBOOK_WAREHOUSE_URL", url)
        for name in ("HOME", "LANDING", "CONFIG", "REPORTS"):
            patch.setenv(f"ROLLBOOK_{name}", str(folder / name.lower()))
        try:
            yield Town(folder, url)
        finally:
            dispose()
            shutil.rmtree(folder)


def simulate(server: Server, seed: int, length: int) -> Told:
    """Draw and do so many steps; the year ends with the first difference."""
    told, random = Told(seed), Random(seed)
    with district(server) as town:
        year = Year(town, seed)
        for number in range(length):
            told.steps.append(draw(random, number, year.world, year.model, year.by_step))
            try:
                year.do(told.steps[-1])
            except Difference as difference:
                told.difference = difference
                break
        told.tried = year.tried
    return told


def repeat(server: Server, seed: int, steps: Iterable[Step]) -> Difference | None:
    """Do the given steps in a new year, and return the first difference."""
    with district(server) as town:
        year = Year(town, seed)
        try:
            for step in steps:
                year.do(step)
        except Difference as difference:
            return difference
    return None


def shrink(server: Server, seed: int, steps: Sequence[Step], budget: int = 80) -> list[Step]:
    """Leave out steps, and changes within a step, as long as the same kind of difference remains."""
    kept, tries = list(steps), 0
    wanted = _kind(repeat(server, seed, kept))
    size = max(1, len(kept) // 2)
    while size and tries < budget:
        at = 0
        while at < len(kept) and tries < budget:
            fewer = kept[:at] + kept[at + size :]
            tries += 1
            if _kind(repeat(server, seed, fewer)) == wanted:
                kept = fewer
            else:
                at += size
        size //= 2
    for at, step in enumerate(kept):
        for change in step.changes:
            fewer = list(kept)
            fewer[at] = replace(kept[at], changes=tuple(c for c in kept[at].changes if c != change))
            if tries < budget and _kind(repeat(server, seed, fewer)) == wanted:
                kept = fewer
            tries += 1
    return kept


def _kind(difference: Difference | None) -> str:
    if difference is None:
        return ""
    return f"{difference.step.kind} {difference.found[0].partition(': ')[0]}".rstrip("0123456789-")
