"""What all lines together assert about each entity: one value for each attribute, or a contradiction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipelines.sources.assertions import ROLES, Assertion, Assertions, Codes, Mask


def attributes(assertions: Iterable[Assertion]) -> list[str]:
    """Return the attributes that any of the assertions has."""
    return list(dict.fromkeys(attribute for assertion in assertions for attribute in assertion.says))


def asserted(assertion: Assertion, valid: Mask, attribute: str | None = None) -> tuple[Codes, Codes]:
    """Return the keys and values that an assertion's valid lines have; without an attribute, the keys twice."""
    own = valid[assertion.start : assertion.start + len(assertion.key)]
    values = assertion.key if attribute is None else assertion.says[attribute]
    keep = own & (assertion.key >= 0) & (values >= 0)
    return (assertion.key, values) if keep.all() else (assertion.key[keep], values[keep])


def defined(assertions: Assertions, entity_type: str, valid: Mask) -> Mask:
    """Mark the keys of an entity type that valid lines define."""
    found = np.zeros(len(assertions.keys[entity_type]), dtype=bool)
    for assertion in assertions.about(entity_type):
        if assertion.defines:
            found[asserted(assertion, valid)[0]] = True
    return found


def synced_people(assertions: Assertions, entity_type: str, valid: Mask, in_scope: Mask) -> Mask:
    """Mark the people who become users: valid lines define them and give them a role that is synced."""
    people: Mask = defined(assertions, entity_type, valid) & (
        roles_of(assertions, entity_type, valid, in_scope) < len(ROLES)
    )
    return people


def resolve(assertions: Assertions, entity_type: str, attribute: str, valid: Mask) -> tuple[Codes, Mask]:
    """Return each key's value of an attribute (-1: none), and mark the keys whose lines disagree."""
    value = np.full(len(assertions.keys[entity_type]), -1, dtype=np.int32)
    differ = np.zeros(len(value), dtype=bool)
    pairs = list(_pairs(assertions, entity_type, attribute, valid))
    for key, code in pairs:
        value[key] = code
    for key, code in pairs:
        differ[key[value[key] != code]] = True
    return value, differ


def roles_of(assertions: Assertions, entity_type: str, valid: Mask, in_scope: Mask) -> NDArray[np.int8]:
    """Return each person's role: the first of ROLES that a valid line names, or `len(ROLES)` if no line names a role.

    A fallback's role counts only if no other line in scope, accepted or quarantined, is about the person's role.
    """
    roles = np.full(len(assertions.keys[entity_type]), len(ROLES), dtype=np.int8)
    has_line = np.zeros(len(roles), dtype=bool)
    about = [assertion for assertion in assertions.about(entity_type) if assertion.role is not None]
    for assertion in sorted(about, key=lambda assertion: assertion.fallback):
        assert assertion.role is not None
        own = slice(assertion.start, assertion.start + len(assertion.key))
        keep = valid[own] & (assertion.key >= 0) & (assertion.role >= 0)
        if assertion.fallback:
            keep &= ~has_line[assertion.key]
        np.minimum.at(roles, assertion.key[keep], assertion.role[keep])
        if len(about) > 1:
            has_line[assertion.key[in_scope[own] & (assertion.key >= 0)]] = True
    return roles


def resolve_by_majority(assertions: Assertions, entity_type: str, attribute: str, valid: Mask) -> tuple[Codes, Mask]:
    """Resolve an attribute by the most frequent value; among equally frequent values, the first by its text wins."""
    value, differ = resolve(assertions, entity_type, attribute, valid)
    if not differ.any():
        return value, differ
    texts = assertions.values[entity_type, attribute]
    rank = pc.rank(texts, tiebreaker="first").to_numpy()
    size = len(texts)
    disputed = [
        key[differ[key]] * np.int64(size) + code[differ[key]]
        for key, code in _pairs(assertions, entity_type, attribute, valid)
    ]
    pair, votes = np.unique(np.concatenate(disputed), return_counts=True)
    key, code = np.divmod(pair, size)
    order = np.lexsort((-rank[code].astype(np.int64), votes))
    value[key[order]] = code[order]
    return value, differ


def texts_of(assertions: Assertions, entity_type: str, attribute: str, codes: Codes) -> pa.Array:
    """Return the texts of codes; null for -1."""
    values = assertions.values.get((entity_type, attribute))
    if values is None or not len(values):
        return pa.nulls(len(codes), pa.string())
    return values.take(pa.array(codes, mask=codes < 0))


def _pairs(assertions: Assertions, entity_type: str, attribute: str, valid: Mask) -> Iterator[tuple[Codes, Codes]]:
    for assertion in assertions.about(entity_type):
        if attribute in assertion.says:
            yield asserted(assertion, valid, attribute)
