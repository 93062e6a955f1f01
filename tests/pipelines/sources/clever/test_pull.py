from __future__ import annotations

import threading
from pathlib import Path

import pytest

from pipelines.errors import SourceIncomplete
from pipelines.http.client import Client
from pipelines.http.retry_policy import RetryPolicy
from pipelines.sources.clever.pull import COLLECTIONS, collection_of, count_all, part_name, read_all, shrunk
from tests.answering import Asked, Reply, answering, said
from tests.at_clever import AtClever, settings

OURS = "6a0000000000000000000001"


def page(asked: Asked, *keys: str, following: str = "") -> Reply:
    links = [{"rel": "next", "uri": following}] if following else []
    return said({"data": [{"data": {"id": f"{asked.path[:12]}{key}"}} for key in keys], "links": links})


def read(url: str, to: Path) -> dict[str, int]:
    source = settings(OURS)
    with Client("clever", url, None, RetryPolicy(attempts=2, backoff_seconds=0.01)) as api:
        return read_all(api, source, to).records


def test_four_collections_are_read_in_parallel(tmp_path: Path) -> None:
    together = threading.Barrier(4)

    def answer(asked: Asked) -> Reply:
        if "count" in asked.path:
            return said({})
        if any(name in asked.path for name in ("schools", "terms", "courses", "sections")):
            together.wait(10)  # passes only when four are asking
        return page(asked, "a")

    with answering(answer) as vendor:
        assert read(vendor.url, tmp_path) == dict.fromkeys(COLLECTIONS, 1)


def test_a_failed_collection_stops_the_other_reads(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Reply:
        if "count" in asked.path:
            return said({})
        if "terms" in asked.path:
            return Reply(404)
        number = int(asked.path.partition("after=")[2] or 0)
        threading.Event().wait(0.02)
        return page(asked, str(number), following=f"/{asked.path[1:].partition('?')[0]}?after={number + 1}")

    with answering(answer) as vendor, pytest.raises(Exception, match="404"):
        read(vendor.url, tmp_path)
    assert len(vendor.asked) < 100


def test_a_page_without_new_records_and_with_a_next_link_is_refused(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Reply:
        if "count" in asked.path:
            return said({})
        number = int(asked.path.partition("after=")[2] or 0)
        return page(asked, "same", following=f"{asked.path.partition('?')[0]}?after={number + 1}")

    with answering(answer) as vendor, pytest.raises(SourceIncomplete, match="no new records"):
        read(vendor.url, tmp_path)


def test_counts_that_are_equal_for_all_roles_are_ignored() -> None:
    def answer(asked: Asked) -> Reply:
        return said({"count": 500 if "users" in asked.path else 3})

    with answering(answer) as vendor, Client("clever", vendor.url) as api:
        counts = count_all(api, settings(OURS))
    assert counts == {name: None if name.startswith("users-") else 3 for name in COLLECTIONS}


def test_a_count_that_fell_during_the_read_is_accepted(there: AtClever) -> None:
    there.sandbox.fault("withdrawn_rows", path="role=student&limit", rows=2)
    fetched = there.fetch()
    assert fetched.facts["records"]["users-student"] == 148
    assert not [path for path in there.sandbox.requests("clever") if path.count("role=student&limit") > 1]


def test_parts_are_named_by_collection_and_number() -> None:
    assert part_name("users-student", 7) == "users-student-00007.json"
    assert [collection_of(name) for name in ("users-student-00007.json", "users-00001.json", "events-00001.json")] == [
        "users",
        "users",
        "events",
    ]


def test_shrunk_names_the_collections_that_lost_more_than_the_limit() -> None:
    before = {"schools": 4, "users-student": 100, "terms": 10}
    assert shrunk({"schools": 2, "users-student": 50, "terms": 1}, before, 50) == []
    assert shrunk({"schools": 1, "users-student": 49, "terms": 1}, before, 50) == ["schools", "users-student"]
    assert shrunk({"schools": 1, "users-staff": 0}, {}, 50) == []
