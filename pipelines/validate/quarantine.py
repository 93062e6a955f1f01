"""Lines that were delivered but not accepted: stored whole, and marked present so that nothing is archived."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.sources.assertions import Assertions, Codes, Index, Layout, Link, Mask
from pipelines.sources.tables import Problem
from pipelines.validate.facts import asserted, defined, synced_people
from pipelines.validate.identity import source_ids
from pipelines.validate.judgement import Judgement
from pipelines.validate.lines import UNTRUSTED, Lines, Stretch, raw_of
from pipelines.validate.result import ReferenceData

_FIELDS = (
    ("file", pa.string()),
    ("line", pa.int32()),
    ("code", pa.string()),
    ("column", pa.string()),
    ("row", pa.string()),
)
_CHUNK = 500_000  # lines whose text is written at once; an arrow string array ends at 2 GiB


def quarantined_lines(lines: Lines, judge: Judgement) -> pa.Table:
    """Return the quarantined lines, each with its root cause and all its values."""
    chunks = [pa.schema(_FIELDS).empty_table()]
    problems = raw_of(lines.rejected)
    files, codes, columns = _texts(lines, judge)
    for stretch in lines.stretches:
        own = judge.cause[stretch.start : stretch.start + stretch.rows.num_rows]
        every = np.flatnonzero(own >= 0)
        for begin in range(0, len(every), _CHUNK):
            at = every[begin : begin + _CHUNK]
            cause = pa.array(own[at])
            row = _restore(_written(stretch, at), at + stretch.start, problems)
            line = at + stretch.start
            chunks.append(
                pa.table(
                    [
                        files.take(pa.array(lines.file[line])),
                        pa.array(lines.number[line]),
                        codes.take(cause),
                        columns.take(cause),
                        row,
                    ],
                    schema=pa.schema(_FIELDS),
                )
            )
    return pa.concat_tables(chunks)


def _texts(lines: Lines, judge: Judgement) -> tuple[pa.Array, pa.Array, pa.Array]:
    return (
        pa.array(lines.files, pa.string()),
        pa.array([code for code, _ in judge.causes], pa.string()),
        pa.array([column for _, column in judge.causes], pa.string()),
    )


def _written(stretch: Stretch, at: Index) -> pa.Array:
    """Write lines as JSON: each distinct value once, then joined."""
    parts: list[pa.Array | str] = []
    for place, name in enumerate(stretch.rows.column_names):
        cells = stretch.rows.column(name).combine_chunks().take(pa.array(at))
        cells = pa.chunked_array([cells]).combine_chunks() if isinstance(cells, pa.Array) else cells.combine_chunks()
        used, codes = np.unique(cells.indices.to_numpy(zero_copy_only=False), return_inverse=True)
        values = [_quote(value) for value in cells.dictionary.take(pa.array(used)).to_pylist()]
        parts += [f"{', ' if place else '{'}{_quote(name)}: ", pa.array(values, pa.string()).take(pa.array(codes))]
    if not parts:
        return pa.array(["{}"] * len(at), pa.string())
    return pc.binary_join_element_wise(*parts, "}", "")


def _quote(value: str | None) -> str:
    # jsonb has no NUL; the replacement character marks its place.
    return json.dumps((value or "").replace("\x00", "\ufffd"), ensure_ascii=False)


def _restore(rows: pa.Array, lines: Index, problems: Mapping[int, Problem]) -> pa.Array:
    """Replace the rows of unreadable lines by the lines' own text."""
    own_places = [place for place, line in enumerate(lines.tolist()) if line in problems] if problems else []
    if not own_places:
        return rows
    mask = np.zeros(len(rows), dtype=bool)
    mask[own_places] = True
    own = [
        json.dumps(problems[int(lines[place])].raw, ensure_ascii=False).replace("\\u0000", "\ufffd")
        for place in own_places
    ]
    return pc.replace_with_mask(rows, pa.array(mask), pa.array(own, pa.string()))


def protect(
    assertions: Assertions, layout: Layout, lines: Lines, reference: ReferenceData, judge: Judgement
) -> dict[str, pa.Table]:
    """Return the users, classes and enrollments that lines that were not accepted mention.

    An enrollment without a class protects all enrollments of the person. An enrollment without a person protects all
    enrollments of the class. A reader of `present` treats both ends of a protected enrollment as present.
    """
    lost = (judge.cause >= 0) | judge.narrowed
    valid = judge.valid()
    tokens = _tokens(item.problem for item in lines.rejected if item.problem.code == UNTRUSTED)
    users = [
        _mentioned(assertions, entity_type, source_ids(assertions, entity_type), lost, valid)
        for entity_type in layout.people
    ]
    users += [_not_synced(assertions, entity_type, judge) for entity_type in layout.people]
    classes = _mentioned(assertions, "classes", assertions.keys["classes"], lost, valid)
    unsure = np.isin(judge.cause, [place for place, (code, _) in enumerate(judge.causes) if code == "ID_TWO_PEOPLE"])
    pairs = [_pairs(assertions, link, lost, unsure) for link in assertions.links]
    named_users = _users_of_tokens(assertions, layout, reference, tokens)
    named_classes = assertions.keys["classes"].filter(pc.is_in(assertions.keys["classes"], value_set=tokens))
    users.append(named_users)
    return {
        "users": pa.table({"source_id": _unique(users)}),
        "classes": pa.table({"source_id": _unique([classes, named_classes])}),
        "enrollments": pa.concat_tables(
            [*pairs, _whole(named_classes, "class_source_id"), _whole(named_users, "user_source_id")]
        ),
    }


def _unique(arrays: Iterable[pa.Array]) -> pa.Array:
    return pc.unique(pa.concat_arrays([pa.array([], pa.string()), *arrays]))


def _mentioned(assertions: Assertions, entity_type: str, ids: pa.Array, lost: Mask, valid: Mask) -> pa.Array:
    found = np.zeros(len(ids), dtype=bool)
    for assertion in assertions.about(entity_type):
        found[asserted(assertion, lost)[0]] = True
    for link in assertions.links:
        if entity_type in (link.entity_type, "classes"):
            key = link.class_key if entity_type == "classes" else link.user_key
            own = lost[link.start : link.start + len(key)]
            found[key[own & (key >= 0)]] = True
    return ids.filter(pa.array(found & ~defined(assertions, entity_type, valid)))


def _not_synced(assertions: Assertions, entity_type: str, judge: Judgement) -> pa.Array:
    """Return people delivered in a role that is never synced: a teacher who became an administrator is present."""
    valid = judge.valid()
    people = defined(assertions, entity_type, valid) & ~synced_people(
        assertions, entity_type, valid, ~judge.out_of_scope
    )
    return source_ids(assertions, entity_type).filter(pa.array(people))


def _pairs(assertions: Assertions, link: Link, lost: Mask, unsure: Mask) -> pa.Table:
    """Return who was in which class. If two people share an id, the line may be about anyone of the class."""
    own = lost[link.start : link.start + len(link.class_key)]
    named = (link.class_key >= 0) | (link.user_key >= 0)
    if link.named is not None:
        named &= link.named
    at = np.flatnonzero(own & named)
    class_key, user_key = link.class_key[at], np.where(unsure[at + link.start], -1, link.user_key[at])
    pair = (class_key.astype(np.int64) << 32) | user_key.astype(np.int64) & 0xFFFFFFFF
    once = ~pd.Series(pair).duplicated().to_numpy()
    return pa.table(
        {
            "class_source_id": _ids_of(assertions.keys["classes"], class_key[once]),
            "user_source_id": _ids_of(source_ids(assertions, link.entity_type), user_key[once]),
        }
    )


def _ids_of(ids: pa.Array, keys: Codes) -> pa.Array:
    return ids.take(pa.array(keys, mask=keys < 0)) if len(ids) else pa.nulls(len(keys), pa.string())


def _whole(ids: pa.Array, side: str) -> pa.Table:
    """Protect all enrollments of a class or of a person."""
    nothing = pa.nulls(len(ids), pa.string())
    other = "user_source_id" if side == "class_source_id" else "class_source_id"
    return pa.table({side: ids, other: nothing}).select(["class_source_id", "user_source_id"])


def _tokens(problems: Iterable[Problem]) -> pa.Array:
    """Return everything that could be an id in lines whose fields can't be trusted."""
    found: set[str] = set()
    for problem in problems:
        for value in problem.raw.values():
            pieces = {value.strip(), *(piece.strip(" \"'") for piece in re.split(r"[,;|\t\r\n]", value))}
            found |= pieces | {piece.lower() for piece in pieces if "@" in piece}
    return pa.array(sorted(found - {""}), pa.string())


def _users_of_tokens(assertions: Assertions, layout: Layout, reference: ReferenceData, tokens: pa.Array) -> pa.Array:
    if not len(tokens):
        return pa.array([], pa.string())
    candidates = [pc.binary_join_element_wise(entity_type, tokens, ":") for entity_type in layout.people]
    ids = [source_ids(assertions, entity_type) for entity_type in layout.people]
    if reference.people is not None:
        ids.append(reference.people.column("source_id").combine_chunks().cast(pa.string()))
    every = pa.concat_arrays(candidates)
    return every.filter(pc.is_in(every, value_set=pa.concat_arrays(ids)))
