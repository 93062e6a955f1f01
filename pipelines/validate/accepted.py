"""The accepted tables: each entity once, numbered, its references as numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipelines.sources.assertions import ROLES, Assertions, Codes, Index, Layout, Link, Mask
from pipelines.validate.facts import defined, resolve, resolve_by_majority, roles_of, synced_people, texts_of
from pipelines.validate.identity import source_ids
from pipelines.validate.judgement import Judgement
from pipelines.validate.lines import Lines
from schemas.entities import DECLARED
from schemas.grades import kept as stored_word

Numbers = NDArray[np.int32]
_ROLE = pa.dictionary(pa.int8(), pa.string())


def tabulate(assertions: Assertions, layout: Layout, lines: Lines, judge: Judgement) -> dict[str, pa.Table]:
    """Make the six tables of what the valid lines assert."""
    valid, in_scope = judge.valid(), ~judge.out_of_scope
    named = {
        entity_type: defined(assertions, entity_type, valid)
        for entity_type in ("schools", "terms", "courses", "classes")
    }
    numbers = {entity_type: _number(named[entity_type]) for entity_type in ("courses", "classes")}
    numbers |= {
        entity_type: _number_by_text(assertions.keys[entity_type], named[entity_type])
        for entity_type in ("schools", "terms")
    }
    numbers |= _number_people(assertions, layout, valid, in_scope)
    return {
        "schools": _schools(assertions, numbers["schools"], valid),
        "terms": _terms(assertions, numbers["terms"], valid),
        "courses": _courses(assertions, numbers, valid),
        "classes": _classes(assertions, numbers, valid),
        "users": pa.concat_tables(
            [_people(assertions, entity_type, numbers, (valid, in_scope)) for entity_type in layout.people]
        ),
        "enrollments": _enrollments(assertions, numbers, lines, valid),
    }


def _number(marked: Mask, start: int = 0) -> Numbers:
    numbers: Numbers = np.where(marked, np.cumsum(marked, dtype=np.int32) - 1 + start, -1).astype(np.int32)
    return numbers


def _number_by_text(ids: pa.Array, marked: Mask) -> Numbers:
    """Number by the ids' texts, so that a tie between two schools does not depend on the order of lines."""
    numbers = np.full(len(ids), -1, dtype=np.int32)
    order = pc.sort_indices(ids).to_numpy()
    numbers[order[marked[order]]] = np.arange(int(marked.sum()), dtype=np.int32)
    return numbers


def _number_people(assertions: Assertions, layout: Layout, valid: Mask, in_scope: Mask) -> dict[str, Numbers]:
    """Number the people of all kinds in one sequence. If no line gives a person a role, the person gets no number."""
    numbers: dict[str, Numbers] = {}
    start = 0
    for entity_type in layout.people:
        people = synced_people(assertions, entity_type, valid, in_scope)
        numbers[entity_type] = _number(people, start)
        start += int(people.sum())
    return numbers


def _keys(numbers: Numbers) -> Codes:
    keys = np.flatnonzero(numbers >= 0).astype(np.int32)
    return keys[np.argsort(numbers[keys], kind="stable")]


def _text(assertions: Assertions, entity_type: str, attribute: str, keys: Codes, valid: Mask) -> pa.Array:
    soft = any(assertion.soft and attribute in assertion.says for assertion in assertions.about(entity_type))
    value, _ = (resolve_by_majority if soft else resolve)(assertions, entity_type, attribute, valid)
    return texts_of(assertions, entity_type, attribute, value[keys])


def _base(
    assertions: Assertions, entity_type: str, numbers: Numbers, source_id: pa.Array | None = None
) -> dict[str, pa.Array]:
    keys = _keys(numbers)
    at, ids = pa.array(keys), assertions.keys[entity_type] if source_id is None else source_id
    issued = assertions.identifiers.get(entity_type, assertions.keys[entity_type])
    return {"n": pa.array(numbers[keys]), "source_id": ids.take(at), "identifier": issued.take(at)}


def _plain(
    assertions: Assertions, entity: str, keys: Codes, valid: Mask, entity_type: str | None = None
) -> dict[str, pa.Array]:
    """Return the values of the entity's plain attributes; `entity_type` is one of the kinds of people."""
    return {name: _text(assertions, entity_type or entity, name, keys, valid) for name in DECLARED[entity].plain}


def _schools(assertions: Assertions, numbers: Numbers, valid: Mask) -> pa.Table:
    base, keys = _base(assertions, "schools", numbers), _keys(numbers)
    name = _text(assertions, "schools", "name", keys, valid)
    return pa.table(base | _plain(assertions, "schools", keys, valid) | {"name": name})


def _terms(assertions: Assertions, numbers: Numbers, valid: Mask) -> pa.Table:
    base, keys = _base(assertions, "terms", numbers), _keys(numbers)
    texts = _titled(_plain(assertions, "terms", keys, valid), base)
    days = {
        name: _text(assertions, "terms", name, keys, valid).cast(pa.date32()) for name in ("begin_date", "end_date")
    }
    return pa.table(base | texts | days)


def _courses(assertions: Assertions, numbers: dict[str, Numbers], valid: Mask) -> pa.Table:
    base, keys = _base(assertions, "courses", numbers["courses"]), _keys(numbers["courses"])
    texts = _titled(_plain(assertions, "courses", keys, valid), base)
    school = _reference(resolve(assertions, "courses", "schools", valid)[0][keys], numbers["schools"])
    return pa.table(base | texts | {"code": _text(assertions, "courses", "code", keys, valid), "school_n": school})


def _classes(assertions: Assertions, numbers: dict[str, Numbers], valid: Mask) -> pa.Table:
    base, keys = _base(assertions, "classes", numbers["classes"]), _keys(numbers["classes"])
    references = {
        f"{entity_type[:-2] if entity_type == 'classes' else entity_type[:-1]}_n": _reference(
            resolve(assertions, "classes", entity_type, valid)[0][keys], numbers[entity_type]
        )
        for entity_type in ("schools", "courses")
    }
    texts = _titled(_plain(assertions, "classes", keys, valid), base)
    terms = _sets(assertions, "classes", "terms", numbers, valid).take(pa.array(keys))
    return pa.table(base | texts | references | {"term_ns": terms})


def _people(
    assertions: Assertions, entity_type: str, numbers: dict[str, Numbers], lines: tuple[Mask, Mask]
) -> pa.Table:
    valid, in_scope = lines
    keys = _keys(numbers[entity_type])
    role = roles_of(assertions, entity_type, valid, in_scope)[keys]
    texts = _plain(assertions, "users", keys, valid, entity_type)
    texts["grade"] = _grades(texts["grade"])
    return pa.table(
        _base(assertions, entity_type, numbers[entity_type], source_ids(assertions, entity_type))
        | texts
        | {
            "role": pa.array(ROLES, pa.string()).take(pa.array(role)),
            "email": _text(assertions, entity_type, "email", keys, valid),
            "school_ns": _sets(assertions, entity_type, "schools", numbers, valid).take(pa.array(keys)),
        }
    )


def _titled(texts: dict[str, pa.Array], base: dict[str, pa.Array]) -> dict[str, pa.Array]:
    """Give entities without a title their id as title: whole districts leave their titles empty."""
    return texts | {"title": pc.coalesce(texts["title"], base["source_id"])}


def _grades(written: pa.Array) -> pa.Array:
    words = written.dictionary_encode()
    one_word_each = pa.array([grade if grade is None else stored_word(grade) for grade in words.dictionary.to_pylist()])
    return one_word_each.cast(pa.string()).take(words.indices)


def _reference(codes: Codes, numbers: Numbers) -> pa.Array:
    found = np.append(numbers, np.int32(-1))[codes]
    return pa.array(found, pa.int32(), mask=found < 0)


def _sets(assertions: Assertions, entity_type: str, of: str, numbers: dict[str, Numbers], valid: Mask) -> pa.Array:
    """Return each key's references as '{0,2}': lowest rank first, then the most frequent, then the lowest number."""
    single = pa.array([f"{{{n}}}" for n in range(int(numbers[of].max(initial=-1)) + 1)] + ["{}"], pa.string())
    first = np.full(len(assertions.keys[entity_type]), -1, dtype=np.int32)
    pairs: list[_Pairs] = []
    for assertion in sorted(assertions.about(entity_type), key=lambda assertion: assertion.fallback):
        unset = np.append(first < 0, False)
        for rank, codes in enumerate(assertion.sets.get(of, ())):
            number = np.append(numbers[of], np.int32(-1))[codes]
            keep = valid[assertion.start : assertion.start + len(codes)] & (assertion.key >= 0) & (number >= 0)
            if assertion.fallback:
                keep &= unset[assertion.key]
            pairs.append(_Pairs(rank, assertion.key[keep], number[keep]))
            first[pairs[-1].key] = pairs[-1].number
    many = np.zeros(len(first), dtype=bool)
    for pair in pairs:
        many[pair.key[first[pair.key] != pair.number]] = True
    texts = single.take(pa.array(first % len(single)))
    return _write_many(texts, many, pairs) if many.any() else texts


@dataclass(frozen=True)
class _Pairs:
    """Keys and the numbers that they refer to; the lowest rank comes first."""

    rank: int
    key: Codes
    number: Numbers


def _write_many(texts: pa.Array, many: Mask, pairs: list[_Pairs]) -> pa.Array:
    frames = [
        pd.DataFrame({"key": pair.key[keep], "number": pair.number[keep], "rank": pair.rank})
        for pair in pairs
        for keep in [many[pair.key]]
    ]
    counted = pd.concat(frames).groupby(["key", "number"], as_index=False)["rank"].agg(["min", "size"])
    counted = counted.sort_values(["key", "min", "size", "number"], ascending=[True, True, False, True])
    written = "{" + counted["number"].astype(str).groupby(counted["key"]).agg(",".join) + "}"
    mask = np.zeros(len(texts), dtype=bool)
    mask[written.index.to_numpy()] = True
    return pc.replace_with_mask(texts, pa.array(mask), pa.array(written.to_numpy(), pa.string()))


def _enrollments(assertions: Assertions, numbers: dict[str, Numbers], lines: Lines, valid: Mask) -> pa.Table:
    """Return each class, person and role once, from its primary line if there is one, otherwise from its first."""
    pieces = [_linked(link, numbers, lines, valid) for link in assertions.links]
    pieces.sort(key=lambda piece: not piece.column("is_primary").to_numpy().any())
    entity_types = {link.entity_type for link in assertions.links}
    listed = pa.concat_tables(pieces) if pieces else _no_enrollments()
    if len(pieces) > len(entity_types):
        listed = _deduplicate(listed)
    return listed.select(["class_n", "user_n", "role", "is_primary", "begin_date", "end_date", "line"])


def _linked(link: Link, numbers: dict[str, Numbers], lines: Lines, valid: Mask) -> pa.Table:
    class_n = np.append(numbers["classes"], np.int32(-1))[link.class_key]
    user_n = np.append(numbers[link.entity_type], np.int32(-1))[link.user_key]
    keep = valid[link.start : link.start + len(class_n)] & (class_n >= 0) & (user_n >= 0) & (link.role >= 0)
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


def _deduplicate(listed: pa.Table) -> pa.Table:
    role = listed.column("role").unify_dictionaries().combine_chunks().indices.to_numpy()
    pair = (listed.column("class_n").to_numpy().astype(np.int64) << 32) | (
        listed.column("user_n").to_numpy().astype(np.int64) << 3
    )
    is_repeated = pd.Series(pair | role).duplicated().to_numpy()
    return listed.filter(pa.array(~is_repeated)) if is_repeated.any() else listed


def _no_enrollments() -> pa.Table:
    numbers = {name: pa.int32() for name in ("class_n", "user_n", "line")}
    fields = {"role": _ROLE, "is_primary": pa.bool_(), "begin_date": pa.date32(), "end_date": pa.date32()}
    return pa.schema(numbers | fields).empty_table()
