"""What the lines say about each entity, taken together: its one value per attribute, or that they disagree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.claims import Claim, Claims, Codes, Mask


def attributes(claims: Iterable[Claim]) -> list[str]:
    """List the attributes that any of the claims states."""
    return list(dict.fromkeys(attribute for claim in claims for attribute in claim.says))


def said(claim: Claim, alive: Mask, attribute: str | None = None) -> tuple[Codes, Codes]:
    """Give the keys and values that a claim's living lines state; without an attribute the keys twice."""
    own = alive[claim.start : claim.start + len(claim.key)]
    values = claim.key if attribute is None else claim.says[attribute]
    keep = own & (claim.key >= 0) & (values >= 0)
    return (claim.key, values) if keep.all() else (claim.key[keep], values[keep])


def seen(claims: Claims, space: str, alive: Mask, *, defining: bool = True) -> Mask:
    """Mark the keys of a space that living lines define."""
    found = np.zeros(len(claims.keys[space]), dtype=bool)
    for claim in claims.about(space):
        if claim.defines or not defining:
            found[said(claim, alive)[0]] = True
    return found


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
