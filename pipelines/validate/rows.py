"""Row rules: clean the columns, and run pandera over the distinct values of each column.

A column of 350,000 cells has at most a few thousand distinct values. A failing value is mapped back to lines by its
code. A failure is a rule's code and a position; no value leaves this module in a message.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pandera.pandas import Column, DataFrameSchema

from pipelines.sources.assertions import Coded, Codes, Index, Mask, Part
from pipelines.validate.lines import Stretch
from schemas.columns import kind_of

# Spaces of every width and the invisible characters that copy and paste leave at the ends of a cell.
_SPACES = (
    " \t\r\n\v\f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\u200b\u2060\ufeff"
)


@dataclass(frozen=True)
class Broken:
    """Lines on which one column breaks one rule (or, for a note, was corrected)."""

    code: str
    column: str
    lines: Index


def check_rows(stretch: Stretch, schema: DataFrameSchema) -> tuple[Part, list[Broken]]:
    """Clean a stretch's columns and check them; a value that broke a rule becomes null."""
    columns: dict[str, Coded] = {}
    unusable: dict[str, Mask] = {}
    broken: list[Broken] = []
    for name in stretch.rows.column_names:
        column = schema.columns[name]
        cleaned, notes = clean(stretch.rows.column(name), kind_of(column))
        failures = {code: bad[cleaned.codes] for code, bad in _failures(cleaned, column).items()}
        broken += [Broken(code, name, np.flatnonzero(hit) + stretch.start) for code, hit in (*notes, *failures.items())]
        columns[name] = cleaned
        if failures:
            unusable[name] = np.logical_or.reduce(list(failures.values()))
            columns[name] = Coded(np.where(unusable[name], np.int32(-1), cleaned.codes), cleaned.values)
    return Part(stretch.part, stretch.start, stretch.rows.num_rows, columns, unusable), broken


def clean(column: pa.ChunkedArray, kind: str) -> tuple[Coded, list[tuple[str, Mask]]]:
    """Trim the distinct values, bring them to NFC and lowercase emails; an empty value becomes code -1."""
    encoded = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    written = encoded.dictionary
    indices = encoded.indices.fill_null(-1) if encoded.null_count else encoded.indices
    codes: Codes = indices.to_numpy(zero_copy_only=False)
    trimmed = pc.utf8_trim(written, characters=_SPACES)
    composed = trimmed if _is_ascii(trimmed) else pc.utf8_normalize(trimmed, form="NFC")
    notes = [
        (code, np.append(changed, False)[codes])
        for code, before, after in (("TRIMMED", written, trimmed), ("NAME_NORMALISED", trimmed, composed))
        if after is not before and (changed := _differ(before, after)).any()
    ]
    values = pc.utf8_lower(composed) if kind == "email" else composed
    return _distinct(codes, values), notes


def _is_ascii(values: pa.Array) -> bool:
    return bool(pc.all(pc.string_is_ascii(values)).as_py() is not False)


def _differ(before: pa.Array, after: pa.Array) -> Mask:
    differ: Mask = pc.not_equal(before, after).to_numpy(zero_copy_only=False)
    return differ


def _distinct(codes: Codes, values: pa.Array) -> Coded:
    """Return one code for values that have become equal, and -1 for empty values."""
    encoded = values.dictionary_encode()
    empty = pc.index(encoded.dictionary, "").as_py()
    if empty < 0 and len(encoded.dictionary) == len(values):
        return Coded(codes, values)
    place = encoded.indices.to_numpy()
    if empty >= 0:
        place = np.where(place == empty, -1, place - (place > empty))
    values_left = encoded.dictionary.filter(pc.not_equal(encoded.dictionary, ""))
    return Coded(np.append(place, -1).astype(np.int32)[codes], values_left)


def _failures(column: Coded, rules: Column) -> dict[str, Mask]:
    """Run pandera's checks over the distinct values; return for each broken rule which codes break it (last: empty).

    The checks are called one by one: a schema's own `validate` takes fifteen times as long on short columns. It also
    collects the failing values, which must not leave the columns.
    """
    size = len(column.values)
    values = pd.Series(column.values, dtype="str")
    if column.codes.size and column.codes.min() < 0:
        values = pd.concat([values, pd.Series([""], dtype="str")], ignore_index=True)
    broken: dict[str, Mask] = {}
    for check in rules.checks:
        passed = check(values).check_output.to_numpy(dtype=bool)
        if not passed.all():
            bad = broken.setdefault(check.error, np.zeros(size + 1, dtype=bool))
            bad[: len(passed)] |= ~passed
    return broken
