"""Rules between lines, over integer codes: contradictions, references that lead nowhere, classes without a teacher."""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc

from pipelines.claims import ROLES, Claim, Claims, Codes, Index, Layout, Mask
from pipelines.validate.facts import attributes, said, seen, settle
from pipelines.validate.judgement import Judgement

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
        about = claims.about(space)
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
    """Mark keys whose given names, family names and (where said) emails all differ, letter case aside."""
    if not {"given_name", "family_name"} <= disputes.keys():
        return None
    keys = disputes["given_name"] & disputes["family_name"]
    for attribute in ("given_name", "family_name"):
        keys &= _differ_casefolded(claims, space, attribute, alive)
    email, disputed = settle(claims, space, "email", alive)
    two: Mask = keys & (disputed | (email < 0))
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
        if claims.related and _follow(claims, layout, judge):
            continue
        if not (claims.needs_teachers and _accuse_teacherless(claims, judge)):
            return


def _follow(claims: Claims, layout: Layout, judge: Judgement) -> bool:
    alive = judge.alive()
    everything = np.ones_like(alive)
    fell = False
    for space in claims.keys:
        there, delivered = seen(claims, space, alive), seen(claims, space, everything)
        code = "UNKNOWN_USER" if space in layout.people else _UNKNOWN[space]
        for start, keys, column in _references(claims, space):
            own = alive[start : start + len(keys)] & (keys >= 0)
            lost = own & ~np.append(there, True)[keys]
            absent = ~np.append(delivered, True)[keys]
            if judge.severity(code) == "error":
                fell |= judge.accuse(code, column, np.flatnonzero(lost & absent) + start)
            if space != "courses":
                fell |= judge.accuse("DEPENDS_ON_QUARANTINED", column, np.flatnonzero(lost & ~absent) + start)
    return fell


def _references(claims: Claims, space: str) -> list[tuple[int, Codes, str | None]]:
    found: list[tuple[int, Codes, str | None]] = []
    for claim in claims.claims:
        if claim.space == space and not claim.defines:
            found.append((claim.start, claim.key, claim.columns.get("key")))
        if space in claim.says:
            found.append((claim.start, claim.says[space], claim.columns.get(space)))
        found += [(claim.start, codes, claim.columns.get(space)) for codes in claim.sets.get(space, ())]
    return found


def _accuse_teacherless(claims: Claims, judge: Judgement) -> bool:
    lines, depends = _teacherless(claims, judge)
    if judge.severity("CLASS_WITHOUT_TEACHER") != "error":
        return False
    column = claims.about("classes")[0].columns.get("key")
    fell = judge.accuse("CLASS_WITHOUT_TEACHER", column, lines[~depends])
    return judge.accuse("DEPENDS_ON_QUARANTINED", column, lines[depends]) or fell


def tell_teacherless(claims: Claims, judge: Judgement) -> None:
    """Warn of classes without a teacher where the district accepts them."""
    if claims.needs_teachers and judge.severity("CLASS_WITHOUT_TEACHER") != "error":
        lines, _ = _teacherless(claims, judge)
        judge.tell("CLASS_WITHOUT_TEACHER", claims.about("classes")[0].columns.get("key"), lines)


def _teacherless(claims: Claims, judge: Judgement) -> tuple[Index, Mask]:
    """Find the living lines that define classes without a teacher, and whether a quarantined line names one."""
    alive = judge.alive()
    taught = _taught(claims, alive)
    named = _taught(claims, judge.cause >= 0)
    lines = [lines_of(claim, ~taught, alive) for claim in claims.about("classes") if claim.defines]
    keys = [
        claim.key[own - claim.start]
        for own, claim in zip(lines, [c for c in claims.about("classes") if c.defines], strict=True)
    ]
    every = np.concatenate([*lines, np.empty(0, np.intp)])
    return every, named[np.concatenate([*keys, np.empty(0, np.int32)])]


def _taught(claims: Claims, among: Mask) -> Mask:
    taught = np.zeros(len(claims.keys["classes"]), dtype=bool)
    for link in claims.links:
        if not (link.role == _TEACHER).any():
            continue
        own = among[link.start : link.start + len(link.role)]
        keep = own & (link.role == _TEACHER) & (link.user_key >= 0) & (link.class_key >= 0)
        taught[link.class_key[keep]] = True
    return taught


def lines_of(claim: Claim, keys: Mask, alive: Mask) -> Index:
    """Find the living lines whose claim is about one of the marked keys."""
    if not keys.any():
        return np.empty(0, dtype=np.intp)
    hit = np.append(keys, False)[claim.key] & alive[claim.start : claim.start + len(claim.key)]
    return np.flatnonzero(hit) + claim.start
