"""Which lines this district, and this run, may touch; and which schools and terms are new to the roster."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.claims import Claims, Codes, Index, Known, Layout, Mask
from pipelines.settings import District, Scope
from pipelines.validate.judgement import Judgement

_CODES = {"schools": ("UNKNOWN_SCHOOL", "NEW_SCHOOL"), "terms": ("UNKNOWN_TERM", "NEW_TERM")}


@dataclass(frozen=True)
class Standing:
    """How the keys of a space stand to the settings, the run and the roster."""

    unlisted: Mask  # the district does not share it: its lines are skipped
    narrowed: Mask  # this run was asked for less
    unknown: Mask  # it may be a mistake: its lines are quarantined
    new: Mask  # it is created, with a warning


def keep_in_scope(claims: Claims, judge: Judgement, standings: dict[str, Standing]) -> None:
    """Put lines out of scope, before any rule looks at them."""
    for space, start, codes in claims.scope:
        standing = standings[space]
        _leave_out(judge, start, codes, standing.unlisted, judge.out_of_scope)
        _leave_out(judge, start, codes, standing.narrowed, judge.out_of_scope, judge.narrowed)
    judge.narrowed &= ~_unlisted_lines(claims, standings, len(judge.out_of_scope))


def accuse_unknown(claims: Claims, judge: Judgement, standings: dict[str, Standing]) -> None:
    """Quarantine lines of schools and terms that this district does not have."""
    for space, start, codes in claims.scope:
        hit = _lines(start, codes, standings[space].unknown)
        judge.accuse(_CODES[space][0], _column(claims, space), hit)


def tell_new(claims: Claims, judge: Judgement, standings: dict[str, Standing]) -> None:
    """Warn of each school and term that was never seen before, at its first accepted line."""
    alive = judge.alive()
    for space, standing in standings.items():
        firsts = []
        for own, start, codes in claims.scope:
            if own == space:
                lines = _lines(start, codes, standing.new)
                lines = lines[alive[lines]]
                firsts.append((codes[lines - start], lines))
        keys = np.concatenate([key for key, _ in firsts]) if firsts else np.empty(0, np.int32)
        lines = np.concatenate([line for _, line in firsts]) if firsts else np.empty(0, np.intp)
        _, first = np.unique(keys, return_index=True)
        judge.tell(_CODES[space][1], _column(claims, space), lines[first])


def stand(claims: Claims, layout: Layout, district: District, scope: Scope, known: Known) -> dict[str, Standing]:
    """Compare the delivery's schools and terms with the settings, the run's scope and the roster."""
    schools = claims.keys["schools"]
    listed = district.schools != "all"
    unlisted = ~_among(schools, district.schools) if listed else _none(schools)
    fresh = _none(schools) if listed or known.schools is None else ~_among(schools, known.schools)
    welcome = layout.defines_schools or district.new_schools == "create"
    standing = {
        "schools": Standing(
            unlisted=unlisted,
            narrowed=_none(schools) if scope.schools is None else ~_among(schools, scope.schools),
            unknown=_none(schools) if welcome else fresh,
            new=fresh if welcome else _none(schools),
        )
    }
    terms = claims.keys["terms"]
    agreed = district.terms != "all"
    standing["terms"] = Standing(
        unlisted=_none(terms),
        narrowed=_none(terms) if scope.term is None else ~_among(terms, (scope.term,)),
        unknown=~_among(terms, district.terms) if agreed else _none(terms),
        new=_none(terms) if agreed or known.terms is None else ~_among(terms, known.terms),
    )
    return standing


def _unlisted_lines(claims: Claims, standings: dict[str, Standing], size: int) -> Mask:
    found = np.zeros(size, dtype=bool)
    for space, start, codes in claims.scope:
        found[_lines(start, codes, standings[space].unlisted)] = True
    return found


def _leave_out(judge: Judgement, start: int, codes: Codes, keys: Mask, *marks: Mask) -> None:
    if keys.any():
        lines = _lines(start, codes, keys)
        for mark in marks:
            mark[lines] = True


def _lines(start: int, codes: Codes, keys: Mask) -> Index:
    if not keys.any():
        return np.empty(0, dtype=np.intp)
    return np.flatnonzero(np.append(keys, False)[codes]) + start


def _column(claims: Claims, space: str) -> str | None:
    about = claims.about(space)
    return about[0].columns.get("key") if about else None


def _among(values: pa.Array, wanted: object) -> Mask:
    found: Mask = pc.is_in(values, value_set=pa.array(sorted(wanted), pa.string())).to_numpy(zero_copy_only=False)  # type: ignore[call-overload]
    return found


def _none(values: pa.Array) -> Mask:
    return np.zeros(len(values), dtype=bool)
