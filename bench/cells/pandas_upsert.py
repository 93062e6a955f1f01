"""What districts write today: pandas.read_csv, one frame per entity, to_sql, then INSERT … ON CONFLICT DO UPDATE."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd
import sqlalchemy
from sqlalchemy import Connection, text

from bench import DISTRICT
from bench.statements import statements

# Which columns of the file make which frame, and what tells its rows apart.
FRAMES = {
    "schools": (["school_id", "school_name"], ["school_id"]),
    "terms": (["term", "term_start", "term_end"], ["term"]),
    "courses": (["course_id", "course_name"], ["course_id"]),
    "classes": (["class_id", "class_name", "class_period", "school_id", "course_id", "term"], ["class_id"]),
    "students": (
        ["student_id", "student_first", "student_last", "student_email", "student_grade", "school_id"],
        ["student_id"],
    ),
    "teachers": (["teacher_id", "teacher_first", "teacher_last", "teacher_email", "school_id"], ["teacher_id"]),
    "student_seats": (["class_id", "student_id"], ["class_id", "student_id"]),
    "teacher_seats": (["class_id", "teacher_id"], ["class_id", "teacher_id"]),
}
_NEEDED = ["term", "school_id", "class_id", "student_id", "teacher_id"]


def prepare(order: Mapping[str, Any]) -> None:
    """Nothing is needed beforehand but the tables, which all contenders have."""


def work(order: Mapping[str, Any]) -> dict[str, Any]:
    """Read, load, upsert, archive in one transaction; return the seconds of each."""
    began = time.monotonic()
    delivered = pd.read_csv(order["path"], dtype=str)
    if delivered[_NEEDED].isna().to_numpy().any():
        raise SystemExit("an id is missing")
    seconds = {"read": time.monotonic() - began}
    engine = sqlalchemy.create_engine(order["url"].replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.begin() as connection:
        began = time.monotonic()
        for name, (columns, key) in FRAMES.items():
            frame = delivered[columns].drop_duplicates(key)
            frame.to_sql(name, connection, schema="staging_pandas", if_exists="replace", index=False)
        seconds["to_sql"] = time.monotonic() - began
        _upsert(connection, date.fromisoformat(order["night"]), seconds)
    return {"steps": seconds}


def _upsert(connection: Connection, night: date, seconds: dict[str, float]) -> None:
    known = {"district_id": DISTRICT, "as_of": night, "run_id": night.toordinal()}
    for name, statement in statements("pandas_upsert.sql").items():
        began = time.monotonic()
        connection.execute(text(statement), {key: known[key] for key in known if f":{key}" in statement})
        seconds[name] = time.monotonic() - began
