"""The demo's districts: one for each way in which a roster reaches Rollbook, and their nights.

Files are dropped here; the other districts are served by their vendors (`vendors.py`).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from sandbox import district, nights, write
from sandbox.demo import grades
from sandbox.demo.vendors import connection_id
from sandbox.vendors import account, ids
from sandbox.vendors.oneroster.package import write_package

Drop = Callable[[Path], None]


@dataclass(frozen=True, eq=False)
class Demo:
    """One invented district: who it is, how large, and how it delivers.

    `source` is its settings' source without the path. A district without `files` is served by a vendor, who is away
    on the night `away`.
    """

    district_id: str
    name: str
    timezone: str
    students: int
    schools: int
    delivers: str
    source: Mapping[str, Any]
    files: str | None = None  # the settings' pattern for its files
    format: str = "csv"
    defects: int | None = None  # the seed of its mistakes; None for a clean export
    away: int | None = None

    @property
    def kind(self) -> str:
        """The kind of its source."""
        return str(self.source["kind"])


@dataclass(frozen=True)
class Night:
    """One night of all districts: what it is called, its date, and how its runs usually end."""

    number: int
    label: str
    as_of: date
    usual: str = "applied"

    def expects(self, demo: Demo) -> str:
        """How a district's run should end."""
        return "failed" if demo.away == self.number else self.usual


SEED = 2026
CHANGED_PERCENT = 1.0
NIGHTS_AHEAD = 3  # who leaves the demo running sees the schedule at work, and no files that are late
SERVED_STUDENTS = 400


def _clever_id(district_id: str) -> str:
    world = district.generate(seed=1, students=13, district=district_id)
    return ids.clever(world, "districts", district_id, 0)


def _file(layout: str) -> dict[str, Any]:
    return {"kind": "sis_file", "layout": layout}


def _api(kind: str, district_id: str, **settings: Any) -> dict[str, Any]:
    return {"kind": kind, "connection": connection_id(kind, district_id), **settings}


DEMOS = (
    Demo(
        "springfield", "Springfield USD", "America/Chicago", 1200, 3, "one CSV", _file("combined"), files="roster.csv"
    ),
    Demo(
        "shelbyville",
        "Shelbyville Schools",
        "America/New_York",
        900,
        2,
        "SDS v2.1 set",
        _file("sds_v21"),
        files="*.csv",
    ),
    Demo(
        "ogdenville",
        "Ogdenville Unified",
        "America/Denver",
        600,
        2,
        "dirty XLSX",
        _file("combined"),
        files="roster.xlsx",
        format="xlsx",
        defects=7,
    ),
    Demo(
        "capital",
        "Capital City ISD",
        "America/Chicago",
        400,
        1,
        "OneRoster 1.2 zip",
        {"kind": "oneroster_csv"},
        files="oneroster.zip",
    ),
    Demo(
        "brockway",
        "Brockway County",
        "America/New_York",
        SERVED_STUDENTS,
        1,
        "Clever API",
        _api(
            "clever",
            "brockway",
            clever_district_id=_clever_id("brockway"),
            retry_policy={"attempts": 3},  # so that nobody waits long for the night on which it is away
        ),
        away=3,
    ),
    Demo(
        "waverly",
        "Waverly Hills",
        "America/Denver",
        SERVED_STUDENTS,
        1,
        "ClassLink API",
        _api("classlink", "waverly"),
    ),
    Demo(
        "monroe",
        "Monroe University",
        "America/Chicago",
        SERVED_STUDENTS,
        1,
        "Canvas API",
        _api("canvas", "monroe"),
    ),
)


def zones() -> list[ZoneInfo]:
    """The districts' time zones."""
    return [ZoneInfo(demo.timezone) for demo in DEMOS]


def served() -> dict[str, str]:
    """The districts that a vendor serves, and the kind of each."""
    return {demo.district_id: demo.kind for demo in DEMOS if demo.files is None}


def settle(home: Path) -> None:
    """Write the districts' settings under `home`."""
    (home / "config" / "districts").mkdir(parents=True)
    for demo in DEMOS:
        _write_settings(home, demo)


def deliver(home: Path, today: date) -> tuple[Night, ...]:
    """Drop the files of yesterday, today and a few nights to come; return the nights to run, today's one twice."""
    yesterday = today - timedelta(days=1)
    for number, demo in enumerate(DEMOS):
        for days, drop in enumerate(_drops(demo, number, yesterday) if demo.files else ()):
            folder = home / "drop" / demo.district_id / (yesterday + timedelta(days=days)).isoformat()
            folder.mkdir(parents=True)
            drop(folder)
            _age(folder)
    return (
        Night(1, "first night", yesterday),
        Night(2, f"{CHANGED_PERCENT:g} % changed", today),
        Night(3, "the same again", today, usual="unchanged"),
    )


def _drops(demo: Demo, number: int, yesterday: date) -> Iterator[Drop]:
    """What a district drops night after night."""
    world = district.generate(
        seed=SEED + number,
        students=demo.students,
        schools=demo.schools,
        as_of=yesterday,
        district=demo.district_id,
    )
    held = account.open_account(world, SEED + number)
    for _ in range(2 + NIGHTS_AHEAD):
        if demo.kind == "oneroster_csv":
            yield lambda folder: _package(held, folder / str(demo.files))
            held.pass_night(percent=CHANGED_PERCENT)
        else:
            layout = demo.source["layout"]
            yield partial(_write, world, layout=layout, format=demo.format, dirty=demo.defects)
            world = nights.evolve(world, seed=SEED + number, percent=CHANGED_PERCENT).world


def _package(held: account.Account, target: Path) -> None:
    write_package(held, target, version="1.2")


def _write(world: district.World, folder: Path, **how: Any) -> None:
    write.write(world, folder, **how)


def _write_settings(home: Path, demo: Demo) -> None:
    soon = datetime.now(ZoneInfo(demo.timezone)).hour in {1, 2}  # the schedule shall not come between the demo's nights
    path = {"path": str(home / "drop" / demo.district_id / "{as_of}" / demo.files)} if demo.files else {}
    facts = {
        "district_id": demo.district_id,
        "name": demo.name,
        "timezone": demo.timezone,
        "schedule": "0 4 * * *" if soon else "0 2 * * *",
        "enabled": True,
        "sources": [{**demo.source, **path}],
        "owners": {"default": f"rosters@{demo.district_id}.example"},
    }
    if demo.district_id == grades.DISTRICT:
        facts |= grades.settings(demo.students)
    if demo.away:
        facts["extract_tries"] = 1  # usually a vendor that is away is asked again for hours
    target = home / "config" / "districts" / f"{demo.district_id}.yaml"
    target.write_text(yaml.safe_dump(facts, sort_keys=False, allow_unicode=True), encoding="utf-8")


def _age(folder: Path) -> None:
    """Date the files back ten minutes, as if dropped in time: a file younger than that is watched for growth first."""
    written = time.time() - 600
    for file in folder.iterdir():
        os.utime(file, (written, written))
