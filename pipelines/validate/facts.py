"""What the lines say about each entity, taken together: its one value per attribute, or that they disagree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipelines.sources.assertions import ROLES, Claim, Claims, Codes, Mask


def attributes(claims: Iterable[Claim]) -> list[str]:
    """List the attributes that any of the claims states."""
    return list(dict.fromkeys(attribute for claim in claims for attribute in claim.says))


def said(claim: Claim, alive: Mask, attribute: str | None = None) -> tuple[Codes, Codes]:
    """Give the keys and values that a claim's living lines state; without an attribute the keys twice."""
    own = alive[claim.start : claim.start + len(claim.key)]
    values = claim.key if attribute is None else claim.says[attribute]
    keep = own & (claim.key >= 0) & (values >= 0)
    return (claim.key, values) if keep.all() else (claim.key[keep], values[keep])


def seen(claims: Claims, space: str, alive: Mask) -> Mask:
    """Mark the keys of a space that living lines define."""
    found = np.zeros(len(claims.keys[space]), dtype=bool)
    for claim in claims.about(space):
        if claim.defines:
            found[said(claim, alive)[0]] = True
    return found


def kept(claims: Claims, space: str, alive: Mask, in_scope: Mask) -> Mask:
    """Mark the people who become users: a line defines them and another, or the same, gives them a role we sync."""
    people: Mask = seen(claims, space, alive) & (roles_of(claims, space, alive, in_scope) < len(ROLES))
    return people


def settle(claims: Claims, space: str, attribute: str, alive: Mask) -> tuple[Codes, Mask]:
    """Give each key's value of an attribute (-1: not said) and mark the keys whose lines disagree."""
    value = np.full(len(claims.keys[space]), -1, dtype=np.int32)
    differ = np.zeros(len(value), dtype=bool)
    pairs = list(_pairs(claims, space, attribute, alive))
    for key, code in pairs:
        value[key] = code
    for key, code in pairs:
        differ[key[value[key] != code]] = True
    return value, differ


def roles_of(claims: Claims, space: str, alive: Mask, in_scope: Mask) -> NDArray[np.int8]:
    """Give each person the first of ROLES that their living lines name; beyond the last where none does.

    What a fallback says counts only for those of whom no line in scope, quarantined or not, says otherwise.
    """
    roles = np.full(len(claims.keys[space]), len(ROLES), dtype=np.int8)
    told = np.zeros(len(roles), dtype=bool)
    about = [claim for claim in claims.about(space) if claim.role is not None]
    for claim in sorted(about, key=lambda claim: claim.fallback):
        assert claim.role is not None
        own = slice(claim.start, claim.start + len(claim.key))
        keep = alive[own] & (claim.key >= 0) & (claim.role >= 0)
        if claim.fallback:
            keep &= ~told[claim.key]
        np.minimum.at(roles, claim.key[keep], claim.role[keep])
        if len(about) > 1:
            told[claim.key[in_scope[own] & (claim.key >= 0)]] = True
    return roles


def settle_by_majority(claims: Claims, space: str, attribute: str, alive: Mask) -> tuple[Codes, Mask]:
    """Settle an attribute; where lines disagree take the most frequent value, of equals the first by its text."""
    value, differ = settle(claims, space, attribute, alive)
    if not differ.any():
        return value, differ
    texts = claims.values[space, attribute]
    rank = pc.rank(texts, tiebreaker="first").to_numpy()
    size = len(texts)
    disputed = [
        key[differ[key]] * np.int64(size) + code[differ[key]] for key, code in _pairs(claims, space, attribute, alive)
    ]
    pair, votes = np.unique(np.concatenate(disputed), return_counts=True)
    key, code = np.divmod(pair, size)
    order = np.lexsort((-rank[code].astype(np.int64), votes))
    value[key[order]] = code[order]
    return value, differ


def texts_of(claims: Claims, space: str, attribute: str, codes: Codes) -> pa.Array:
    """Give the texts behind codes, null where nothing was said."""
    values = claims.values.get((space, attribute))
    if values is None or not len(values):
        return pa.nulls(len(codes), pa.string())
    return values.take(pa.array(codes, mask=codes < 0))


def _pairs(claims: Claims, space: str, attribute: str, alive: Mask) -> Iterator[tuple[Codes, Codes]]:
    for claim in claims.about(space):
        if attribute in claim.says:
            yield said(claim, alive, attribute)
