"""Identify the teachers of a row: staff ids are optional, so the email identifies a person without an id (GC-13)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipelines.sources.assertions import Assertion, Coded, Codes, Mask, Part, Rejection

_SUFFIXES = ("id", "first", "last", "email")


@dataclass(frozen=True)
class Staff:
    """The staff of a file.

    `assertions` and `named` have one element per set of columns: the assertion, and the lines meant to name a person.
    `rejections` lists the lines that break a rule.
    """

    assertions: tuple[Assertion, ...]
    named: tuple[Mask, ...]
    keys: pa.Array
    identifiers: pa.Array
    values: dict[tuple[str, str], pa.Array]
    rejections: tuple[Rejection, ...]


def merge(columns: Sequence[Coded]) -> tuple[list[Codes], pa.Array]:
    """Return the codes of several columns into one common list of values, and the list."""
    if len(columns) == 1:
        return [columns[0].codes], columns[0].values
    every = pa.concat_arrays([column.values for column in columns]).dictionary_encode()
    place = np.append(every.indices.to_numpy(), np.int32(-1)).astype(np.int32)
    codes, start = [], 0
    for column in columns:
        size = len(column.values)
        codes.append(np.append(place[start : start + size], np.int32(-1))[column.codes])
        start += size
    return codes, every.dictionary


def read_staff(part: Part, prefixes: Sequence[str]) -> Staff:
    """Read the staff named in `<prefix>_first, _last, _email, _id`.

    If an email stands with an id on one line and without an id on another, both lines name one person.
    """
    present = [prefix for prefix in prefixes if f"{prefix}_last" in part.columns or f"{prefix}_email" in part.columns]
    ids, id_values = merge([part.column(f"{prefix}_id") for prefix in present])
    emails, email_values = merge([part.column(f"{prefix}_email") for prefix in present])
    given, given_values = merge([part.column(f"{prefix}_first") for prefix in present])
    family, family_values = merge([part.column(f"{prefix}_last") for prefix in present])
    owner, shared = _owners(ids, emails, len(email_values))
    keys = pa.concat_arrays([id_values, email_values]).dictionary_encode()
    place = keys.indices.to_numpy()
    by_email = np.where(owner >= 0, owner, np.arange(len(email_values), dtype=np.int32) + len(id_values))
    assertions, named, rejections = [], [], []
    for at, prefix in enumerate(present):
        unsure = (ids[at] < 0) & np.append(shared, False)[emails[at]]
        code = np.where(ids[at] >= 0, ids[at], np.append(by_email, -1)[emails[at]])
        key = np.where(unsure, -1, np.append(place, -1)[code]).astype(np.int32)
        values = {"given_name": given[at], "family_name": family[at], "email": emails[at]}
        assertions.append(_assert(part, prefix, key, values))
        named.append(_named(part, prefix, [ids[at], *values.values()]))
        rejections += _reject(part, prefix, key, values, unsure)
    issued = np.zeros(len(keys.dictionary), dtype=bool)
    issued[place[: len(id_values)]] = True
    return Staff(
        assertions=tuple(assertions),
        named=tuple(named),
        keys=keys.dictionary,
        identifiers=pa.array(keys.dictionary.to_pandas().where(issued), pa.string()),
        values={
            ("staff", "given_name"): given_values,
            ("staff", "family_name"): family_values,
            ("staff", "email"): email_values,
        },
        rejections=tuple(rejections),
    )


def _assert(part: Part, prefix: str, key: Codes, values: dict[str, Codes]) -> Assertion:
    columns = {"given_name": f"{prefix}_first", "family_name": f"{prefix}_last", "email": f"{prefix}_email"}
    named = f"{prefix}_id" if f"{prefix}_id" in part.columns else f"{prefix}_email"
    return Assertion("staff", part.start, key, values, columns=columns | {"key": named})


def _owners(ids: list[Codes], emails: list[Codes], size: int) -> tuple[Codes, Mask]:
    """Return the id that goes with each email, and a mask of the emails that go with two ids."""
    owner = np.full(size, -1, dtype=np.int32)
    shared = np.zeros(size, dtype=bool)
    both = [
        (mail[both_given], number[both_given])
        for mail, number in zip(emails, ids, strict=True)
        for both_given in [(mail >= 0) & (number >= 0)]
    ]
    for mail, number in both:
        owner[mail] = number
    for mail, number in both:
        shared[mail[owner[mail] != number]] = True
    return owner, shared


def _named(part: Part, prefix: str, columns: Sequence[Codes]) -> Mask:
    """Mark the lines that are meant to name a person, even by an unusable value."""
    unusable = [part.unusable[field] for suffix in _SUFFIXES if (field := f"{prefix}_{suffix}") in part.unusable]
    named: Mask = np.logical_or.reduce([*(codes >= 0 for codes in columns), *unusable])
    return named


def _reject(part: Part, prefix: str, key: Codes, values: dict[str, Codes], unsure: Mask) -> list[Rejection]:
    given, family = values["given_name"], values["family_name"]
    wrong = {
        ("EMAIL_TWO_STAFF", "email"): unsure,
        ("MISSING_STAFF_KEY", "email"): ((given >= 0) | (family >= 0)) & (key < 0) & ~unsure,
        ("MISSING_NAME", "first"): (key >= 0) & (given < 0),
        ("MISSING_NAME", "last"): (key >= 0) & (family < 0),
    }
    return [
        Rejection(code, f"{prefix}_{suffix}", np.flatnonzero(lines) + part.start)
        for (code, suffix), lines in wrong.items()
    ]
