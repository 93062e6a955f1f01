"""The reference: raw COPY into an unlogged table, then MERGE by hand. It validates nothing and keeps no plan."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import psycopg

from bench import DISTRICT
from bench.statements import statements

_SESSION = "-c work_mem=256MB -c jit=off"  # what Rollbook's own sessions have
_BLOCK = 1 << 20


def prepare(order: Mapping[str, Any]) -> None:
    """Nothing is needed beforehand but the tables, which all contenders have."""


def work(order: Mapping[str, Any]) -> dict[str, Any]:
    """One transaction: stage the file, merge entity after entity; return the seconds of each statement."""
    seconds, night = {}, date.fromisoformat(order["night"])
    known = {"district_id": DISTRICT, "as_of": night, "run_id": night.toordinal()}
    with psycopg.connect(order["url"], options=_SESSION) as connection, connection.cursor() as cursor:
        for name, statement in statements("copy_merge.sql").items():
            began = time.monotonic()
            if name == "load":
                with Path(order["path"]).open("rb") as file, cursor.copy(statement) as stream:
                    while block := file.read(_BLOCK):
                        stream.write(block)
            else:
                cursor.execute(statement, {key: known[key] for key in known if f"%({key})s" in statement})
            seconds[name] = time.monotonic() - began
    return {"steps": seconds}
