"""The report gives the result of every run in counts, for people and for programs."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlparse
from urllib.request import url2pathname

from pipelines import runs
from pipelines.report import run_report
from sandbox import nights
from tests.town import Town, generous, world


def test_the_report_lists_the_holds_of_a_run(synced: Town) -> None:
    synced.settle(limits=generous() | {"archive_percent": 0, "archive_rows": 0})
    held = synced.night(nights.evolve(world(), seed=2, percent=5, kinds=("drop",)).world)
    run = runs.load(held.run_id)
    page = (run_report.folder(run) / "report.md").read_text(encoding="utf-8")
    assert page.startswith("# springfield, run of 2026-09-02: applied")
    assert "## Beyond the limits" in page
    contents = json.loads((run_report.folder(run) / "report.json").read_text(encoding="utf-8"))
    assert (contents["status"], contents["code"]) == ("applied", "HOLD_REQUIRED")
    assert contents["holds"] == run_report.facts(run)["holds"] != []


def test_the_report_lists_every_step_with_its_seconds_and_links_the_data_docs(synced: Town) -> None:
    applied = synced.night(nights.evolve(world(), seed=2, percent=5, kinds=("drop",)).world)
    facts = run_report.facts(runs.load(applied.run_id))
    steps = ["extract", "validate", "stage", "plan", "review", "merge", "audit", "report"]
    assert [step["step"] for step in facts["steps"]] == steps
    assert all(step["ok"] and step["seconds"] > 0 for step in facts["steps"])
    page = run_report.markdown(facts)
    assert all(f"| {step} | done |" in page for step in steps)
    assert set(facts["data_docs"]) == {"delivery 1", "roster"}
    for link in facts["data_docs"].values():
        assert f"]({link})" in page
        assert Path(url2pathname(urlparse(link).path)).exists()


def test_a_finding_has_its_owner_its_fix_and_a_link_to_the_runbook(synced: Town) -> None:
    (path,) = synced.deliver(nights.evolve(world(), seed=1, percent=0).world)
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[1] = lines[1].replace("2026-27 Full Year", "", 1)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    applied = synced.sync(nights.evolve(world(), seed=1, percent=0).world.as_of)
    (only,) = run_report.facts(runs.load(applied.run_id))["imports"]
    found = {finding["code"]: finding for finding in only["findings"]}["MISSING_TERM"]
    assert (found["count"], found["lines"], found["file"], found["column"]) == (1, [2], "combined.csv", "term")
    assert found["owner"] == "SIS administrator"
    assert found["fix"] == "fill the term in the SIS export"
    assert found["runbook"] == "docs/runbook.md#missing_term"


def test_pipes_and_line_breaks_stay_within_their_cell(synced: Town) -> None:
    facts = run_report.facts(runs.load(1))
    facts["plan"] = [{"school": "A | B\n# C", "entity": "users", "action": "create", "changes": 1}]
    page = run_report.markdown(facts)
    assert "| A \\| B # C | users | create | 1 |" in page.splitlines()
