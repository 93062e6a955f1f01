"""A small benchmark: it runs, it compares equal rosters, and its tables contain the measurements."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bench import contest
from bench.sections import nights

ROWS = 91 * 7  # a school of all grades


@pytest.fixture(scope="module")
def found() -> dict:
    # Not in pytest's own folder: another session of pytest closes that folder to the server's user.
    with TemporaryDirectory(prefix="rollbook-bench-", ignore_cleanup_errors=True) as folder:
        measured = contest.contest(
            Path(folder), ROWS, 1, ("copy_merge", "pandas_upsert", "rollbook"), ["first", "one_percent"]
        )
    return measured | {"size": str(ROWS)}


def test_every_contender_is_measured_on_every_night(found):
    measured = {(cell["night"], cell["contender"]) for cell in found["cells"]}
    assert measured == {(night, name) for night in ("first", "one_percent") for name in found["contenders"]}
    assert found["rosters"]["first"]["student enrollments"]["rows"] == ROWS


def test_every_cell_has_wall_time_processor_time_and_memory(found):
    for cell in found["cells"]:
        assert 0 < cell["wall"] <= cell["process"]
        assert cell["cpu"] > 0
        assert cell["peak_mb"] > 10


def test_the_import_time_of_great_expectations_is_reported_separately(found):
    assert found["medians"]["first"]["rollbook"]["gx_import"] > 0
    assert found["medians"]["first"]["copy_merge"]["gx_import"] == 0


def test_different_rosters_of_two_contenders_raise_an_error():
    def left(rows: int) -> dict:
        return {"active": {"students": {"rows": rows, "digest": "1"}}, "history": {"users": 0}}

    with pytest.raises(contest.RostersDifferError, match="students"):
        contest.compare("first", {"copy_merge": left(2), "rollbook": left(3)})


def test_the_tables_contain_the_measured_medians(found):
    lines = list(nights.lines(nights.summary(found)))
    for name, of in found["medians"]["first"].items():
        (line,) = (line for line in lines if line.startswith(f"| first load | {nights.CONTENDERS[name]} |"))
        assert f"**{of['wall']:.2f}**" in line
