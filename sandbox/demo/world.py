"""The demo's districts: their settings, and the files that their student information systems would drop.

Three kinds of input that people really have: one combined CSV, a Microsoft School Data Sync set, and a dirty workbook.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from sandbox import district, nights, write


@dataclass(frozen=True)
class Demo:
    """One invented district: who it is, how large, and in which form it delivers."""

    district_id: str
    name: str
    timezone: str
    students: int
    schools: int
    layout: str
    format: str
    files: str  # the settings' pattern for its files
    delivers: str
    defects: int | None = None  # the seed of its mistakes; None for a clean export


@dataclass(frozen=True)
class Night:
    """One night of all districts: what it is called, its date, and how each district's run should end."""

    number: int
    label: str
    as_of: date
    expected: str


DEMOS = (
    Demo("springfield", "Springfield USD", "America/Chicago", 1200, 3, "combined", "csv", "roster.csv", "one CSV"),
    Demo("shelbyville", "Shelbyville Schools", "America/New_York", 900, 2, "sds_v21", "csv", "*.csv", "SDS v2.1 set"),
    Demo(
        "ogdenville", "Ogdenville Unified", "America/Denver", 600, 2, "combined", "xlsx", "roster.xlsx", "dirty XLSX", 7
    ),
)
SEED = 2026
CHANGED_PERCENT = 1.0
NIGHTS_AHEAD = 3  # who leaves the demo running sees the schedule at work, and no files that are late


def zones() -> list[ZoneInfo]:
    """The districts' time zones."""
    return [ZoneInfo(demo.timezone) for demo in DEMOS]


def settle(home: Path) -> None:
    """Write the districts' settings under `home`."""
    (home / "config" / "districts").mkdir(parents=True)
    for demo in DEMOS:
        _write_settings(home, demo)


def deliver(home: Path, today: date) -> tuple[Night, ...]:
    """Drop the files of yesterday, today and a few nights to come; return the nights to run, today's one twice."""
    yesterday = today - timedelta(days=1)
    for number, demo in enumerate(DEMOS):
        world = district.generate(seed=SEED + number, students=demo.students, schools=demo.schools, as_of=yesterday)
        for _ in range(2 + NIGHTS_AHEAD):
            _drop(home, demo, world)
            world = nights.evolve(world, seed=SEED + number, percent=CHANGED_PERCENT).world
    return (
        Night(1, "first night", yesterday, "applied"),
        Night(2, f"{CHANGED_PERCENT:g} % changed", today, "applied"),
        Night(3, "same files again", today, "unchanged"),
    )


def _drop(home: Path, demo: Demo, world: district.World) -> None:
    folder = home / "drop" / demo.district_id / world.as_of.isoformat()
    folder.mkdir(parents=True)
    _age(write.write(world, folder, layout=demo.layout, format=demo.format, dirty=demo.defects))


def _write_settings(home: Path, demo: Demo) -> None:
    soon = datetime.now(ZoneInfo(demo.timezone)).hour in {1, 2}  # the schedule shall not come between the demo's nights
    facts = {
        "district_id": demo.district_id,
        "name": demo.name,
        "timezone": demo.timezone,
        "schedule": "0 4 * * *" if soon else "0 2 * * *",
        "enabled": True,
        "sources": [
            {
                "kind": "sis_file",
                "path": str(home / "drop" / demo.district_id / "{as_of}" / demo.files),
                "layout": demo.layout,
            }
        ],
        "owners": {"default": f"rosters@{demo.district_id}.example"},
    }
    path = home / "config" / "districts" / f"{demo.district_id}.yaml"
    path.write_text(yaml.safe_dump(facts, sort_keys=False, allow_unicode=True), encoding="utf-8")


def _age(files: list[Path]) -> None:
    """Date the files back ten minutes, as if dropped in time: a file younger than that is watched for growth first."""
    written = time.time() - 600
    for file in files:
        os.utime(file, (written, written))
