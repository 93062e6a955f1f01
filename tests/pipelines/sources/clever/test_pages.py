from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.errors import ContractBroken, SourceIncomplete
from pipelines.http.client import Client
from pipelines.http.retry_policy import RetryPolicy
from pipelines.sources.clever.pages import count, follow, records_of, single
from tests.answering import Asked, Reply, answering, said

HURRIED = RetryPolicy(attempts=2, backoff_seconds=0.01)
PREV, SELF = {"rel": "prev", "uri": "/v3.1/users?ending_before=a"}, {"rel": "self", "uri": "/v3.1/users"}
NEXT = {"rel": "next", "uri": "/v3.1/users?limit=2&starting_after=b"}


def page(*keys: str, links: object = ()) -> Reply:
    return said({"data": [{"data": {"id": key}, "uri": "x"} for key in keys], "links": links if links != () else []})


def read(url: str, target: str = "users?limit=2") -> list[list[str]]:
    with Client("clever", f"{url}/v3.1", None, HURRIED) as api:
        return [[row["id"] for row in one.rows] for one in follow(api, target)]


@pytest.mark.parametrize("links", [[SELF, NEXT, PREV], [PREV, NEXT, SELF], [NEXT, SELF, PREV]])
def test_the_next_link_is_found_by_its_rel_in_any_order(links: list[dict[str, str]]) -> None:
    with answering([page("a", "b", links=links), page("c", links=[PREV, SELF])]) as vendor:
        assert read(vendor.url) == [["a", "b"], ["c"]]
    assert [one.path for one in vendor.asked] == ["/v3.1/users?limit=2", NEXT["uri"]]


def test_a_page_without_rows_ends_the_list() -> None:
    with answering([page("a", "b", links=[NEXT]), page(links=[SELF, PREV, NEXT])]) as vendor:
        assert read(vendor.url) == [["a", "b"], []]
    assert len(vendor.asked) == 2


def test_a_too_large_limit_is_halved_for_all_further_pages() -> None:
    def answer(asked: Asked) -> Reply:
        limit = int(asked.path.partition("limit=")[2].partition("&")[0])
        if limit > 3000:
            return Reply(413, b"<html>Payload too large</html>", {"Content-Type": "text/html"})
        link = {"rel": "next", "uri": f"/v3.1/users?limit={limit}&starting_after=b"}
        return page("c") if "starting_after" in asked.path else page("a", "b", links=[link])

    with answering(answer) as vendor:
        assert read(vendor.url, "users?role=student&limit=10000") == [["a", "b"], ["c"]]
    asked = [one.path for one in vendor.asked]
    assert asked[2:] == ["/v3.1/users?role=student&limit=2500", "/v3.1/users?limit=2500&starting_after=b"]


def test_pages_that_are_too_large_even_for_one_row_are_refused() -> None:
    with answering([Reply(413, b"")]) as vendor, pytest.raises(SourceIncomplete):
        read(vendor.url)
    assert len(vendor.asked) == 2


@pytest.mark.parametrize(
    "reply",
    [
        said({"links": []}),
        said({"data": {}, "links": []}),
        said({"data": [{"id": "a"}], "links": []}),
        said({"data": [{"data": {"id": ""}}], "links": []}),
        said({"data": [{"data": None}], "links": []}),
        said({"data": [{"data": {"id": "a"}}]}),
        said({"data": [{"data": {"id": "a"}}], "links": {"next": "/v3.1/users"}}),
        said([]),
    ],
    ids=["no data", "no list", "wrapped once", "no id", "null", "no links", "links as an object", "a list"],
)
def test_an_answer_that_is_not_a_page_is_refused(reply: Reply) -> None:
    with answering([reply]) as vendor, pytest.raises(SourceIncomplete):
        read(vendor.url)


def test_a_next_link_to_an_earlier_page_is_refused() -> None:
    with answering([page("a", "b", links=[NEXT])]) as vendor, pytest.raises(SourceIncomplete, match="leads back"):
        read(vendor.url)


def test_an_error_does_not_quote_the_text_of_clevers_refusal() -> None:
    for body in (b'{"message": "Ada Okafor"}', b'{"code": 91, "error": "Ada Okafor", "data": {}}'):
        with answering([Reply(404, body)]) as vendor, pytest.raises(ContractBroken, match="404") as raised:
            read(vendor.url)
        assert "Okafor" not in str(raised.value)


def test_a_list_for_a_single_record_must_have_exactly_one() -> None:
    for keys in ((), ("a", "b")):
        with answering([page(*keys)]) as vendor, Client("clever", vendor.url) as api, pytest.raises(SourceIncomplete):
            single(api, "districts")


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (said({"count": 1004, "links": []}), 1004),
        (said({"data": [], "links": []}), None),
        (said([]), None),
        (Reply(400, b"{}"), None),
        (Reply(501, b""), None),
    ],
)
def test_a_list_without_a_count_gives_none(reply: Reply, expected: int | None) -> None:
    with answering([reply]) as vendor, Client("clever", vendor.url) as api:
        assert count(api, "users?role=student") == expected
        assert count(api, "terms") == expected
    assert [one.path for one in vendor.asked] == ["/users?role=student&count=true", "/terms?count=true"]


def test_a_landed_page_is_read_without_its_wrappers(tmp_path: Path) -> None:
    (tmp_path / "page").write_bytes(page("a", "b").body)
    assert records_of(tmp_path / "page") == [{"id": "a"}, {"id": "b"}]
