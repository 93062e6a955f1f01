"""What the lines say about each entity, taken together: its one value per attribute, or that they disagree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipelines.sources.assertions import ROLES, Assertion, Assertions, Codes, Mask


def attributes(assertions: Iterable[Assertion]) -> list[str]:
    """List the attributes that any of the claims states."""
    return list(dict.fromkeys(attribute for assertion in assertions for attribute in assertion.says))


def said(assertion: Assertion, valid: Mask, attribute: str | None = None) -> tuple[Codes, Codes]:
    """Give the keys and values that a claim's living lines state; without an attribute the keys twice."""
    own = valid[assertion.start : assertion.start + len(assertion.key)]
    values = assertion.key if attribute is None else assertion.says[attribute]
    keep = own & (assertion.key >= 0) & (values >= 0)
    return (assertion.key, values) if keep.all() else (assertion.key[keep], values[keep])


def seen(assertions: Assertions, entity_type: str, valid: Mask) -> Mask:
    """Mark the keys of a space that living lines define."""
    found = np.zeros(len(assertions.keys[entity_type]), dtype=bool)
    for assertion in assertions.about(entity_type):
        if assertion.defines:
            found[said(assertion, valid)[0]] = True
    return found


def kept(assertions: Assertions, entity_type: str, valid: Mask, in_scope: Mask) -> Mask:
    """Mark the people who become users: a line defines them and another, or the same, gives them a role we sync."""
    people: Mask = seen(assertions, entity_type, valid) & (
        roles_of(assertions, entity_type, valid, in_scope) < len(ROLES)
    )
    return people


def resolve(assertions: Assertions, entity_type: str, attribute: str, valid: Mask) -> tuple[Codes, Mask]:
    """Give each key's value of an attribute (-1: not said) and mark the keys whose lines disagree."""
    value = np.full(len(assertions.keys[entity_type]), -1, dtype=np.int32)
    differ = np.zeros(len(value), dtype=bool)
    pairs = list(_pairs(assertions, entity_type, attribute, valid))
    for key, code in pairs:
        value[key] = code
    for key, code in pairs:
        differ[key[value[key] != code]] = True
    return value, differ


def roles_of(assertions: Assertions, entity_type: str, valid: Mask, in_scope: Mask) -> NDArray[np.int8]:
    """Give each person the first of ROLES that their living lines name; beyond the last where none does.

    What a fallback says counts only for those of whom no line in scope, quarantined or not, says otherwise.
    """
    roles = np.full(len(assertions.keys[entity_type]), len(ROLES), dtype=np.int8)
    told = np.zeros(len(roles), dtype=bool)
    about = [assertion for assertion in assertions.about(entity_type) if assertion.role is not None]
    for assertion in sorted(about, key=lambda assertion: assertion.fallback):
        assert assertion.role is not None
        own = slice(assertion.start, assertion.start + len(assertion.key))
        keep = valid[own] & (assertion.key >= 0) & (assertion.role >= 0)
        if assertion.fallback:
            keep &= ~told[assertion.key]
        np.minimum.at(roles, assertion.key[keep], assertion.role[keep])
        if len(about) > 1:
            told[assertion.key[in_scope[own] & (assertion.key >= 0)]] = True
    return roles


def resolve_by_majority(assertions: Assertions, entity_type: str, attribute: str, valid: Mask) -> tuple[Codes, Mask]:
    """Settle an attribute; where lines disagree take the most frequent value, of equals the first by its text."""
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
    """Give the texts behind codes, null where nothing was said."""
    values = assertions.values.get((entity_type, attribute))
    if values is None or not len(values):
        return pa.nulls(len(codes), pa.string())
    return values.take(pa.array(codes, mask=codes < 0))


def _pairs(assertions: Assertions, entity_type: str, attribute: str, valid: Mask) -> Iterator[tuple[Codes, Codes]]:
    for assertion in assertions.about(entity_type):
        if attribute in assertion.says:
            yield said(assertion, valid, attribute)
