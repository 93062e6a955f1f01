"""Rules about people against the roster: ids that came back for another person (GC-16), people without an email."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.sources.assertions import Claims, Codes, Index, Known, Layout, Mask
from pipelines.validate.facts import kept, settle, texts_of
from pipelines.validate.judgement import Judgement
from pipelines.validate.relations import lines_of


def source_ids(claims: Claims, space: str) -> pa.Array:
    """Give the source ids of a kind of person: the key behind its kind, so that a student and a teacher can't meet."""
    return pc.binary_join_element_wise(space, claims.keys[space], ":")


def accuse_reused(claims: Claims, layout: Layout, known: Known, judge: Judgement) -> None:
    """Quarantine lines whose id the roster knows as another person's."""
    if known.people is None or not known.people.num_rows:
        return
    people = known.people.cast(pa.schema([(name, pa.string()) for name in known.people.column_names]))
    for space in layout.people:
        reused = _reused(claims, space, people, judge.alive())
        for claim in claims.about(space):
            judge.accuse("ID_REUSED", claim.columns.get("key"), lines_of(claim, reused, judge.alive()))


def _reused(claims: Claims, space: str, people: pa.Table, alive: Mask) -> Mask:
    """Mark the keys of other persons.

    Of an archived id both names must differ; of an active one also the email must not be known to be the same.
    """
    reused = np.zeros(len(claims.keys[space]), dtype=bool)
    place = pc.index_in(people.column("source_id"), value_set=source_ids(claims, space))
    row = np.flatnonzero(pc.is_valid(place).to_numpy())
    key = place.take(pa.array(row)).to_numpy().astype(np.int32)
    row, key = _where_both_differ(claims, space, people, row, key, alive)
    if not len(row):
        return reused
    told = people.take(pa.array(row))
    archived = pc.equal(told.column("status"), "archived").to_numpy()
    email = texts_of(claims, space, "email", settle(claims, space, "email", alive)[0][key])
    same = pc.fill_null(pc.equal(pc.utf8_lower(told.column("email")), email), False).to_numpy()
    reused[key[archived | ~same]] = True
    return reused


def _where_both_differ(
    claims: Claims, space: str, people: pa.Table, row: Index, key: Codes, alive: Mask
) -> tuple[Index, Codes]:
    for attribute in ("given_name", "family_name"):
        value = settle(claims, space, attribute, alive)[0][key] if len(key) else key
        ours = texts_of(claims, space, attribute, value)
        theirs = people.column(attribute).take(pa.array(row))
        unlike = np.flatnonzero(pc.fill_null(pc.not_equal(ours, theirs), False).to_numpy(zero_copy_only=False))
        pairs = zip(ours.take(pa.array(unlike)).to_pylist(), theirs.take(pa.array(unlike)).to_pylist(), strict=True)
        differ = [mine.casefold() != other.casefold() for mine, other in pairs]
        unlike = unlike[np.array(differ, dtype=bool)]
        row, key = row[unlike], key[unlike]
    return row, key


def tell_roleless(claims: Claims, layout: Layout, judge: Judgement) -> None:
    """Note the people whom no line gives any role, such as the guardians in a vendor's list of users."""
    alive = judge.alive()
    for space in layout.people:
        roled = np.zeros(len(claims.keys[space]), dtype=bool)
        for claim in claims.about(space):
            if claim.role is not None:
                roled[claim.key[claim.key >= 0]] = True
        for claim in claims.about(space):
            if claim.defines and claim.role is None:
                judge.tell("ROLE_NOT_SYNCED", claim.columns.get("key"), lines_of(claim, ~roled, alive))


def tell_missing_emails(claims: Claims, layout: Layout, judge: Judgement) -> None:
    """Warn of each accepted person without an email, at the first line that names them (SL-26)."""
    alive = judge.alive()
    for space in layout.people:
        email, _ = settle(claims, space, "email", alive)
        without = kept(claims, space, alive, ~judge.out_of_scope) & (email < 0)
        lines, columns = _first_lines(claims, space, without, alive)
        judge.tell("MISSING_EMAIL", columns, lines)


def tell_shared_emails(claims: Claims, layout: Layout, judge: Judgement) -> None:
    """Warn of accepted people of one kind who share an address: matching by email can't tell them apart."""
    alive = judge.alive()
    for space in layout.people:
        email, _ = settle(claims, space, "email", alive)
        told = np.where(kept(claims, space, alive, ~judge.out_of_scope), email, -1)
        count = np.bincount(told[told >= 0], minlength=len(claims.values.get((space, "email"), ())))
        shared = (told >= 0) & np.append(count > 1, False)[told]
        lines, column = _first_lines(claims, space, shared, alive)
        judge.tell("EMAIL_SHARED", column, lines)


def _first_lines(claims: Claims, space: str, keys: Mask, alive: Mask) -> tuple[Index, str | None]:
    if not keys.any():
        return np.empty(0, dtype=np.intp), None
    first = np.full(len(keys), np.iinfo(np.intp).max, dtype=np.intp)
    column = None
    for claim in claims.about(space):
        if claim.defines:
            lines = lines_of(claim, keys, alive)
            np.minimum.at(first, claim.key[lines - claim.start], lines)
            column = column or claim.columns.get("email")
    found = first[keys]
    return np.sort(found[found < np.iinfo(np.intp).max]), column
