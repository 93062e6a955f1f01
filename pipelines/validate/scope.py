"""Decide which lines are in scope for this district and this run, and which schools and terms are new."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.runs.request import Scope
from pipelines.settings import District
from pipelines.sources.assertions import Assertions, Belonging, Index, Layout, Mask
from pipelines.validate.judgement import Judgement
from pipelines.validate.result import ReferenceData

_CODES = {"schools": ("UNKNOWN_SCHOOL", "NEW_SCHOOL"), "terms": ("UNKNOWN_TERM", "NEW_TERM")}


@dataclass(frozen=True)
class ScopeDecision:
    """Which keys of an entity type are out of scope, unknown or new, by the settings, the run and the roster."""

    unlisted: Mask  # the district does not share the key: its lines are out of scope
    narrowed: Mask  # this run was not asked for the key
    unknown: Mask  # the key may be a mistake: its lines are quarantined
    new: Mask  # the key is created, with a warning


def decide_scope(
    assertions: Assertions, layout: Layout, district: District, scope: Scope, reference: ReferenceData
) -> dict[str, ScopeDecision]:
    """Compare the delivery's schools and terms with the settings, the run's scope and the roster."""
    accepts_new = layout.defines_schools or district.new_schools == "create"
    return {
        "schools": _decide_schools(
            assertions.keys["schools"], district, scope.schools, reference.schools, accepts_new=accepts_new
        ),
        "terms": _decide_terms(assertions.keys["terms"], district, scope.term, reference.terms),
    }


def _decide_schools(
    ids: pa.Array,
    district: District,
    asked: Collection[str] | None,
    existing: Collection[str] | None,
    *,
    accepts_new: bool,
) -> ScopeDecision:
    listed = None if district.schools == "all" else district.schools
    fresh = _outside(ids, existing if listed is None else None)
    none = np.zeros(len(ids), dtype=bool)
    return ScopeDecision(
        unlisted=_outside(ids, listed),
        narrowed=_outside(ids, asked),
        unknown=none if accepts_new else fresh,
        new=fresh if accepts_new else none,
    )


def _decide_terms(
    ids: pa.Array, district: District, asked: str | None, existing: Collection[str] | None
) -> ScopeDecision:
    listed = None if district.terms == "all" else district.terms
    return ScopeDecision(
        unlisted=np.zeros(len(ids), dtype=bool),
        narrowed=_outside(ids, None if asked is None else (asked,)),
        unknown=_outside(ids, listed),
        new=_outside(ids, existing if listed is None else None),
    )


def missing_schools(assertions: Assertions, district: District, scope: Scope) -> dict[str, list[str]]:
    """Return the schools that the settings list and that no line of the delivery names, accepted or not (SL-09)."""
    if district.schools == "all":
        return {}
    delivered = set(assertions.keys["schools"].to_pylist())
    missing = {*district.schools} - delivered
    if scope.schools is not None:
        missing &= {*scope.schools}
    return {"missing_schools": sorted(missing)} if missing else {}


def exclude_out_of_scope(assertions: Assertions, judge: Judgement, scope_decisions: dict[str, ScopeDecision]) -> None:
    """Put lines out of scope before any rule checks them, and then the lines that depend on them."""
    unlisted = np.zeros_like(judge.out_of_scope)
    for belonging in assertions.scope:
        decision = scope_decisions[belonging.entity_type]
        outside = decision.unlisted | (decision.unknown if belonging.defines else False)
        unlisted[_lines(belonging, outside, every=True)] = True
        judge.narrowed[_lines(belonging, decision.narrowed, every=True)] = True
    judge.narrowed &= ~unlisted
    judge.out_of_scope |= unlisted | judge.narrowed
    if assertions.related and judge.out_of_scope.any():
        _follow_classes(assertions, judge)
        _follow_people(assertions, judge)


def _follow_classes(assertions: Assertions, judge: Judgement) -> None:
    """Put the enrollments of a class out of scope if the class is out of scope."""
    size = len(assertions.keys["classes"])
    inside, outside, narrowed = (np.zeros(size, dtype=bool) for _ in range(3))
    for assertion in assertions.about("classes"):
        if assertion.defines:
            _mark(assertion.key, assertion.start, ~judge.out_of_scope, inside)
            _mark(assertion.key, assertion.start, judge.out_of_scope, outside)
            _mark(assertion.key, assertion.start, judge.narrowed, narrowed)
    for link in assertions.links:
        excluded = np.append(outside & ~inside, False)[link.class_key]
        own = slice(link.start, link.start + len(excluded))
        judge.out_of_scope[own] |= excluded
        judge.narrowed[own] |= excluded & np.append(narrowed, False)[link.class_key]


def _follow_people(assertions: Assertions, judge: Judgement) -> None:
    """Put people out of scope if all their roles are out of scope, unless a class in scope has them."""
    for entity_type in {link.entity_type for link in assertions.links}:
        size = len(assertions.keys[entity_type])
        inside, outside, narrowed = (np.zeros(size, dtype=bool) for _ in range(3))
        for assertion in assertions.about(entity_type):
            if assertion.role is not None:
                _mark(assertion.key, assertion.start, ~judge.out_of_scope, inside)
                _mark(assertion.key, assertion.start, judge.out_of_scope, outside)
                _mark(assertion.key, assertion.start, judge.narrowed, narrowed)
        for assertion in assertions.about(entity_type):
            if assertion.defines and assertion.role is None:
                excluded = np.append(outside & ~inside, False)[assertion.key]
                own = slice(assertion.start, assertion.start + len(excluded))
                judge.out_of_scope[own] |= excluded
                judge.narrowed[own] |= excluded & np.append(narrowed, False)[assertion.key]


def _mark(key: np.ndarray[tuple[int], np.dtype[np.int32]], start: int, among: Mask, keys: Mask) -> None:
    keys[key[among[start : start + len(key)] & (key >= 0)]] = True


def reject_unknown(assertions: Assertions, judge: Judgement, scope_decisions: dict[str, ScopeDecision]) -> None:
    """Quarantine lines of schools and terms that are unknown in this district."""
    for belonging in assertions.scope:
        lines = _lines(belonging, scope_decisions[belonging.entity_type].unknown)
        judge.reject(_CODES[belonging.entity_type][0], belonging.column, lines)


def report_new(assertions: Assertions, judge: Judgement, scope_decisions: dict[str, ScopeDecision]) -> None:
    """Warn of each school and term that is new to the roster, at its first accepted line."""
    valid = judge.valid()
    for entity_type, decision in scope_decisions.items():
        reported = np.zeros(len(decision.new), dtype=bool)
        for belonging in assertions.scope:
            if belonging.entity_type != entity_type:
                continue
            for codes in belonging.codes:
                own = valid[belonging.start : belonging.start + len(codes)]
                at = np.flatnonzero(np.append(decision.new & ~reported, False)[codes] & own)
                keys, first = np.unique(codes[at], return_index=True)
                reported[keys] = True
                judge.warn(_CODES[entity_type][1], belonging.column, at[first] + belonging.start)


def _lines(belonging: Belonging, keys: Mask, *, every: bool = False) -> Index:
    """Return the lines that have a marked code; if `every`, the lines that have only marked codes."""
    if not keys.any():
        return np.empty(0, dtype=np.intp)
    marked = np.append(keys, False)
    hit = np.logical_or.reduce([marked[codes] for codes in belonging.codes])
    if every and len(belonging.codes) > 1:
        hit &= ~np.logical_or.reduce([~marked[codes] & (codes >= 0) for codes in belonging.codes])
    return np.flatnonzero(hit) + belonging.start


def _outside(ids: pa.Array, wanted: Collection[str] | None) -> Mask:
    if wanted is None:
        return np.zeros(len(ids), dtype=bool)
    inside = pc.is_in(ids, value_set=pa.array(sorted(wanted), pa.string()))
    outside: Mask = ~inside.to_numpy(zero_copy_only=False)
    return outside
