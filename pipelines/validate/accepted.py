"""The accepted tables: each entity once, numbered, its references as numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipelines.sources.assertions import ROLES, Claims, Codes, Index, Layout, Link, Mask
from pipelines.validate.facts import kept, roles_of, seen, settle, settle_by_majority, texts_of
from pipelines.validate.identity import source_ids
from pipelines.validate.judgement import Judgement
from pipelines.validate.lines import Lines
from schemas.grades import kept as kept_word

Numbers = NDArray[np.int32]
_ROLE = pa.dictionary(pa.int8(), pa.string())


def tabulate(claims: Claims, layout: Layout, lines: Lines, judge: Judgement) -> dict[str, pa.Table]:
    """Make the six tables of what the living lines say."""
    alive, in_scope = judge.alive(), ~judge.out_of_scope
    there = {space: seen(claims, space, alive) for space in ("schools", "terms", "courses", "classes")}
    numbers = {space: _number(there[space]) for space in ("courses", "classes")}
    numbers |= {space: _number_by_text(claims.keys[space], there[space]) for space in ("schools", "terms")}
    numbers |= _number_people(claims, layout, alive, in_scope)
    return {
        "schools": _schools(claims, numbers["schools"], alive),
        "terms": _terms(claims, numbers["terms"], alive),
        "courses": _courses(claims, numbers, alive),
        "classes": _classes(claims, numbers, alive),
        "users": pa.concat_tables([_people(claims, space, numbers, (alive, in_scope)) for space in layout.people]),
        "enrollments": _enrollments(claims, numbers, lines, alive),
    }


def _number(kept: Mask, start: int = 0) -> Numbers:
    numbers: Numbers = np.where(kept, np.cumsum(kept, dtype=np.int32) - 1 + start, -1).astype(np.int32)
    return numbers


def _number_by_text(ids: pa.Array, kept: Mask) -> Numbers:
    """Number by the ids' texts, so that a tie between two schools does not depend on the order of lines."""
    numbers = np.full(len(ids), -1, dtype=np.int32)
    order = pc.sort_indices(ids).to_numpy()
    numbers[order[kept[order]]] = np.arange(int(kept.sum()), dtype=np.int32)
    return numbers


def _number_people(claims: Claims, layout: Layout, alive: Mask, in_scope: Mask) -> dict[str, Numbers]:
    """Number the people of all kinds in one row; whom no line gives a role is no one's user."""
    numbers: dict[str, Numbers] = {}
    start = 0
    for space in layout.people:
        people = kept(claims, space, alive, in_scope)
        numbers[space] = _number(people, start)
        start += int(people.sum())
    return numbers


def _keys(numbers: Numbers) -> Codes:
    keys = np.flatnonzero(numbers >= 0).astype(np.int32)
    return keys[np.argsort(numbers[keys], kind="stable")]


def _text(claims: Claims, space: str, attribute: str, keys: Codes, alive: Mask) -> pa.Array:
    soft = any(claim.soft and attribute in claim.says for claim in claims.about(space))
    value, _ = (settle_by_majority if soft else settle)(claims, space, attribute, alive)
    return texts_of(claims, space, attribute, value[keys])


def _base(claims: Claims, space: str, numbers: Numbers, source_id: pa.Array | None = None) -> dict[str, pa.Array]:
    keys = _keys(numbers)
    at, named = pa.array(keys), claims.keys[space] if source_id is None else source_id
    issued = claims.identifiers.get(space, claims.keys[space])
    return {"n": pa.array(numbers[keys]), "source_id": named.take(at), "identifier": issued.take(at)}


def _schools(claims: Claims, numbers: Numbers, alive: Mask) -> pa.Table:
    name = _text(claims, "schools", "name", _keys(numbers), alive)
    return pa.table(_base(claims, "schools", numbers) | {"name": name})


def _terms(claims: Claims, numbers: Numbers, alive: Mask) -> pa.Table:
    base, keys = _base(claims, "terms", numbers), _keys(numbers)
    title = pc.coalesce(_text(claims, "terms", "title", keys, alive), base["source_id"])
    days = {name: _text(claims, "terms", name, keys, alive).cast(pa.date32()) for name in ("begin_date", "end_date")}
    return pa.table(base | {"title": title} | days)


def _courses(claims: Claims, numbers: dict[str, Numbers], alive: Mask) -> pa.Table:
    base, keys = _base(claims, "courses", numbers["courses"]), _keys(numbers["courses"])
    title = pc.coalesce(_text(claims, "courses", "title", keys, alive), base["source_id"])
    school = _reference(settle(claims, "courses", "schools", alive)[0][keys], numbers["schools"])
    return pa.table(base | {"title": title, "code": _text(claims, "courses", "code", keys, alive), "school_n": school})


def _classes(claims: Claims, numbers: dict[str, Numbers], alive: Mask) -> pa.Table:
    base, keys = _base(claims, "classes", numbers["classes"]), _keys(numbers["classes"])
    refers = {
        f"{space[:-2] if space == 'classes' else space[:-1]}_n": _reference(
            settle(claims, "classes", space, alive)[0][keys], numbers[space]
        )
        for space in ("schools", "courses")
    }
    texts = {name: _text(claims, "classes", name, keys, alive) for name in ("title", "period")}
    texts["title"] = pc.coalesce(texts["title"], base["source_id"])  # whole districts leave their titles empty
    terms = _sets(claims, "classes", "terms", numbers, alive).take(pa.array(keys))
    return pa.table(base | texts | refers | {"term_ns": terms})


def _people(claims: Claims, space: str, numbers: dict[str, Numbers], lines: tuple[Mask, Mask]) -> pa.Table:
    alive, in_scope = lines
    keys = _keys(numbers[space])
    role = roles_of(claims, space, alive, in_scope)[keys]
    texts = {name: _text(claims, space, name, keys, alive) for name in ("given_name", "family_name", "email", "grade")}
    texts["grade"] = _grades(texts["grade"])
    return pa.table(
        _base(claims, space, numbers[space], source_ids(claims, space))
        | {"role": pa.array(ROLES, pa.string()).take(pa.array(role))}
        | texts
        | {"school_ns": _sets(claims, space, "schools", numbers, alive).take(pa.array(keys))}
    )


def _grades(told: pa.Array) -> pa.Array:
    words = told.dictionary_encode()
    one_word_each = pa.array([grade if grade is None else kept_word(grade) for grade in words.dictionary.to_pylist()])
    return one_word_each.cast(pa.string()).take(words.indices)


def _reference(codes: Codes, numbers: Numbers) -> pa.Array:
    found = np.append(numbers, np.int32(-1))[codes]
    return pa.array(found, pa.int32(), mask=found < 0)


def _sets(claims: Claims, space: str, of: str, numbers: dict[str, Numbers], alive: Mask) -> pa.Array:
    """Give each key its set of references as '{0,2}': what counts first, then what most lines name, then by number."""
    single = pa.array([f"{{{n}}}" for n in range(int(numbers[of].max(initial=-1)) + 1)] + ["{}"], pa.string())
    first = np.full(len(claims.keys[space]), -1, dtype=np.int32)
    pairs: list[_Pairs] = []
    for claim in sorted(claims.about(space), key=lambda claim: claim.fallback):
        lonely = np.append(first < 0, False)
        for rank, codes in enumerate(claim.sets.get(of, ())):
            number = np.append(numbers[of], np.int32(-1))[codes]
            keep = alive[claim.start : claim.start + len(codes)] & (claim.key >= 0) & (number >= 0)
            if claim.fallback:
                keep &= lonely[claim.key]
            pairs.append(_Pairs(rank, claim.key[keep], number[keep]))
            first[pairs[-1].key] = pairs[-1].number
    many = np.zeros(len(first), dtype=bool)
    for pair in pairs:
        many[pair.key[first[pair.key] != pair.number]] = True
    texts = single.take(pa.array(first % len(single)))
    return _write_many(texts, many, pairs) if many.any() else texts


@dataclass(frozen=True)
class _Pairs:
    """Keys and what they refer to; a lower rank counts first."""

    rank: int
    key: Codes
    number: Numbers


def _write_many(texts: pa.Array, many: Mask, pairs: list[_Pairs]) -> pa.Array:
    frames = [
        pd.DataFrame({"key": pair.key[keep], "number": pair.number[keep], "rank": pair.rank})
        for pair in pairs
        for keep in [many[pair.key]]
    ]
    told = pd.concat(frames).groupby(["key", "number"], as_index=False)["rank"].agg(["min", "size"])
    told = told.sort_values(["key", "min", "size", "number"], ascending=[True, True, False, True])
    written = "{" + told["number"].astype(str).groupby(told["key"]).agg(",".join) + "}"
    mask = np.zeros(len(texts), dtype=bool)
    mask[written.index.to_numpy()] = True
    return pc.replace_with_mask(texts, pa.array(mask), pa.array(written.to_numpy(), pa.string()))


def _enrollments(claims: Claims, numbers: dict[str, Numbers], lines: Lines, alive: Mask) -> pa.Table:
    """List each class, person and role once: the primary line, else the first."""
    pieces = [_linked(link, numbers, lines, alive) for link in claims.links]
    pieces.sort(key=lambda piece: not piece.column("is_primary").to_numpy().any())
    spaces = {link.space for link in claims.links}
    listed = pa.concat_tables(pieces) if pieces else _no_enrollments()
    if len(pieces) > len(spaces):
        listed = _once(listed)
    return listed.select(["class_n", "user_n", "role", "is_primary", "begin_date", "end_date", "line"])


def _linked(link: Link, numbers: dict[str, Numbers], lines: Lines, alive: Mask) -> pa.Table:
    class_n = np.append(numbers["classes"], np.int32(-1))[link.class_key]
    user_n = np.append(numbers[link.space], np.int32(-1))[link.user_key]
    keep = alive[link.start : link.start + len(class_n)] & (class_n >= 0) & (user_n >= 0) & (link.role >= 0)
    at = np.flatnonzero(keep)
    primary = link.is_primary[at]
    if primary.any() and not primary.all():
        at = np.concatenate([at[primary], at[~primary]])
    pair = (class_n[at].astype(np.int64) << 32) | (user_n[at].astype(np.int64) << 3) | link.role[at]
    at = at[~pd.Series(pair).duplicated().to_numpy()]
    return pa.table(
        {
            "class_n": class_n[at],
            "user_n": user_n[at],
            "role": pa.DictionaryArray.from_arrays(pa.array(link.role[at]), pa.array(ROLES)),
            "is_primary": link.is_primary[at],
            "begin_date": _day(link, 0, at),
            "end_date": _day(link, 1, at),
            "line": lines.number[at + link.start],
        }
    )


def _day(link: Link, which: int, at: Index) -> pa.Array:
    if link.days is None:
        return pa.nulls(len(at), pa.date32())
    column = link.days[which]
    codes = column.codes[at]
    return column.values.take(pa.array(codes, mask=codes < 0)).cast(pa.date32())


def _once(listed: pa.Table) -> pa.Table:
    role = listed.column("role").unify_dictionaries().combine_chunks().indices.to_numpy()
    pair = (listed.column("class_n").to_numpy().astype(np.int64) << 32) | (
        listed.column("user_n").to_numpy().astype(np.int64) << 3
    )
    again = pd.Series(pair | role).duplicated().to_numpy()
    return listed.filter(pa.array(~again)) if again.any() else listed


def _no_enrollments() -> pa.Table:
    numbers = {name: pa.int32() for name in ("class_n", "user_n", "line")}
    fields = {"role": _ROLE, "is_primary": pa.bool_(), "begin_date": pa.date32(), "end_date": pa.date32()}
    return pa.schema(numbers | fields).empty_table()
