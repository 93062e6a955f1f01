from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from sandbox.vendors.collection import encode, join

ROWS = st.lists(st.text("abcdef0123456789", min_size=1, max_size=4), unique=True, max_size=30)


def made(ids):
    return join((row_id, encode({"id": row_id, "name": 'Zoë, "x"'})) for row_id in ids)


@given(ROWS, st.integers(-3, 40), st.integers(-3, 40))
def test_a_page_has_the_rows_between_two_positions(ids, start, stop):
    page = msgspec.json.decode(b"[" + made(ids).page(start, stop) + b"]")
    assert [row["id"] for row in page] == ids[max(0, start) : max(0, stop)]


@given(ROWS, st.text("abcdef0123456789", min_size=1, max_size=4))
def test_any_id_has_a_position_among_sorted_rows(ids, cursor):
    ids = sorted(ids)
    rows = made(ids)
    assert ids[rows.after(cursor) :] == [one for one in ids if one > cursor]
    assert ids[: rows.before(cursor)] == [one for one in ids if one < cursor]
    assert (rows.find(cursor) is not None) == (cursor in ids)


@given(ROWS)
def test_take_returns_rows_in_another_order(ids):
    turned = made(ids).take(reversed(range(len(ids))))
    assert turned.ids == ids[::-1]
    assert [row["id"] for row in msgspec.json.decode(b"[" + turned.page(0, 99) + b"]")] == ids[::-1]
