"""Rules between lines, over integer codes: contradictions, unknown references, classes without a teacher."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc

from pipelines.sources.assertions import ROLES, Assertion, Assertions, Codes, Index, Layout, Mask
from pipelines.validate.facts import asserted, attributes, defined, resolve, synced_people
from pipelines.validate.judgement import Judgement
from schemas.rules import RULES

_TEACHER = ROLES.index("teacher")
_UNKNOWN = {
    "schools": "UNKNOWN_SCHOOL",
    "terms": "UNKNOWN_TERM",
    "classes": "UNKNOWN_CLASS",
    "courses": "UNKNOWN_COURSE",
}


def reject_contradictions(assertions: Assertions, layout: Layout, judge: Judgement) -> None:
    """Quarantine every line of a key whose lines disagree, because any of the lines may be wrong."""
    valid = judge.valid()
    for entity_type in dict.fromkeys(
        assertion.entity_type for assertion in assertions.assertions if not assertion.soft
    ):
        about = [assertion for assertion in assertions.about(entity_type) if not assertion.soft]
        disputes = {name: resolve(assertions, entity_type, name, valid)[1] for name in attributes(about)}
        disputes = {name: keys for name, keys in disputes.items() if keys.any()}
        two_people = _two_people(assertions, entity_type, disputes, valid) if entity_type in layout.people else None
        for assertion in about:
            _reject_disputes(assertion, disputes, two_people, valid, judge)


def _reject_disputes(
    assertion: Assertion, disputes: dict[str, Mask], two_people: Mask | None, valid: Mask, judge: Judgement
) -> None:
    if two_people is not None:
        judge.reject("ID_TWO_PEOPLE", assertion.columns.get("key"), lines_of(assertion, two_people, valid))
    for attribute, keys in disputes.items():
        code = "CLASS_TWO_SCHOOLS" if attribute == "schools" else "CONFLICTING_DUPLICATE"
        alike = keys if two_people is None else keys & ~two_people
        judge.reject(code, assertion.columns.get(attribute), lines_of(assertion, alike, valid))


def _two_people(assertions: Assertions, entity_type: str, disputes: dict[str, Mask], valid: Mask) -> Mask | None:
    """Mark keys whose given names and family names differ, letter case aside, with no email that all lines share."""
    if not {"given_name", "family_name"} <= disputes.keys():
        return None
    keys = disputes["given_name"] & disputes["family_name"]
    for attribute in ("given_name", "family_name"):
        keys &= _differ_casefolded(assertions, entity_type, attribute, valid)
    _, disputed = resolve(assertions, entity_type, "email", valid)
    no_email = np.zeros(len(keys), dtype=bool)
    for assertion in assertions.about(entity_type):
        own = valid[assertion.start : assertion.start + len(assertion.key)] & (assertion.key >= 0)
        no_email[
            assertion.key[own & (assertion.says["email"] < 0)] if "email" in assertion.says else assertion.key[own]
        ] = True
    two: Mask = keys & (disputed | no_email)
    return two


def _differ_casefolded(assertions: Assertions, entity_type: str, attribute: str, valid: Mask) -> Mask:
    folded = pc.utf8_lower(assertions.values[entity_type, attribute]).dictionary_encode().indices.to_numpy()
    first = np.full(len(assertions.keys[entity_type]), -1, dtype=np.int32)
    differ = np.zeros(len(first), dtype=bool)
    pairs = [
        asserted(assertion, valid, attribute)
        for assertion in assertions.about(entity_type)
        if attribute in assertion.says
    ]
    for key, code in pairs:
        first[key] = folded[code]
    for key, code in pairs:
        differ[key[first[key] != folded[code]]] = True
    return differ


def reject_dependents(assertions: Assertions, layout: Layout, judge: Judgement) -> None:
    """Quarantine lines that depend on a quarantined line, again and again until no further line depends on one."""
    while True:
        judge.begin()
        if assertions.related and (_follow(assertions, layout, judge) or _reject_roleless(assertions, layout, judge)):
            continue
        if not (assertions.needs_teachers and _reject_teacherless(assertions, judge)):
            return


def _follow(assertions: Assertions, layout: Layout, judge: Judgement) -> bool:
    """Quarantine lines that refer to an entity that was not delivered, or that is quarantined.

    An entity out of scope counts as delivered: a class of two terms stays in the term that the run asks for.
    """
    valid = judge.valid()
    is_changed = False
    for entity_type in assertions.keys:
        code = "UNKNOWN_USER" if entity_type in layout.people else _UNKNOWN[entity_type]
        if RULES[code].severity != "error":
            continue
        absent = ~defined(assertions, entity_type, np.ones_like(valid))
        lost = defined(assertions, entity_type, judge.cause >= 0) & ~defined(assertions, entity_type, valid)
        for reference in references(assertions, entity_type):
            if judge.severity(code) == "error":
                is_changed |= judge.reject(code, reference.column, _referring(reference, absent, valid))
            is_changed |= judge.reject("DEPENDS_ON_QUARANTINED", reference.column, _referring(reference, lost, valid))
    return is_changed


def _referring(reference: Reference, keys: Mask, valid: Mask) -> Index:
    hit = np.append(keys, False)[reference.keys] & valid[reference.start : reference.start + len(reference.keys)]
    return np.flatnonzero(hit) + reference.start


@dataclass(frozen=True)
class Reference:
    """The entities that the lines of a stretch refer to."""

    start: int
    keys: Codes
    column: str | None


def references(assertions: Assertions, entity_type: str) -> list[Reference]:
    """Return the references to an entity type."""
    found: list[Reference] = []
    for assertion in assertions.assertions:
        if assertion.entity_type == entity_type and not assertion.defines:
            found.append(Reference(assertion.start, assertion.key, assertion.columns.get("key")))
        several = assertion.sets.get(entity_type, ()) if not assertion.fallback else ()
        single = (assertion.says[entity_type],) if entity_type in assertion.says else ()
        found += [
            Reference(assertion.start, codes, assertion.columns.get(entity_type)) for codes in (*single, *several)
        ]
    return found


def report_unknown(assertions: Assertions, judge: Judgement) -> None:
    """Warn of references that may be unknown, such as a class's course; the lines are accepted without them."""
    valid = judge.valid()
    for entity_type, code in _UNKNOWN.items():
        if assertions.related and judge.severity(code) != "error":
            absent = ~defined(assertions, entity_type, np.ones_like(valid))
            for reference in references(assertions, entity_type):
                judge.warn(code, reference.column, _referring(reference, absent, valid))


def _reject_roleless(assertions: Assertions, layout: Layout, judge: Judgement) -> bool:
    """Quarantine people whose only roles are on quarantined lines."""
    valid, in_scope = judge.valid(), ~judge.out_of_scope
    is_changed = False
    for entity_type in layout.people:
        about = assertions.about(entity_type)
        has_role, broken = (np.zeros(len(assertions.keys[entity_type]), dtype=bool) for _ in range(2))
        for assertion in about:
            if assertion.role is not None and not assertion.fallback:
                has_role[asserted(assertion, valid)[0]] = True
                broken[asserted(assertion, in_scope & ~valid)[0]] = True
        for assertion in about:
            if assertion.defines and assertion.role is None:
                lines = lines_of(assertion, broken & ~has_role, valid)
                is_changed |= judge.reject("DEPENDS_ON_QUARANTINED", assertion.columns.get("key"), lines)
    return is_changed


def _reject_teacherless(assertions: Assertions, judge: Judgement) -> bool:
    if judge.severity("CLASS_WITHOUT_TEACHER") != "error":
        return False
    is_changed = False
    taught, named = _taught(assertions, judge)
    for assertion in assertions.about("classes"):
        if assertion.defines:
            lines = lines_of(assertion, ~taught, judge.valid())
            depends = named[assertion.key[lines - assertion.start]]
            is_changed |= judge.reject("CLASS_WITHOUT_TEACHER", assertion.columns.get("key"), lines[~depends])
            is_changed |= judge.reject("DEPENDS_ON_QUARANTINED", assertion.columns.get("key"), lines[depends])
    return is_changed


def report_teacherless(assertions: Assertions, judge: Judgement) -> None:
    """Warn of classes without a teacher where the district accepts them."""
    if assertions.needs_teachers and judge.severity("CLASS_WITHOUT_TEACHER") != "error":
        taught, _ = _taught(assertions, judge)
        for assertion in assertions.about("classes"):
            if assertion.defines:
                lines = lines_of(assertion, ~taught, judge.valid())
                judge.warn("CLASS_WITHOUT_TEACHER", assertion.columns.get("key"), lines)


def _taught(assertions: Assertions, judge: Judgement) -> tuple[Mask, Mask]:
    """Mark the classes that have a teacher, and the classes for which a quarantined line names a teacher."""
    valid, in_scope = judge.valid(), ~judge.out_of_scope
    taught, named = (np.zeros(len(assertions.keys["classes"]), dtype=bool) for _ in range(2))
    for link in assertions.links:
        teaches = (link.role == _TEACHER) & (link.user_key >= 0) & (link.class_key >= 0)
        if teaches.any():
            own = slice(link.start, link.start + len(link.role))
            people = np.append(synced_people(assertions, link.entity_type, valid, in_scope), False)
            taught[link.class_key[teaches & valid[own] & people[link.user_key]]] = True
            named[link.class_key[teaches & (judge.cause[own] >= 0)]] = True
    return taught, named


def lines_of(assertion: Assertion, keys: Mask, valid: Mask) -> Index:
    """Return the valid lines whose assertion is about one of the marked keys."""
    if not keys.any():
        return np.empty(0, dtype=np.intp)
    hit = np.append(keys, False)[assertion.key] & valid[assertion.start : assertion.start + len(assertion.key)]
    return np.flatnonzero(hit) + assertion.start
