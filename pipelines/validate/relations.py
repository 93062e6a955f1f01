"""Rules between lines, over integer codes: contradictions, references that lead nowhere, classes without a teacher."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc

from pipelines.sources.assertions import ROLES, Claim, Claims, Codes, Index, Layout, Mask
from pipelines.validate.facts import attributes, kept, said, seen, settle
from pipelines.validate.judgement import Judgement
from schemas.rules import RULES

_TEACHER = ROLES.index("teacher")
_UNKNOWN = {
    "schools": "UNKNOWN_SCHOOL",
    "terms": "UNKNOWN_TERM",
    "classes": "UNKNOWN_CLASS",
    "courses": "UNKNOWN_COURSE",
}


def accuse_contradictions(claims: Claims, layout: Layout, judge: Judgement) -> None:
    """Quarantine every line of a key whose lines disagree; nobody can tell which of them is right."""
    alive = judge.alive()
    for space in dict.fromkeys(claim.space for claim in claims.claims if not claim.soft):
        about = [claim for claim in claims.about(space) if not claim.soft]
        disputes = {name: settle(claims, space, name, alive)[1] for name in attributes(about)}
        disputes = {name: keys for name, keys in disputes.items() if keys.any()}
        two_people = _two_people(claims, space, disputes, alive) if space in layout.people else None
        for claim in about:
            _accuse_disputes(claim, disputes, two_people, alive, judge)


def _accuse_disputes(
    claim: Claim, disputes: dict[str, Mask], two_people: Mask | None, alive: Mask, judge: Judgement
) -> None:
    if two_people is not None:
        judge.accuse("ID_TWO_PEOPLE", claim.columns.get("key"), lines_of(claim, two_people, alive))
    for attribute, keys in disputes.items():
        code = "CLASS_TWO_SCHOOLS" if attribute == "schools" else "CONFLICTING_DUPLICATE"
        alike = keys if two_people is None else keys & ~two_people
        judge.accuse(code, claim.columns.get(attribute), lines_of(claim, alike, alive))


def _two_people(claims: Claims, space: str, disputes: dict[str, Mask], alive: Mask) -> Mask | None:
    """Mark keys whose given names and family names differ, letter case aside, with no email that all lines share."""
    if not {"given_name", "family_name"} <= disputes.keys():
        return None
    keys = disputes["given_name"] & disputes["family_name"]
    for attribute in ("given_name", "family_name"):
        keys &= _differ_casefolded(claims, space, attribute, alive)
    _, disputed = settle(claims, space, "email", alive)
    silent = np.zeros(len(keys), dtype=bool)
    for claim in claims.about(space):
        own = alive[claim.start : claim.start + len(claim.key)] & (claim.key >= 0)
        silent[claim.key[own & (claim.says["email"] < 0)] if "email" in claim.says else claim.key[own]] = True
    two: Mask = keys & (disputed | silent)
    return two


def _differ_casefolded(claims: Claims, space: str, attribute: str, alive: Mask) -> Mask:
    folded = pc.utf8_lower(claims.values[space, attribute]).dictionary_encode().indices.to_numpy()
    first = np.full(len(claims.keys[space]), -1, dtype=np.int32)
    differ = np.zeros(len(first), dtype=bool)
    pairs = [said(claim, alive, attribute) for claim in claims.about(space) if attribute in claim.says]
    for key, code in pairs:
        first[key] = folded[code]
    for key, code in pairs:
        differ[key[first[key] != folded[code]]] = True
    return differ


def accuse_dependents(claims: Claims, layout: Layout, judge: Judgement) -> None:
    """Follow references and look for teachers until nothing more falls: who relies on a quarantined line, and so on."""
    while True:
        judge.begin()
        if claims.related and (_follow(claims, layout, judge) or _accuse_roleless(claims, layout, judge)):
            continue
        if not (claims.needs_teachers and _accuse_teacherless(claims, judge)):
            return


def _follow(claims: Claims, layout: Layout, judge: Judgement) -> bool:
    """Quarantine lines that refer to what was never delivered, or to what is quarantined.

    What was left out of scope is neither: a class of two terms stays in the one that is asked for.
    """
    alive = judge.alive()
    fell = False
    for space in claims.keys:
        code = "UNKNOWN_USER" if space in layout.people else _UNKNOWN[space]
        if RULES[code].severity != "error":
            continue
        absent = ~seen(claims, space, np.ones_like(alive))
        lost = seen(claims, space, judge.cause >= 0) & ~seen(claims, space, alive)
        for reference in references(claims, space):
            if judge.severity(code) == "error":
                fell |= judge.accuse(code, reference.column, _referring(reference, absent, alive))
            fell |= judge.accuse("DEPENDS_ON_QUARANTINED", reference.column, _referring(reference, lost, alive))
    return fell


def _referring(reference: Reference, keys: Mask, alive: Mask) -> Index:
    hit = np.append(keys, False)[reference.keys] & alive[reference.start : reference.start + len(reference.keys)]
    return np.flatnonzero(hit) + reference.start


@dataclass(frozen=True)
class Reference:
    """What the lines of a stretch refer to."""

    start: int
    keys: Codes
    column: str | None


def references(claims: Claims, space: str) -> list[Reference]:
    """List the references to a space."""
    found: list[Reference] = []
    for claim in claims.claims:
        if claim.space == space and not claim.defines:
            found.append(Reference(claim.start, claim.key, claim.columns.get("key")))
        several = claim.sets.get(space, ()) if not claim.fallback else ()
        single = (claim.says[space],) if space in claim.says else ()
        found += [Reference(claim.start, codes, claim.columns.get(space)) for codes in (*single, *several)]
    return found


def tell_unknown(claims: Claims, judge: Judgement) -> None:
    """Warn of classes whose course, or whose term where that may be, was not delivered; they are kept without it."""
    alive = judge.alive()
    for space, code in _UNKNOWN.items():
        if claims.related and judge.severity(code) != "error":
            absent = ~seen(claims, space, np.ones_like(alive))
            for reference in references(claims, space):
                judge.tell(code, reference.column, _referring(reference, absent, alive))


def _accuse_roleless(claims: Claims, layout: Layout, judge: Judgement) -> bool:
    """Quarantine people whose only roles stand on quarantined lines."""
    alive, in_scope = judge.alive(), ~judge.out_of_scope
    fell = False
    for space in layout.people:
        about = claims.about(space)
        valid, broken = (np.zeros(len(claims.keys[space]), dtype=bool) for _ in range(2))
        for claim in about:
            if claim.role is not None and not claim.fallback:
                valid[said(claim, alive)[0]] = True
                broken[said(claim, in_scope & ~alive)[0]] = True
        for claim in about:
            if claim.defines and claim.role is None:
                lines = lines_of(claim, broken & ~valid, alive)
                fell |= judge.accuse("DEPENDS_ON_QUARANTINED", claim.columns.get("key"), lines)
    return fell


def _accuse_teacherless(claims: Claims, judge: Judgement) -> bool:
    if judge.severity("CLASS_WITHOUT_TEACHER") != "error":
        return False
    fell = False
    taught, named = _taught(claims, judge)
    for claim in claims.about("classes"):
        if claim.defines:
            lines = lines_of(claim, ~taught, judge.alive())
            depends = named[claim.key[lines - claim.start]]
            fell |= judge.accuse("CLASS_WITHOUT_TEACHER", claim.columns.get("key"), lines[~depends])
            fell |= judge.accuse("DEPENDS_ON_QUARANTINED", claim.columns.get("key"), lines[depends])
    return fell


def tell_teacherless(claims: Claims, judge: Judgement) -> None:
    """Warn of classes without a teacher where the district accepts them."""
    if claims.needs_teachers and judge.severity("CLASS_WITHOUT_TEACHER") != "error":
        taught, _ = _taught(claims, judge)
        for claim in claims.about("classes"):
            if claim.defines:
                lines = lines_of(claim, ~taught, judge.alive())
                judge.tell("CLASS_WITHOUT_TEACHER", claim.columns.get("key"), lines)


def _taught(claims: Claims, judge: Judgement) -> tuple[Mask, Mask]:
    """Mark the classes that a teacher has, and those of which a quarantined line names one."""
    alive, in_scope = judge.alive(), ~judge.out_of_scope
    taught, named = (np.zeros(len(claims.keys["classes"]), dtype=bool) for _ in range(2))
    for link in claims.links:
        teaches = (link.role == _TEACHER) & (link.user_key >= 0) & (link.class_key >= 0)
        if teaches.any():
            own = slice(link.start, link.start + len(link.role))
            people = np.append(kept(claims, link.space, alive, in_scope), False)
            taught[link.class_key[teaches & alive[own] & people[link.user_key]]] = True
            named[link.class_key[teaches & (judge.cause[own] >= 0)]] = True
    return taught, named


def lines_of(claim: Claim, keys: Mask, alive: Mask) -> Index:
    """Find the living lines whose claim is about one of the marked keys."""
    if not keys.any():
        return np.empty(0, dtype=np.intp)
    hit = np.append(keys, False)[claim.key] & alive[claim.start : claim.start + len(claim.key)]
    return np.flatnonzero(hit) + claim.start
