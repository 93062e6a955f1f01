"""Staging holds the accepted rows of one run; loading again replaces them."""

from __future__ import annotations

import pyarrow as pa
import pytest

from pipelines import runs
from pipelines.runs import Run
from pipelines.runs.request import NightRequest
from pipelines.stage import staging
from tests.town import FIRST, Town

NOBODY = pa.table({"source_id": pa.array([], pa.string())})


def begin(district_id: str = "springfield") -> Run:
    night = runs.load(runs.start(NightRequest(district_id=district_id, as_of=FIRST)))
    facts = {"source": "sis_file", "layout": "combined", "digest": "d", "rules_version": "r", "landing": "l"}
    runs.receive(night, 0, **facts, received_rows=None, facts={})
    return night


def schools(*names: str) -> dict[str, pa.Table]:
    numbers = pa.array(range(len(names)), pa.int32())
    return {"schools": pa.table({"n": numbers, "source_id": [f"S{name}" for name in names], "name": list(names)})}


def tables(town: Town) -> set[str]:
    named = town.ask("select tablename::text from pg_tables where schemaname = 'staging'")
    return {name for (name,) in named if "_r" in name}


def test_loading_a_second_time_replaces_the_staged_rows(town: Town) -> None:
    night = begin()
    assert staging.load(night, 0, schools("A", "B"), {"users": NOBODY}) == {"staged.schools": 2}
    assert staging.load(night, 0, schools("C"), {"users": NOBODY}) == {"staged.schools": 1}
    assert town.ask(f"select name from staging.schools_r{night.run_id}_s0") == [("C",)]


def test_a_newer_run_drops_the_staging_of_older_runs_of_its_district_only(town: Town) -> None:
    killed, elsewhere = begin(), begin("shelbyville")
    for night in (killed, elsewhere):
        staging.load(night, 0, schools("A"), {})
    newer = begin()
    staging.load(newer, 0, schools("A"), {})
    left = {name.partition("_r")[2] for name in tables(town)}
    assert left == {f"{night.run_id}_s0" for night in (elsewhere, newer)}
    staging.drop(newer, 1)
    staging.drop(elsewhere, 1)
    assert tables(town) == set()


def test_staging_tables_are_unlogged(town: Town) -> None:
    staging.load(begin(), 0, schools("A"), {})
    kinds = town.ask(
        "select distinct relpersistence::text from pg_class"
        " where relnamespace = 'staging'::regnamespace and relkind = 'r' and relname ~ '_r[0-9]+_s'"
    )
    assert kinds == [("u",)]


def test_writing_the_quarantine_twice_stores_each_row_once(town: Town) -> None:
    night = begin()
    rows = pa.table(
        {
            "file": ["f.csv"],
            "line": pa.array([3], pa.int32()),
            "code": ["MISSING_TERM"],
            "column": ["term"],
            "row": ['{"a": "\u00e9"}'],
        }
    )
    for _ in range(2):
        staging.write_quarantine(night, 0, rows)
    stored = town.ask("select district_id, run_id, file, line, code, column_name, row from runs.quarantine")
    assert stored == [("springfield", night.run_id, "f.csv", 3, "MISSING_TERM", "term", {"a": "é"})]
    staging.write_quarantine(night, 0, rows.slice(0, 0))
    assert town.ask("select * from runs.quarantine") == []


def test_an_unknown_staging_table_is_refused(town: Town) -> None:
    with pytest.raises(Exception, match="pigeons"):
        staging.load(begin(), 0, {"pigeons": NOBODY}, {})


def test_the_totals_count_students_without_a_class_or_an_email(town: Town) -> None:
    night = begin()
    users = pa.table(
        {
            "n": pa.array([0, 1, 2], pa.int32()),
            "source_id": ["student:1", "student:2", "staff:3"],
            "role": ["student", "student", "teacher"],
            "email": [None, "a@x.example", None],
            "school_ns": ["{}", "{}", "{}"],
        }
    )
    seats = pa.table(
        {
            "class_n": pa.array([0], pa.int32()),
            "user_n": pa.array([0], pa.int32()),
            "role": ["student"],
            "is_primary": [False],
            "line": pa.array([2], pa.int32()),
        }
    )
    classes = pa.table({"n": pa.array([0], pa.int32()), "source_id": ["C"], "title": ["C"], "term_ns": ["{}"]})
    staging.load(night, 0, {"users": users, "classes": classes, "enrollments": seats}, {})
    totals = staging.totals(night, 0)
    assert (totals["students"], totals["students_without_email"], totals["students_without_class"]) == (2, 1, 1)
    assert (totals["classes"], totals["classes_without_teacher"], totals["enrollments"]) == (1, 1, 1)
    assert totals["recent_volumes"] == []
