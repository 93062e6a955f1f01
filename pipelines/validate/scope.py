"""Which lines this district, and this run, may touch; and which schools and terms are new to the roster."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.runs.request import Scope
from pipelines.settings import District
from pipelines.sources.assertions import Belonging, Claims, Index, Known, Layout, Mask
from pipelines.validate.judgement import Judgement

_CODES = {"schools": ("UNKNOWN_SCHOOL", "NEW_SCHOOL"), "terms": ("UNKNOWN_TERM", "NEW_TERM")}


@dataclass(frozen=True)
class Standing:
    """How the keys of a space stand to the settings, the run and the roster."""

    unlisted: Mask  # the district does not share it: its lines are skipped
    narrowed: Mask  # this run was asked for less
    unknown: Mask  # it may be a mistake: its lines are quarantined
    new: Mask  # it is created, with a warning


def stand(claims: Claims, layout: Layout, district: District, scope: Scope, known: Known) -> dict[str, Standing]:
    """Compare the delivery's schools and terms with the settings, the run's scope and the roster."""
    welcome = layout.defines_schools or district.new_schools == "create"
    return {
        "schools": _stand_schools(claims.keys["schools"], district, scope.schools, known.schools, welcome=welcome),
        "terms": _stand_terms(claims.keys["terms"], district, scope.term, known.terms),
    }


def _stand_schools(
    ids: pa.Array, district: District, asked: Collection[str] | None, known: Collection[str] | None, *, welcome: bool
) -> Standing:
    listed = None if district.schools == "all" else district.schools
    fresh = _outside(ids, known if listed is None else None)
    none = np.zeros(len(ids), dtype=bool)
    return Standing(
        unlisted=_outside(ids, listed),
        narrowed=_outside(ids, asked),
        unknown=none if welcome else fresh,
        new=fresh if welcome else none,
    )


def _stand_terms(ids: pa.Array, district: District, asked: str | None, known: Collection[str] | None) -> Standing:
    listed = None if district.terms == "all" else district.terms
    return Standing(
        unlisted=np.zeros(len(ids), dtype=bool),
        narrowed=_outside(ids, None if asked is None else (asked,)),
        unknown=_outside(ids, listed),
        new=_outside(ids, known if listed is None else None),
    )


def missing_schools(claims: Claims, district: District, scope: Scope) -> dict[str, list[str]]:
    """Name the schools that the settings list and no line of the delivery names, accepted or not (SL-09)."""
    if district.schools == "all":
        return {}
    delivered = set(claims.keys["schools"].to_pylist())
    missing = {*district.schools} - delivered
    if scope.schools is not None:
        missing &= {*scope.schools}
    return {"missing_schools": sorted(missing)} if missing else {}


def keep_in_scope(claims: Claims, judge: Judgement, standings: dict[str, Standing]) -> None:
    """Put lines out of scope, before any rule looks at them; other lines follow those they depend on."""
    unlisted = np.zeros_like(judge.out_of_scope)
    for belonging in claims.scope:
        standing = standings[belonging.space]
        outside = standing.unlisted | (standing.unknown if belonging.defines else False)
        unlisted[_lines(belonging, outside, every=True)] = True
        judge.narrowed[_lines(belonging, standing.narrowed, every=True)] = True
    judge.narrowed &= ~unlisted
    judge.out_of_scope |= unlisted | judge.narrowed
    if claims.related and judge.out_of_scope.any():
        _follow_classes(claims, judge)
        _follow_people(claims, judge)


def _follow_classes(claims: Claims, judge: Judgement) -> None:
    """Leave out the enrollments of classes that are left out."""
    size = len(claims.keys["classes"])
    inside, outside, narrowed = (np.zeros(size, dtype=bool) for _ in range(3))
    for claim in claims.about("classes"):
        if claim.defines:
            _mark(claim.key, claim.start, ~judge.out_of_scope, inside)
            _mark(claim.key, claim.start, judge.out_of_scope, outside)
            _mark(claim.key, claim.start, judge.narrowed, narrowed)
    for link in claims.links:
        gone = np.append(outside & ~inside, False)[link.class_key]
        own = slice(link.start, link.start + len(gone))
        judge.out_of_scope[own] |= gone
        judge.narrowed[own] |= gone & np.append(narrowed, False)[link.class_key]


def _follow_people(claims: Claims, judge: Judgement) -> None:
    """Leave out people all of whose roles are left out, unless a class that stays in scope has them."""
    for space in {link.space for link in claims.links}:
        size = len(claims.keys[space])
        inside, outside, narrowed = (np.zeros(size, dtype=bool) for _ in range(3))
        for claim in claims.about(space):
            if claim.role is not None:
                _mark(claim.key, claim.start, ~judge.out_of_scope, inside)
                _mark(claim.key, claim.start, judge.out_of_scope, outside)
                _mark(claim.key, claim.start, judge.narrowed, narrowed)
        for claim in claims.about(space):
            if claim.defines and claim.role is None:
                gone = np.append(outside & ~inside, False)[claim.key]
                own = slice(claim.start, claim.start + len(gone))
                judge.out_of_scope[own] |= gone
                judge.narrowed[own] |= gone & np.append(narrowed, False)[claim.key]


def _mark(key: np.ndarray[tuple[int], np.dtype[np.int32]], start: int, among: Mask, keys: Mask) -> None:
    keys[key[among[start : start + len(key)] & (key >= 0)]] = True


def accuse_unknown(claims: Claims, judge: Judgement, standings: dict[str, Standing]) -> None:
    """Quarantine lines of schools and terms that this district does not have."""
    for belonging in claims.scope:
        lines = _lines(belonging, standings[belonging.space].unknown)
        judge.accuse(_CODES[belonging.space][0], belonging.column, lines)


def tell_new(claims: Claims, judge: Judgement, standings: dict[str, Standing]) -> None:
    """Warn of each school and term that was never seen before, at its first accepted line."""
    alive = judge.alive()
    for space, standing in standings.items():
        told = np.zeros(len(standing.new), dtype=bool)
        for belonging in claims.scope:
            if belonging.space != space:
                continue
            for codes in belonging.codes:
                own = alive[belonging.start : belonging.start + len(codes)]
                at = np.flatnonzero(np.append(standing.new & ~told, False)[codes] & own)
                keys, first = np.unique(codes[at], return_index=True)
                told[keys] = True
                judge.tell(_CODES[space][1], belonging.column, at[first] + belonging.start)


def _lines(belonging: Belonging, keys: Mask, *, every: bool = False) -> Index:
    """Find the lines one of whose codes is marked, or all of whose codes are."""
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
