from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.vendors.clever import pages
from sandbox.vendors.clever.pages import Refused
from sandbox.vendors.faults import Struck

PATH = "/v3.1/users"


def rows(count):
    return pages.wrap(({"id": f"{number:024x}"} for number in range(1, count + 1)), PATH)


def ask(collection, *pairs, struck=None):
    import json

    page = json.loads(pages.answer(collection, pages.read_query(PATH, pairs), struck or Struck()))
    return (
        [row["data"]["id"] for row in page["data"]],
        {link["rel"]: link["uri"] for link in page["links"]},
        page["links"],
    )


def follow(uri):
    return [tuple(pair.split("=")) for pair in uri.partition("?")[2].split("&")]


@given(st.integers(0, 60), st.integers(1, 12))
def test_following_next_links_gives_every_row_once(count, limit):
    collection, pairs, seen, pages_read = rows(count), [("limit", str(limit))], [], 0
    while True:
        ids, links, _ = ask(collection, *pairs)
        seen, pages_read = seen + ids, pages_read + 1
        if "next" not in links:
            break
        pairs = follow(links["next"])
    assert seen == collection.ids
    assert pages_read == count // limit + 1


def test_an_empty_page_with_a_prev_link_follows_a_full_last_page():
    collection = rows(200)
    _, links, _ = ask(collection, ("starting_after", collection.ids[99]))
    assert links.keys() == {"self", "prev", "next"}
    ids, links, _ = ask(collection, *follow(links["next"]))
    assert ids == []
    assert links.keys() == {"self", "prev"}


def test_a_first_page_has_no_prev_link_and_a_short_page_no_next_link():
    assert ask(rows(100))[1].keys() == {"self", "next"}
    assert ask(rows(99))[1].keys() == {"self"}
    assert ask(rows(99), ("starting_after", "0" * 24))[1].keys() == {"self", "prev"}


def test_pages_before_a_cursor_always_have_a_next_link():
    collection = rows(30)
    ids, links, _ = ask(collection, ("limit", "10"), ("ending_before", collection.ids[20]))
    assert ids == collection.ids[10:20]
    assert links.keys() == {"self", "prev", "next"}
    assert ask(collection, ("ending_before", collection.ids[5]))[1].keys() == {"self", "next"}


def test_ending_before_last_is_the_newest_row():
    collection = rows(30)
    assert ask(collection, ("ending_before", "last"), ("limit", "1"))[0] == [collection.ids[-1]]


def test_the_order_of_links_is_not_fixed():
    collection = rows(50)
    orders = {
        tuple(link["rel"] for link in ask(collection, ("limit", "5"), ("starting_after", collection.ids[at]))[2])
        for at in range(10)
    }
    assert orders == {("self", "prev", "next"), ("self", "next", "prev")}


def test_the_next_link_keeps_other_parameters_and_ends_with_the_cursor():
    collection = rows(50)
    links = ask(collection, ("role", "student"), ("limit", "5"))[1]
    assert links["next"] == f"{PATH}?role=student&limit=5&starting_after={collection.ids[4]}"


@pytest.mark.parametrize(("limit", "status"), [("10001", 413), ("-1", 400), ("", 400)])
def test_invalid_limits_are_refused(limit, status):
    with pytest.raises(Refused) as refused:
        pages.read_query(PATH, [("limit", limit)])
    assert refused.value.status == status
