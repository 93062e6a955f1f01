"""The report tells what became of a night in counts, for people and for machines, whatever became of it."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlparse
from urllib.request import url2pathname

from pipelines import runs
from pipelines.report import run_report
from sandbox import nights
from tests.town import Town, generous, world


def test_the_report_of_a_night_that_waits_lists_what_and_for_whom(synced: Town) -> None:
    synced.settle(limits=generous() | {"archive_percent": 0, "archive_rows": 0})
    told = synced.night(nights.evolve(world(), seed=2, percent=5, kinds=("drop",)).world)
    night = runs.load(told.run_id)
    page = (run_report.folder(night) / "report.md").read_text(encoding="utf-8")
    assert page.startswith("# springfield, night of 2026-09-02: applied")
    assert "## Beyond the limits" in page
    kept = json.loads((run_report.folder(night) / "report.json").read_text(encoding="utf-8"))
    assert (kept["status"], kept["code"]) == ("applied", "HOLD_REQUIRED")
    assert kept["holds"] == run_report.facts(night)["holds"] != []


def test_an_applied_nights_report_names_every_step_with_its_seconds_and_links_the_data_docs(synced: Town) -> None:
    told = synced.night(nights.evolve(world(), seed=2, percent=5, kinds=("drop",)).world)
    facts = run_report.facts(runs.load(told.run_id))
    steps = ["extract", "validate", "stage", "plan", "review", "merge", "audit", "report"]
    assert [step["step"] for step in facts["steps"]] == steps
    assert all(step["ok"] and step["seconds"] > 0 for step in facts["steps"])
    page = run_report.markdown(facts)
    assert all(f"| {step} | done |" in page for step in steps)
    assert set(facts["data_docs"]) == {"delivery 1", "roster"}
    for link in facts["data_docs"].values():
        assert f"]({link})" in page
        assert Path(url2pathname(urlparse(link).path)).exists()


def test_a_finding_says_who_mends_it_and_how_and_where_to_read_more(synced: Town) -> None:
    (path,) = synced.deliver(nights.evolve(world(), seed=1, percent=0).world)
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[1] = lines[1].replace("2026-27 Full Year", "", 1)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    told = synced.sync(nights.evolve(world(), seed=1, percent=0).world.as_of)
    (one,) = run_report.facts(runs.load(told.run_id))["imports"]
    found = {finding["code"]: finding for finding in one["findings"]}["MISSING_TERM"]
    assert (found["count"], found["lines"], found["file"], found["column"]) == (1, [2], "combined.csv", "term")
    assert found["owner"] == "SIS administrator"
    assert found["fix"] == "fill the term in the SIS export"
    assert found["runbook"] == "docs/runbook.md#missing_term"


def test_a_cell_can_not_leave_its_table(synced: Town) -> None:
    facts = run_report.facts(runs.load(1))
    facts["plan"] = [{"school": "A | B\n# C", "entity": "users", "action": "create", "changes": 1}]
    page = run_report.markdown(facts)
    assert "| A \\| B # C | users | create | 1 |" in page.splitlines()
