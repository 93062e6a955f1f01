"""The outcome of a warehouse's runs as one digest per part, and the digests that were recorded.

Digests exclude everything that may differ between equal runs: moments, paths, addresses, durations, versions of a
server, digests and names of the code. They contain only values of tables that a refactoring does not change.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipelines.sources.rules_version import RULES_VERSION
from schemas.entities import DECLARED
from tests.town import Town

RECORDED = Path(__file__).parent / "recorded" / "outcomes.json"
COMMAND = "ROLLBOOK_RECORD=1 .venv/bin/python -m pytest tests/scenarios/test_recorded_outcomes.py"

Parts = dict[str, list[str]]  # a part of an outcome → its rows, each a line of JSON, sorted
Told = dict[str, Any]  # an outcome as it is recorded: digests and counts

_KEPT = "origin, source, status, as_of, run_id, archived_on"
_ROSTER = {
    **{entity.name: ", ".join((*entity.key, *entity.attributes, *entity.own)) for entity in DECLARED.values()},
    "contacts": "contact_id, user_id, relationship, given_name, family_name, email, phone",
}
_LINKS = "entity, source, source_id, id, run_id, as_of"
# The first words of the counts that an outcome lists. Bytes and files depend on the form of the delivery.
_COUNTED = (
    "received accepted quarantined out_of_scope planned held holds left_out applied applied_again undone students"
)
_TOLD = f"split_part(c.key, '.', 1) = any(string_to_array('{_COUNTED}', ' '))"
_QUERIES: dict[str, tuple[str, ...]] = {
    "statuses": ("select run_id, kind, as_of, status, code, base_run_id, undone_by from runs.runs",),
    "counts": (
        f"select r.run_id, c.key, c.value from runs.runs as r, jsonb_each(r.counts) as c where {_TOLD}",
        f"select r.run_id, r.source_n, c.key, c.value from runs.imports as r, jsonb_each(r.counts) as c where {_TOLD}",
        "select run_id, source_n, source, layout, status, received_rows from runs.imports",
    ),
    "findings": (
        "select i.run_id, i.source_n, f ->> 'file', f ->> 'code', f ->> 'column', f ->> 'severity', f ->> 'count'"
        " from runs.imports as i, jsonb_array_elements(i.findings) as f",
        "select run_id, source_n, source_id, reason, systems, course_source_ids, class_source_ids"
        " from runs.student_reports",
    ),
    "quarantine": ("select run_id, source_n, file, line, code, column_name from runs.quarantine",),
    "plan": (
        "select run_id, source_n, entity, action, id, school_id, class_id, user_id, role, from_class_id, is_primary,"
        " begin_date, end_date, held, hold_n, reason, applied_by from work.changes",
        "select run_id, source_n, entity, action, school_id, changes, held from work.plan_counts",
        "select run_id, source_n, entity, source, source_id, id from work.rekeys",
        "select run_id, entity, source, source_id from runs.refused_rekeys",
    ),
    "holds": (
        "select run_id, hold_n, kind, source_n, school_id, entity, action, planned, active, allowed, status, digest,"
        " applied_by from runs.holds",
    ),
    "roster": (
        *(f"select '{name}', {own}, {_KEPT} from roster.{name}" for name, own in _ROSTER.items()),
        f"select 'links', {_LINKS} from roster.links",
    ),
    "history": (
        *(
            f"select '{name}', {own}, {_KEPT}, valid_from, valid_to, ended_by from history.{name}"
            for name, own in _ROSTER.items()
        ),
        f"select 'links', {_LINKS}, ended_by from history.links",
    ),
    "gradebook": (
        "select 'activities', activity_id, class_id, source, source_id, kind, title, points,"
        " due_at at time zone 'UTC', selected, run_id from gradebook.activities",
        "select 'scores', activity_id, user_id, points, excused, run_id from gradebook.scores",
        "select 'courses', class_id, course_number, section_number, run_id from gradebook.course_links",
        "select 'students', user_id, user_number, run_id from gradebook.student_links",
        "select 'columns', run_id, course_number, column_id, class_id, title, kind, points,"
        " due_at at time zone 'UTC', activity_ids, zeros, action, reason from gradebook.columns",
        "select 'changes', run_id, course_number, column_id, user_id, user_number, old, old_excused, new, new_excused,"
        " drifted, held from gradebook.changes",
        "select 'refused', run_id, class_id, reason from gradebook.refused_classes",
        "select 'sent', column_id, course_number, sent_title, sent_points, run_id from gradebook.assignment_links",
        "select 'states', column_id, user_id, course_number, state, reason, score, excused, run_id"
        " from gradebook.states",
        "select 'ledger', run_id, column_id, user_id, course_number, act, old, old_excused, new, new_excused, state,"
        " reason from gradebook.ledger",
        "select 'exports', run_id, course_number, class_ids, status, code from gradebook.exports",
    ),
}


def look(town: Town, *parts: str) -> Parts:
    """Return the warehouse's present rows, by part; by default all parts."""
    return {part: sorted(_lines(town, part)) for part in parts or _QUERIES}


def digest(lines: Sequence[str]) -> str:
    """Return the digest of a part."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def tell(town: Town, parts: Parts) -> Told:
    """Return an outcome as it is recorded: digests and counts, without names and ids of people."""
    digests = {part: digest(lines) for part, lines in parts.items()}
    runs = town.ask("select status, code from runs.runs order by run_id")
    counts = {name: int(town.one(f"select coalesce(sum({value}), 0) from {table}")) for name, value, table in _SUMS}
    counts |= {f"lines of {part}": len(lines) for part, lines in parts.items()}
    return {
        "outcome": digest(sorted(f"{part} {one}" for part, one in digests.items())),
        "runs": [" ".join(filter(None, run)) for run in runs],
        "counts": {name: count for name, count in counts.items() if count},
        "parts": digests,
    }


def differences(name: str, recorded: Mapping[str, Any], now: Told) -> str | None:
    """Return in which parts a case's outcome differs from the recorded one, and what to do, or None."""
    was = recorded["cases"].get(name)
    if was is None:
        return f"No outcome of {name} is recorded. Record it: {COMMAND}"
    if was["outcome"] == now["outcome"]:
        return None
    parts = _different(was["parts"], now["parts"])
    message = [f"The runs ended as {now['runs']}, not as {was['runs']}. "] if was["runs"] != now["runs"] else []
    message += [
        f"{count.capitalize()}: {now['counts'].get(count, 0)}, not {was['counts'].get(count, 0)}. "
        for count in _different(was["counts"], now["counts"])
    ]
    return (
        f"The outcome of {name} differs from the recorded one in: {', '.join(parts)}.\n"
        f"{''.join(message) or 'The counts are equal, but the counted rows differ. '}\n"
        "If no change was intended, find the rows that differ: run the test before and after the change, with "
        "ROLLBOOK_OUTCOMES=<a folder of each>, and compare the folders (diff -r).\n"
        "If the change is intended, raise RULES_VERSION in pipelines/sources/rules_version.py and record again: "
        f"{COMMAND}"
    )


def _different(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    return [name for name in {**was, **now} if was.get(name) != now.get(name)]


def record(recorded: Mapping[str, Any], name: str, now: Told, version: int) -> dict[str, Any]:
    """Return the record with this outcome of a case. Raises ValueError for a different outcome under the same rules."""
    was = recorded["cases"].get(name)
    is_same = was is not None and was["outcome"] == now["outcome"]
    if was is not None and not is_same and was["since"] >= version:
        raise ValueError(
            f"another outcome of {name} is recorded for version {was['since']} of the rules: raise RULES_VERSION in "
            "pipelines/sources/rules_version.py first (or take back a record that nobody has merged yet)"
        )
    since = was["since"] if was is not None and is_same else version
    cases = {**recorded["cases"], name: {"since": since, **now}}
    return {"rules_version": version, "cases": dict(sorted(cases.items()))}


def read() -> dict[str, Any]:
    """Return the record."""
    if not RECORDED.exists():
        return {"rules_version": RULES_VERSION, "cases": {}}
    recorded: dict[str, Any] = json.loads(RECORDED.read_text(encoding="utf-8"))
    return recorded


def write(recorded: Mapping[str, Any], names: Iterable[str]) -> None:
    """Store a record, without cases that no longer exist."""
    cases = {name: case for name, case in recorded["cases"].items() if name in set(names)}
    RECORDED.parent.mkdir(exist_ok=True)
    RECORDED.write_text(json.dumps({**recorded, "cases": cases}, indent=2) + "\n", encoding="utf-8")


def show(name: str, parts: Parts) -> None:
    """Write the rows themselves to the folder ROLLBOOK_OUTCOMES, to compare two versions of the code."""
    if wanted := os.environ.get("ROLLBOOK_OUTCOMES"):
        folder = Path(wanted) / name
        folder.mkdir(parents=True, exist_ok=True)
        for part, lines in parts.items():
            (folder / part.replace(" ", "_")).write_text("\n".join([*lines, ""]), encoding="utf-8")


_SUMS = (
    ("accepted", "(counts ->> 'accepted')::int", "runs.imports"),
    ("quarantined", "(counts ->> 'quarantined')::int", "runs.imports"),
    ("out of scope", "(counts ->> 'out_of_scope')::int", "runs.imports"),
    ("planned", "1", "work.changes"),
    ("held", "held::int", "work.changes"),
)


def _lines(town: Town, part: str) -> Iterable[str]:
    for query in _QUERIES[part]:
        for row in town.ask(query):
            yield json.dumps(row, default=str, ensure_ascii=False, sort_keys=True)
