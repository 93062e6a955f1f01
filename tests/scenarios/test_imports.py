"""Import Details: every import is listed, taken or refused, with what was found, and shows nothing of its file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipelines.errors import ContractBroken, SourceUnavailable
from pipelines.settings import PROJECT
from sandbox import nights, write
from tests.town import FIRST, Town, world


def imports_of(town: Town, run_id: int) -> list[dict[str, Any]]:
    from pipelines import runs
    from pipelines.report import run_report

    told: list[dict[str, Any]] = run_report.facts(runs.load(run_id))["imports"]
    return told


def test_every_import_is_listed_with_its_source_counts_status_and_time(town: Town) -> None:
    first = world()
    applied = town.night(first)
    again = town.sync(FIRST)
    (taken,), (same,) = imports_of(town, applied.run_id), imports_of(town, again.run_id)
    assert (taken["source"], taken["layout"], taken["status"]) == ("sis_file", "combined", "applied")
    assert taken["counts"]["received"] == taken["received_rows"] == applied.counts["received"] > 0
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S*", taken["at"])
    assert same["status"] == "unchanged"
    assert same["digest"] == taken["digest"]


def test_a_file_given_by_hand_is_read_in_place_of_the_settings_one(town: Town, tmp_path: Path) -> None:
    first = world()
    (by_hand,) = write.write(first, tmp_path / "by hand", name="first export")
    told = town.sync(FIRST, path=str(by_hand))
    assert told.status == "applied"
    assert told.planned["users", "create"] == nights.opening(first)["users", "create"]


def test_an_import_that_was_expected_and_did_not_come_is_listed_as_refused(town: Town) -> None:
    told = town.sync(FIRST)
    assert (told.status, told.code) == ("failed", "SOURCE_UNAVAILABLE")
    assert isinstance(told.error, SourceUnavailable)
    (listed,) = imports_of(town, told.run_id)
    assert listed["status"] == "refused"
    assert listed["facts"]["code"] == "SOURCE_UNAVAILABLE"
    assert "combined.csv" in listed["facts"]["reason"]


def test_a_file_without_a_required_column_is_listed_and_names_the_column(town: Town) -> None:
    first = world()
    town.deliver(first, columns={"student_id": "student_no"})
    told = town.sync(FIRST)
    assert (told.status, told.code) == ("stopped", "CONTRACT_BROKEN")
    assert isinstance(told.error, ContractBroken)
    assert "'student_id', did you mean 'student_no'?" in str(told.error)
    (listed,) = imports_of(town, told.run_id)
    assert (listed["status"], listed["facts"]["code"]) == ("refused", "CONTRACT_BROKEN")


def test_an_import_with_errors_lists_each_with_its_lines_owner_and_remedy(town: Town) -> None:
    town.settle(expectations={"quarantined_percent": 100})
    first = world(students=800)
    told = town.night(first, dirty=3)
    (listed,) = imports_of(town, told.run_id)
    errors = [finding for finding in listed["findings"] if finding["severity"] == "error"]
    assert {"RAGGED_LINE", "MISSING_STUDENT_ID", "ID_TWO_PEOPLE"} <= {finding["code"] for finding in errors}
    assert all(finding["lines"] and finding["owner"] and finding["fix"] for finding in errors)
    assert all(finding["runbook"] == f"docs/runbook.md#{finding['code'].lower()}" for finding in errors)
    kept = town.one("select count(*) from runs.quarantine where run_id = %s", told.run_id)
    assert kept == listed["counts"]["quarantined"] == sum(finding["count"] for finding in errors)


def test_nothing_that_people_are_shown_of_an_import_holds_a_cell_of_its_file(town: Town, tmp_path: Path) -> None:
    town.settle(expectations={"quarantined_percent": 100})
    first = world(students=800)
    told = town.night(first, dirty=3)
    assert told.counts["quarantined"] > 0
    people = {*first.students["email"], *first.teachers["email"], *first.students["student_id"]} - {""}
    assert len(people) > 800
    recorded = "select r::text from runs.runs as r union all select i::text from runs.imports as i"
    shown = [*_texts(tmp_path / "reports"), *(row for (row,) in town.ask(recorded))]
    assert len(shown) > 3
    for person in people:
        assert not any(person in text for text in shown)
    assert (tmp_path / "landing").stat().st_mode & 0o077 == 0


def _texts(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        if path.suffix in {".md", ".json", ".html"}:
            yield path.read_text(encoding="utf-8")


_MAIL = re.compile(r"smtplib|aiosmtplib|providers\.smtp|send_email|EmailOperator")


def test_only_what_tells_of_nights_can_send_mail_and_only_to_whom_the_settings_name() -> None:
    sources = [path for room in ("pipelines", "dags", "schemas") for path in (PROJECT / room).rglob("*.py")]
    assert len(sources) > 30
    sending = {path: text for path in sources if re.search(_MAIL, text := path.read_text(encoding="utf-8"))}
    assert [path.name for path in sending] == ["channels.py"]
    (text,) = sending.values()
    assert re.findall(r"\bto=(.+),", text) == ["list(way.to)"]
    assert not re.search(r"\bb?cc=", text)
