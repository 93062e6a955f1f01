"""Import Details: every import is listed, used or refused, with its findings and no cell of its file."""

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

    imports: list[dict[str, Any]] = run_report.facts(runs.load(run_id))["imports"]
    return imports


def test_every_import_is_listed_with_its_source_counts_status_and_time(town: Town) -> None:
    first = world()
    applied = town.night(first)
    again = town.sync(FIRST)
    (first_import,), (same,) = imports_of(town, applied.run_id), imports_of(town, again.run_id)
    assert (first_import["source"], first_import["layout"], first_import["status"]) == (
        "sis_file",
        "combined",
        "applied",
    )
    assert first_import["counts"]["received"] == first_import["received_rows"] == applied.counts["received"] > 0
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S*", first_import["at"])
    assert same["status"] == "unchanged"
    assert same["digest"] == first_import["digest"]


def test_a_file_given_by_hand_is_read_in_place_of_the_file_in_the_settings(town: Town, tmp_path: Path) -> None:
    first = world()
    (by_hand,) = write.write(first, tmp_path / "by hand", name="first export")
    run = town.sync(FIRST, path=str(by_hand))
    assert run.status == "applied"
    assert run.planned["users", "create"] == nights.opening(first)["users", "create"]


def test_an_import_whose_file_is_absent_is_listed_as_refused(town: Town) -> None:
    run = town.sync(FIRST)
    assert (run.status, run.code) == ("failed", "SOURCE_UNAVAILABLE")
    assert isinstance(run.error, SourceUnavailable)
    (listed,) = imports_of(town, run.run_id)
    assert listed["status"] == "refused"
    assert listed["facts"]["code"] == "SOURCE_UNAVAILABLE"
    assert "combined.csv" in listed["facts"]["reason"]


def test_a_file_without_a_required_column_is_listed_as_refused_with_the_column(town: Town) -> None:
    first = world()
    town.deliver(first, columns={"student_id": "student_no"})
    run = town.sync(FIRST)
    assert (run.status, run.code) == ("stopped", "CONTRACT_BROKEN")
    assert isinstance(run.error, ContractBroken)
    assert "'student_id', did you mean 'student_no'?" in str(run.error)
    (listed,) = imports_of(town, run.run_id)
    assert (listed["status"], listed["facts"]["code"]) == ("refused", "CONTRACT_BROKEN")


def test_an_import_lists_each_error_with_its_lines_owner_and_fix(town: Town) -> None:
    town.settle(expectations={"quarantined_percent": 100})
    first = world(students=800)
    run = town.night(first, dirty=3)
    (listed,) = imports_of(town, run.run_id)
    errors = [finding for finding in listed["findings"] if finding["severity"] == "error"]
    assert {"RAGGED_LINE", "MISSING_STUDENT_ID", "ID_TWO_PEOPLE"} <= {finding["code"] for finding in errors}
    assert all(finding["lines"] and finding["owner"] and finding["fix"] for finding in errors)
    assert all(finding["runbook"] == f"docs/runbook.md#{finding['code'].lower()}" for finding in errors)
    quarantined = town.one("select count(*) from runs.quarantine where run_id = %s", run.run_id)
    assert quarantined == listed["counts"]["quarantined"] == sum(finding["count"] for finding in errors)


def test_reports_and_records_of_an_import_quote_no_cell_of_its_file(town: Town, tmp_path: Path) -> None:
    town.settle(expectations={"quarantined_percent": 100})
    first = world(students=800)
    run = town.night(first, dirty=3)
    assert run.counts["quarantined"] > 0
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


def test_only_notifications_send_mail_and_only_to_the_addresses_in_the_settings() -> None:
    sources = [path for room in ("pipelines", "dags", "schemas") for path in (PROJECT / room).rglob("*.py")]
    assert len(sources) > 30
    sending = {path: text for path in sources if re.search(_MAIL, text := path.read_text(encoding="utf-8"))}
    assert [path.name for path in sending] == ["channels.py"]
    (text,) = sending.values()
    assert re.findall(r"\bto=(.+),", text) == ["list(way.to)"]
    assert not re.search(r"\bb?cc=", text)
