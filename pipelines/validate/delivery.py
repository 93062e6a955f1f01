"""Turn a delivery's tables into accepted tables, a quarantine and findings. Pure: no database, no logging.

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
from pipelines.sources.assertions import Assertions, Index, Layout, Mask, Part
from pipelines.sources.tables import Table
from pipelines.validate.accepted import tabulate
from pipelines.validate.contract import check_contract
from pipelines.validate.facts import attributes, resolve
from pipelines.validate.identity import reject_reused, report_missing_emails, report_roleless, report_shared_emails
from pipelines.validate.judgement import Judgement
from pipelines.validate.lines import Lines, lay_out
from pipelines.validate.quarantine import protect, quarantined_lines
from pipelines.validate.relations import (
    lines_of,
    reject_contradictions,
    reject_dependents,
    report_teacherless,
    report_unknown,
)
from pipelines.validate.result import ReferenceData, Validated
from pipelines.validate.rows import Broken, check_rows
from pipelines.validate.scope import decide_scope, exclude_out_of_scope, missing_schools, reject_unknown, report_new


def validate_delivery(
    tables: Sequence[Table],
    layout: Layout,
    district: District,
    scope: Scope | None = None,
    reference: ReferenceData | None = None,
) -> Validated:
    """Judge a delivery: every received line is accepted, quarantined or out of scope."""
    scope, reference = scope or Scope(), reference or ReferenceData()
    lines = lay_out(tables, layout)
    judge = Judgement(lines, layout.relaxed, district.rules)
    checked = [check_rows(stretch, layout.schemas[stretch.part]) for stretch in lines.stretches]
    parts = {part.name: part for part, _ in checked}
    assertions = layout.conform(parts)
    scope_decisions = decide_scope(assertions, layout, district, scope, reference)
    exclude_out_of_scope(assertions, judge, scope_decisions)
    _reject_rows(lines, assertions, judge, [item for _, broken in checked for item in broken])
    reject_unknown(assertions, judge, scope_decisions)
    judge.begin()
    reject_contradictions(assertions, layout, judge)
    reject_reused(assertions, layout, reference, judge)
    reject_dependents(assertions, layout, judge)
    report_new(assertions, judge, scope_decisions)
    _warn(assertions, layout, judge, parts)
    accepted = tabulate(assertions, layout, lines, judge)
    check_contract(accepted)
    return Validated(
        accepted=accepted,
        present=protect(assertions, layout, lines, reference, judge),
        quarantine=quarantined_lines(lines, judge),
        findings=judge.findings(),
        counts=_count(lines, judge, accepted),
        facts=_facts(tables, layout, lines) | missing_schools(assertions, district, scope),
    )


def _reject_rows(lines: Lines, assertions: Assertions, judge: Judgement, broken: Sequence[Broken]) -> None:
    """Reject lines in the order of trust: the reader's problems, then each column's rules, then each line's rules."""
    judge.begin()
    for item in lines.rejected:
        judge.reject(item.problem.code, item.problem.column, np.array([item.at], dtype=np.intp))
    judge.begin()
    for found in broken:
        judge.report(found.code, found.column, found.lines)
    judge.begin()
    for rejection in assertions.rejections:
        judge.report(rejection.code, rejection.column, rejection.lines)


def _warn(assertions: Assertions, layout: Layout, judge: Judgement, parts: dict[str, Part]) -> None:
    report_teacherless(assertions, judge)
    report_unknown(assertions, judge)
    report_roleless(assertions, layout, judge)
    report_missing_emails(assertions, layout, judge)
    report_shared_emails(assertions, layout, judge)
    valid = judge.valid()
    for entity_type in dict.fromkeys(assertion.entity_type for assertion in assertions.assertions if assertion.soft):
        _warn_of_disagreements(assertions, entity_type, judge, valid)
    for part in parts.values():
        judge.warn("DUPLICATE_ROW", None, _repeated(part, valid))


def _warn_of_disagreements(assertions: Assertions, entity_type: str, judge: Judgement, valid: Mask) -> None:
    for attribute in attributes(assertion for assertion in assertions.about(entity_type) if assertion.soft):
        _, differ = resolve(assertions, entity_type, attribute, valid)
        for assertion in assertions.about(entity_type):
            judge.warn("CONFLICTING_ATTRIBUTE", assertion.columns.get(attribute), lines_of(assertion, differ, valid))


def _repeated(part: Part, valid: Mask) -> Index:
    """Return the valid lines that equal an earlier line; lines are compared by 64-bit sums of their values."""
    random = np.random.default_rng(part.size)
    total = np.zeros(part.size, dtype=np.uint64)
    for column in part.columns.values():
        total += column.codes.astype(np.uint64) * random.integers(1, 2**63, dtype=np.uint64)
    at = np.flatnonzero(valid[part.start : part.start + part.size])
    return at[pd.Series(total[at]).duplicated().to_numpy()] + part.start


def _count(lines: Lines, judge: Judgement, accepted: dict[str, pa.Table]) -> dict[str, int]:
    valid, out = int(judge.valid().sum()), int(judge.out_of_scope.sum())
    counts = {"received": lines.count, "accepted": valid, "quarantined": lines.count - valid - out, "out_of_scope": out}
    return counts | {f"accepted.{entity}": table.num_rows for entity, table in accepted.items()}


def _facts(tables: Sequence[Table], layout: Layout, lines: Lines) -> dict[str, Any]:
    return {
        "layout": layout.name,
        "files": {table.name: table.facts for table in tables},
        "ignored_files": [table.name for table in tables if layout.part_of(table.name) is None],
    }
