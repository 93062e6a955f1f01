"""A run's report, as JSON and Markdown: imports, findings and who fixes them, the plan by school. Counts only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pipelines import runs, settings
from pipelines.report import students
from pipelines.report.tables import counted, explained, table
from pipelines.runs import Run
from pipelines.stage.expectations import NO_STUDENTS
from pipelines.store.engine import transaction
from pipelines.store.statements import rows
from schemas.rules import RULES

# The columns of the report's table of holds.
_HELD = ("hold_n", "school", "entity", "action", "planned", "active", "allowed", "status")
_HOLD = (*_HELD, "kind", "digest", "decided_by", "why", "applied_by")


def folder(run: Run) -> Path:
    """Return the folder of the run's report."""
    return settings.reports_dir() / run.district_id / f"run-{run.run_id}"


def facts(run: Run) -> dict[str, Any]:
    """Return the report's contents, in the stable shape that `rollbook report --json` prints (docs/json.md)."""
    with transaction() as connection:
        plan = rows(connection, "plan/summary.by_school", **run.key)
        holds = rows(connection, "review/holds.of_run", **run.key)
        invitations = rows(connection, "report/run_report.invitations", **run.key)
    steps = [_pick(step, "step", "ok", "seconds", "counts") for step in runs.steps(run)]
    return {
        "run_id": run.run_id,
        "district_id": run.district_id,
        "as_of": run.as_of.isoformat(),
        "status": run.status,
        "code": run.code,
        "reason": run.reason,
        "owner": run.owner,
        "fix": run.fix,
        "settings": run.settings,
        "advice": [NO_STUDENTS for step in steps if step["counts"].get("students") == 0],
        "counts": run.counts,
        "steps": steps,
        "imports": [_import(one) for one in runs.imports(run)],
        "plan": [_pick(row, "entity", "action", "school", "changes") for row in plan],
        "holds": [_pick(hold, *_HOLD) for hold in holds],
        "data_docs": run.pages,
        "invitations": [_pick(row, "school", "pending") for row in invitations],
        "students": students.facts(run),
    }


def write(run: Run) -> Path:
    """Write `report.json` and `report.md`, and return the path of `report.md`.

    The caller drops the run's staging only afterwards: the part about students reads the staging.
    """
    students.record(run)
    contents = facts(run)
    where = folder(run)
    where.mkdir(parents=True, exist_ok=True)
    (where / "report.json").write_text(json.dumps(contents, indent=1, default=str), encoding="utf-8")
    page = where / "report.md"
    page.write_text(markdown(contents), encoding="utf-8")
    return page


def _import(one: dict[str, Any]) -> dict[str, Any]:
    row = _pick(one, "source_n", "source", "layout", "status", "digest", "received_rows", "counts")
    # The facts about students have their own part of the report.
    row["facts"] = {name: fact for name, fact in one["facts"].items() if name != "students"}
    findings = [finding | _advice(finding["code"]) for finding in one["findings"]]
    return row | {"at": one["at"].isoformat(timespec="seconds"), "findings": findings}


def _advice(code: str) -> dict[str, str]:
    rule = RULES[code]
    return {"what": rule.what, "owner": rule.owner, "fix": rule.fix, "runbook": f"docs/runbook.md#{code.lower()}"}


def _pick(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: row[name] for name in names}


def markdown(contents: dict[str, Any]) -> str:
    """Return the report as a Markdown page."""
    head = [f"# {contents['district_id']}, run of {contents['as_of']}: {contents['status']}", ""]
    head += [f"Run {contents['run_id']}. {explained(contents)}".strip(), ""]
    head += [line for advice in contents["advice"] for line in (f"**{advice}**", "")]
    steps = [
        (s["step"], "done" if s["ok"] else "failed", f"{s['seconds']:.1f}", counted(s["counts"]))
        for s in contents["steps"]
    ]
    parts = [*head, *students.page(contents["students"])]
    parts += table("Steps", ("step", "", "seconds", "counts"), steps)
    for one in contents["imports"]:
        parts += _import_lines(one)
    plan = [(row["school"], row["entity"], row["action"], row["changes"]) for row in contents["plan"]]
    parts += table("The plan by school", ("school", "entity", "action", "changes"), plan)
    holds = [tuple(hold[name] for name in _HELD) for hold in contents["holds"]]
    parts += table("Beyond the limits", _HELD, holds)
    if contents["data_docs"]:
        parts += ["## Data Docs", "", *(f"- [{suite}]({page})" for suite, page in contents["data_docs"].items()), ""]
    pending = [(row["school"], row["pending"]) for row in contents["invitations"]]
    parts += table("New staff to invite", ("school", "people"), pending)
    return "\n".join(parts) + "\n"


def _import_lines(one: dict[str, Any]) -> list[str]:
    title = f"Import {one['source_n'] + 1}: {one['source']}, {one['layout']}: {one['status']}"
    lines = [line for name, value in one["facts"].items() for line in _fact_lines(name, value)]
    found = [
        (f["code"], f["severity"], f["file"], f["column"] or "", f["count"], _lines(f["lines"]), f["owner"], f["fix"])
        for f in one["findings"]
    ]
    header = ("code", "severity", "file", "column", "count", "first lines", "owner", "what to do")
    return [f"## {title}", "", counted(one["counts"]), "", *lines, "", *table("Found", header, found)]


def _fact_lines(name: str, value: Any) -> list[str]:
    """Return the Markdown lines of one fact of a delivery: one line per key of a dict, else one line.

    Empty values give no line.
    """
    if isinstance(value, dict):
        return [f"- {key}: {_fact(inner)}" for key, inner in value.items() if _fact(inner)]
    return [f"- {name.replace('_', ' ')}: {_fact(value)}"] if _fact(value) else []


def _fact(value: Any) -> str:
    if isinstance(value, dict):
        facts = {name.replace("_", " "): _fact(inner) for name, inner in value.items()}
        return "; ".join(f"{name} {inner}" for name, inner in facts.items() if inner)
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return "" if value in (None, "", False) else str(value)


def _lines(lines: list[int]) -> str:
    return ", ".join(map(str, lines[:5])) + (" …" if len(lines) > 5 else "")
