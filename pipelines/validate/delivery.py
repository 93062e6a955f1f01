"""A delivery's tables become accepted tables, a quarantine and findings. Pure: no database, no logging.

lines -> rows (pandera) -> conform (the layout) -> scope -> relations, people -> accepted, quarantine
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from pipelines.runs.request import Scope
from pipelines.settings import District
from pipelines.sources.assertions import Claims, Index, Known, Layout, Mask, Part, Validated
from pipelines.sources.tables import Table
from pipelines.validate.accepted import tabulate
from pipelines.validate.contract import check_contract
from pipelines.validate.facts import attributes, settle
from pipelines.validate.identity import accuse_reused, tell_missing_emails, tell_roleless, tell_shared_emails
from pipelines.validate.judgement import Judgement
from pipelines.validate.lines import Lines, lay_out
from pipelines.validate.quarantine import keep_lines, protect
from pipelines.validate.relations import (
    accuse_contradictions,
    accuse_dependents,
    lines_of,
    tell_teacherless,
    tell_unknown,
)
from pipelines.validate.rows import Broken, check_rows
from pipelines.validate.scope import accuse_unknown, keep_in_scope, missing_schools, stand, tell_new


def validate_delivery(
    tables: Sequence[Table], layout: Layout, district: District, scope: Scope | None = None, known: Known | None = None
) -> Validated:
    """Judge a delivery: every received line is accepted, quarantined or out of scope."""
    scope, known = scope or Scope(), known or Known()
    lines = lay_out(tables, layout)
    judge = Judgement(lines, layout.relaxed, district.rules)
    checked = [check_rows(stretch, layout.schemas[stretch.part]) for stretch in lines.stretches]
    parts = {part.name: part for part, _ in checked}
    claims = layout.conform(parts)
    standings = stand(claims, layout, district, scope, known)
    keep_in_scope(claims, judge, standings)
    _accuse_rows(lines, claims, judge, [item for _, broken in checked for item in broken])
    accuse_unknown(claims, judge, standings)
    judge.begin()
    accuse_contradictions(claims, layout, judge)
    accuse_reused(claims, layout, known, judge)
    accuse_dependents(claims, layout, judge)
    tell_new(claims, judge, standings)
    _tell(claims, layout, judge, parts)
    accepted = tabulate(claims, layout, lines, judge)
    check_contract(accepted)
    return Validated(
        accepted=accepted,
        present=protect(claims, layout, lines, known, judge),
        quarantine=keep_lines(lines, judge),
        findings=judge.findings(),
        counts=_count(lines, judge, accepted),
        facts=_facts(tables, layout, lines) | missing_schools(claims, district, scope),
    )


def _accuse_rows(lines: Lines, claims: Claims, judge: Judgement, broken: Sequence[Broken]) -> None:
    """Accuse in the order of trust: what the reader saw, what a column shows, what a whole line shows."""
    judge.begin()
    for item in lines.accused:
        judge.accuse(item.problem.code, item.problem.column, np.array([item.at], dtype=np.intp))
    judge.begin()
    for found in broken:
        judge.report(found.code, found.column, found.lines)
    judge.begin()
    for accusation in claims.accusations:
        judge.report(accusation.code, accusation.column, accusation.lines)


def _tell(claims: Claims, layout: Layout, judge: Judgement, parts: dict[str, Part]) -> None:
    tell_teacherless(claims, judge)
    tell_unknown(claims, judge)
    tell_roleless(claims, layout, judge)
    tell_missing_emails(claims, layout, judge)
    tell_shared_emails(claims, layout, judge)
    alive = judge.alive()
    for space in dict.fromkeys(claim.space for claim in claims.claims if claim.soft):
        _tell_disagreements(claims, space, judge, alive)
    for part in parts.values():
        judge.tell("DUPLICATE_ROW", None, _repeated(part, alive))


def _tell_disagreements(claims: Claims, space: str, judge: Judgement, alive: Mask) -> None:
    for attribute in attributes(claim for claim in claims.about(space) if claim.soft):
        _, differ = settle(claims, space, attribute, alive)
        for claim in claims.about(space):
            judge.tell("CONFLICTING_ATTRIBUTE", claim.columns.get(attribute), lines_of(claim, differ, alive))


def _repeated(part: Part, alive: Mask) -> Index:
    """Find living lines that say the same as an earlier one: 64-bit sums tell the lines apart."""
    random = np.random.default_rng(part.size)
    total = np.zeros(part.size, dtype=np.uint64)
    for column in part.columns.values():
        total += column.codes.astype(np.uint64) * random.integers(1, 2**63, dtype=np.uint64)
    at = np.flatnonzero(alive[part.start : part.start + part.size])
    return at[pd.Series(total[at]).duplicated().to_numpy()] + part.start


def _count(lines: Lines, judge: Judgement, accepted: dict[str, pa.Table]) -> dict[str, int]:
    alive, out = int(judge.alive().sum()), int(judge.out_of_scope.sum())
    counts = {"received": lines.count, "accepted": alive, "quarantined": lines.count - alive - out, "out_of_scope": out}
    return counts | {f"accepted.{entity}": table.num_rows for entity, table in accepted.items()}


def _facts(tables: Sequence[Table], layout: Layout, lines: Lines) -> dict[str, Any]:
    return {
        "layout": layout.name,
        "files": {table.name: table.facts for table in tables},
        "ignored_files": [table.name for table in tables if layout.part_of(table.name) is None],
    }
