"""The demo's districts: their settings, and the files that their student information systems would drop.

Three kinds of input that people really have: one combined CSV, a Microsoft School Data Sync set, and a dirty workbook.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

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
    defects: int | None = None  # the seed of its mistakes; None for a clean export


@dataclass(frozen=True)
class Night:
    """One night of all districts: what it is called, its date, and what each district is expected to say."""

    label: str
    as_of: date


DEMOS = (
    Demo("springfield", "Springfield USD", "America/Chicago", 1200, 3, "combined", "csv", "roster.csv"),
    Demo("shelbyville", "Shelbyville Schools", "America/New_York", 900, 2, "sds_v21", "csv", "*.csv"),
    Demo("ogdenville", "Ogdenville Unified", "America/Denver", 600, 2, "combined", "xlsx", "roster.xlsx", defects=7),
)
SEED = 2026
CHANGED_PERCENT = 1.0


def build(home: Path, today: date) -> tuple[Night, ...]:
    """Write settings and two nights of files under `home`; return the nights to run, the last one delivered twice."""
    yesterday = today - timedelta(days=1)
    (home / "config" / "districts").mkdir(parents=True)
    for number, demo in enumerate(DEMOS):
        _write_settings(home, demo)
        first = district.generate(seed=SEED + number, students=demo.students, schools=demo.schools)
        second = nights.evolve(first, seed=SEED + number, percent=CHANGED_PERCENT).world
        for as_of, world in ((yesterday, first), (today, second)):
            folder = home / "drop" / demo.district_id / as_of.isoformat()
            folder.mkdir(parents=True)
            _age(write.write(world, folder, layout=demo.layout, format=demo.format, dirty=demo.defects))
    return (
        Night("first night", yesterday),
        Night(f"{CHANGED_PERCENT:g} % changed", today),
        Night("the same files again", today),
    )


def _write_settings(home: Path, demo: Demo) -> None:
    facts = {
        "district_id": demo.district_id,
        "name": demo.name,
        "timezone": demo.timezone,
        "schedule": "0 2 * * *",
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
