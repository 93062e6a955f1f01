from __future__ import annotations

import pytest

PATH = "accounts/1/users"


def pull(canvas, path):
    pages = []
    while path:
        reply = canvas(path)
        pages.append(reply.json())
        path = reply.links.get("next", {}).get("url")
    return pages


@pytest.mark.parametrize("pages", ["number", "bookmark"])
@pytest.mark.parametrize("size", [7, 50, 100])
def test_following_the_link_header_gives_every_row_once(sandbox, canvas, pages, size):
    sandbox.behave(canvas_pages=pages)
    found = pull(canvas, f"{PATH}?per_page={size}")
    ids = [row["id"] for page in found for row in page]
    assert len(set(ids)) == len(ids) == len(sandbox.account.view.students()) + len(sandbox.account.world.teachers)
    assert {len(page) for page in found[:-1]} == {size}


def test_pages_have_ten_rows_by_default_and_at_most_the_maximum(sandbox, canvas):
    assert len(canvas(PATH).json()) == 10
    assert len(canvas(f"{PATH}?per_page=5000").json()) == 100
    sandbox.behave(canvas_per_page=20)
    assert len(canvas(f"{PATH}?per_page=5000").json()) == 20


def test_links_have_no_spaces_between_them_and_no_token(sandbox, canvas):
    link = canvas(f"{PATH}?include[]=email&access_token={sandbox.first.canvas_token}&page=2").headers["Link"]
    assert '>; rel="current",<http' in link
    assert "access_token" not in link
    assert link.count("include%5B%5D=email") == 5


def test_pages_by_bookmark_have_no_prev_link_and_unknown_bookmarks_are_not_found(sandbox, canvas):
    sandbox.behave(canvas_pages="bookmark")
    assert canvas(PATH).links.keys() == {"current", "next"}
    assert canvas(f"{PATH}?page=bookmark:bm9ib2R5").status_code == 404
    assert canvas(f"{PATH}?page=bookmark:%%%").status_code == 404


def test_a_numbered_page_past_the_end_is_empty(canvas):
    reply = canvas(f"{PATH}?page=999")
    assert reply.json() == []
    assert "next" not in reply.links


def test_long_queries_shorten_the_link_header_and_drop_the_next_link_last(canvas):
    long = canvas(f"{PATH}?page=2&more={'x' * 2500}")
    assert long.links.keys() == {"next", "last"}
    assert not canvas(f"{PATH}?page=2&more={'x' * 7000}").links
