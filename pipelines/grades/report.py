"""Write the completion summary of an export: how many students are synced per activity, and who has to act."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipelines.grades.ledger import open_states, record_found_states
from pipelines.report import tables
from pipelines.runs import Run
from pipelines.settings import Canvas, reports_dir
from pipelines.store.engine import transaction
from pipelines.store.statements import execute, rows
from schemas.grade_states import CLASSES, REASONS

STATES = ("SYNCED", "NOT_SYNCED", "NOT_FOUND", "ERROR")
_SIGNS = {"SYNCED": "●", "NOT_SYNCED": "-", "NOT_FOUND": "○", "ERROR": "▲!"}  # as iClicker shows them (IC-12 to IC-15)
_ADVICE = "Change scores in the app first, then export: the next export overwrites changes made in Canvas."

Row = Mapping[str, Any]


def break_off(run: Run) -> None:
    """Record the state of every score that a failed course should have received.

    Nobody read these scores back. A run that only plans records nothing.
    """
    with transaction() as connection:
        courses = rows(connection, "grades/select.courses", **run.key)
    failed = [one["course_number"] for one in courses if one["status"] == "failed" and not run.plan_only]
    for course in failed:
        with transaction() as connection:
            open_states(connection)
            execute(connection, "grades/report.break_off", **run.key, course_number=course)
            record_found_states(connection, run, course)


def write(run: Run, canvas: Canvas | None) -> Path:
    """Write `report.json` and `report.md`; return the path of `report.md`."""
    summary = facts(run, canvas)
    where = reports_dir() / run.district_id / f"run-{run.run_id}"
    where.mkdir(parents=True, exist_ok=True)
    (where / "report.json").write_text(json.dumps(summary, indent=1, default=str), encoding="utf-8")
    written = where / "report.md"
    written.write_text(page(summary), encoding="utf-8")
    return written


def facts(run: Run, canvas: Canvas | None) -> dict[str, Any]:
    """Return the whole summary in the stable shape of `rollbook report --json`: counts, and no student (IC-20)."""
    with transaction() as connection:
        columns = rows(connection, "grades/report.columns", **run.key)
        planned = rows(connection, "grades/report.planned", **run.key)
        courses = rows(connection, "grades/select.courses", **run.key)
        refused = rows(connection, "grades/select.refused_classes", **run.key)
        synced = execute(connection, "grades/report.synced_students", **run.key).scalar_one()
    counts: Counter[str] = Counter()
    for course in courses:
        counts.update({name: count for name, count in course["counts"].items() if count})
    return {
        "run_id": run.run_id,
        "district_id": run.district_id,
        "as_of": run.as_of.isoformat(),
        "status": run.status,
        "code": run.code,
        "reason": run.reason,
        "owner": run.owner,
        "fix": run.fix,
        "students_synced": int(synced),
        "counts": dict(counts),
        "activities": _activities(columns),
        "reasons": _reasons(columns),
        "planned": planned if run.plan_only else [],
        "warnings": _warnings(counts, courses),
        "courses": [
            {name: course[name] for name in ("course_number", "status", "code", "reason", "owner", "fix")}
            for course in courses
        ],
        "refused_classes": [
            {"class": one["source_id"], "reason": one["reason"], "what": CLASSES[one["reason"]]} for one in refused
        ],
        "support": canvas.support if canvas else None,
    }


def page(facts: Mapping[str, Any]) -> str:
    """Return the summary as a Markdown page."""
    head = f"# Grades of {facts['district_id']}, {facts['as_of']}: {facts['status']}"
    body = [head, "", f"Run {facts['run_id']}. {tables.explained(facts)}".strip(), ""]
    body += [f"**{facts['students_synced']:,} students synced.** {_in_words(facts['counts'])}".strip(), ""]
    body += [f"- {warning}" for warning in facts["warnings"]] + [""] * bool(facts["warnings"])
    header = ("Canvas course", "activity", *(f"{_SIGNS[state]} {state}" for state in STATES))
    lines = [(one["course_number"], one["title"], *(one[state] for state in STATES)) for one in facts["activities"]]
    body += tables.table("Activities", header, lines)
    helped = [
        (one["state"], one["reason"], one["scores"], one["what"], one["actor"], one["action"])
        for one in facts["reasons"]
    ]
    body += tables.table(
        "States, and who has to act", ("state", "reason", "scores", "what it means", "who", "what to do"), helped
    )
    planned = [tuple(one.values()) for one in facts["planned"]]
    body += tables.table(
        "What would be written",
        ("Canvas course", "activity", "changes", "first time", "changed in Canvas", "held"),
        planned,
    )
    failed = [
        (one["course_number"], one["code"], one["reason"], one["owner"], one["fix"])
        for one in facts["courses"]
        if one["status"] == "failed"
    ]
    header = ("Canvas course", "code", "what happened", "who", "what to do")
    body += tables.table("Courses that failed", header, failed)
    refused = [(one["class"], one["reason"], one["what"]) for one in facts["refused_classes"]]
    body += tables.table("Classes that are not exported", ("class", "reason", "why"), refused)
    return "\n".join([*body, f"Help: {facts['support']}" if facts["support"] else ""]).rstrip() + "\n"


def _in_words(counts: Mapping[str, int]) -> str:
    """Return in words how many scores were compared, and how many scores and columns were written."""
    words = {
        "scores": "scores compared",
        "sent": "sent",
        "columns.created": "Canvas assignments created",
        "columns.adopted": "Canvas assignments found again",
        "columns.renamed": "Canvas assignments renamed",
    }
    return ", ".join(f"{counts[name]:,} {text}" for name, text in words.items() if counts.get(name))


def _activities(columns: Sequence[Row]) -> list[dict[str, Any]]:
    """Return a row per column, with the number of students in each state."""
    activities: dict[Any, dict[str, Any]] = {}
    for row in columns:
        one = activities.setdefault(
            row["column_id"],
            {"course_number": row["course_number"], "title": row["title"], "kind": row["kind"]}
            | dict.fromkeys(STATES, 0),
        )
        one[row["state"]] += row["students"]
    return list(activities.values())


def _reasons(columns: Sequence[Row]) -> list[dict[str, Any]]:
    """Return a row per reason: what it means, who acts and how (IC-16)."""
    counted: Counter[str] = Counter()
    for row in columns:
        counted[row["reason"]] += row["students"]
    ordered = sorted(counted, key=lambda name: (STATES.index(REASONS[name].state), name))
    return [
        {
            "state": REASONS[name].state,
            "reason": name,
            "scores": counted[name],
            "what": REASONS[name].explanation,
            "actor": REASONS[name].actor,
            "action": REASONS[name].action,
        }
        for name in ordered
    ]


def _warnings(counts: Mapping[str, int], courses: Sequence[Row]) -> list[str]:
    """Return the warnings about what went well but should still be noticed (IC-22, IC-24)."""
    warnings = []
    if counts.get("overwritten"):
        warnings.append(f"{counts['overwritten']:,} scores had been changed in Canvas and were overwritten. {_ADVICE}")
    names = sum(int(course["facts"].get("other_names", 0)) for course in courses)
    if names:
        warnings.append(f"{names:,} Canvas assignments have another name in Canvas than here; they are still exported.")
    if counts.get("changed_since"):
        warnings.append(
            f"{counts['changed_since']:,} scores were changed in Canvas since the export and were not reverted."
        )
    return warnings
