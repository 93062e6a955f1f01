"""Rules that compare people with the roster: ids reused for another person (GC-16), people without an email."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.sources.assertions import Assertions, Codes, Index, Layout, Mask
from pipelines.validate.facts import resolve, synced_people, texts_of
from pipelines.validate.judgement import Judgement
from pipelines.validate.relations import lines_of
from pipelines.validate.result import ReferenceData


def source_ids(assertions: Assertions, entity_type: str) -> pa.Array:
    """Return the source ids of a kind of person: kind and key, so that a student and a teacher never share an id."""
    return pc.binary_join_element_wise(entity_type, assertions.keys[entity_type], ":")


def reject_reused(assertions: Assertions, layout: Layout, reference: ReferenceData, judge: Judgement) -> None:
    """Quarantine lines whose id belongs to another person in the roster."""
    if reference.people is None or not reference.people.num_rows:
        return
    people = reference.people.cast(pa.schema([(name, pa.string()) for name in reference.people.column_names]))
    for entity_type in layout.people:
        reused = _reused(assertions, entity_type, people, judge.valid())
        for assertion in assertions.about(entity_type):
            judge.reject("ID_REUSED", assertion.columns.get("key"), lines_of(assertion, reused, judge.valid()))


def _reused(assertions: Assertions, entity_type: str, people: pa.Table, valid: Mask) -> Mask:
    """Mark the keys that belong to another person in the roster.

    For an archived id, both names must differ. For an active id, the emails must not be the same, either.
    """
    reused = np.zeros(len(assertions.keys[entity_type]), dtype=bool)
    place = pc.index_in(people.column("source_id"), value_set=source_ids(assertions, entity_type))
    row = np.flatnonzero(pc.is_valid(place).to_numpy())
    key = place.take(pa.array(row)).to_numpy().astype(np.int32)
    row, key = _where_both_differ(assertions, entity_type, people, row, key, valid)
    if not len(row):
        return reused
    rows = people.take(pa.array(row))
    archived = pc.equal(rows.column("status"), "archived").to_numpy()
    email = texts_of(assertions, entity_type, "email", resolve(assertions, entity_type, "email", valid)[0][key])
    same = pc.fill_null(pc.equal(pc.utf8_lower(rows.column("email")), email), False).to_numpy()
    reused[key[archived | ~same]] = True
    return reused


def _where_both_differ(
    assertions: Assertions, entity_type: str, people: pa.Table, row: Index, key: Codes, valid: Mask
) -> tuple[Index, Codes]:
    for attribute in ("given_name", "family_name"):
        value = resolve(assertions, entity_type, attribute, valid)[0][key] if len(key) else key
        ours = texts_of(assertions, entity_type, attribute, value)
        theirs = people.column(attribute).take(pa.array(row))
        unlike = np.flatnonzero(pc.fill_null(pc.not_equal(ours, theirs), False).to_numpy(zero_copy_only=False))
        pairs = zip(ours.take(pa.array(unlike)).to_pylist(), theirs.take(pa.array(unlike)).to_pylist(), strict=True)
        differ = [mine.casefold() != other.casefold() for mine, other in pairs]
        unlike = unlike[np.array(differ, dtype=bool)]
        row, key = row[unlike], key[unlike]
    return row, key


def report_roleless(assertions: Assertions, layout: Layout, judge: Judgement) -> None:
    """Note the people to whom no line gives a role, such as the guardians in a vendor's list of users."""
    valid = judge.valid()
    for entity_type in layout.people:
        has_role = np.zeros(len(assertions.keys[entity_type]), dtype=bool)
        for assertion in assertions.about(entity_type):
            if assertion.role is not None:
                has_role[assertion.key[assertion.key >= 0]] = True
        for assertion in assertions.about(entity_type):
            if assertion.defines and assertion.role is None:
                judge.warn("ROLE_NOT_SYNCED", assertion.columns.get("key"), lines_of(assertion, ~has_role, valid))


def report_missing_emails(assertions: Assertions, layout: Layout, judge: Judgement) -> None:
    """Warn of each accepted person without an email, at the first line that defines the person (SL-26)."""
    valid = judge.valid()
    for entity_type in layout.people:
        email, _ = resolve(assertions, entity_type, "email", valid)
        without = synced_people(assertions, entity_type, valid, ~judge.out_of_scope) & (email < 0)
        lines, columns = _first_lines(assertions, entity_type, without, valid)
        judge.warn("MISSING_EMAIL", columns, lines)


def report_shared_emails(assertions: Assertions, layout: Layout, judge: Judgement) -> None:
    """Warn of accepted people of one kind who share an email: matching by email can't distinguish them."""
    valid = judge.valid()
    for entity_type in layout.people:
        email, _ = resolve(assertions, entity_type, "email", valid)
        emails = np.where(synced_people(assertions, entity_type, valid, ~judge.out_of_scope), email, -1)
        count = np.bincount(emails[emails >= 0], minlength=len(assertions.values.get((entity_type, "email"), ())))
        shared = (emails >= 0) & np.append(count > 1, False)[emails]
        lines, column = _first_lines(assertions, entity_type, shared, valid)
        judge.warn("EMAIL_SHARED", column, lines)


def _first_lines(assertions: Assertions, entity_type: str, keys: Mask, valid: Mask) -> tuple[Index, str | None]:
    if not keys.any():
        return np.empty(0, dtype=np.intp), None
    first = np.full(len(keys), np.iinfo(np.intp).max, dtype=np.intp)
    column = None
    for assertion in assertions.about(entity_type):
        if assertion.defines:
            lines = lines_of(assertion, keys, valid)
            np.minimum.at(first, assertion.key[lines - assertion.start], lines)
            column = column or assertion.columns.get("email")
    found = first[keys]
    return np.sort(found[found < np.iinfo(np.intp).max]), column
