"""Under any fault, a pull has every row exactly once, or it fails."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.errors import SourceGrowing, SourceIncomplete, SourceUnavailable
from pipelines.sources.classlink.pull import COLLECTIONS
from tests.at_oneroster import AtOneRoster, received

WAYS = ("oauth1", "proxy", "1.1", "1.2")
SERVER = {"oauth1": "classlink", "proxy": "classlink_proxy", "1.1": "oneroster_11", "1.2": "oneroster_12"}


@pytest.mark.parametrize("way", WAYS)
def test_every_row_of_every_collection_is_received_once(at: AtOneRoster, way: str) -> None:
    fetched = at.fetch(way)
    for kind in COLLECTIONS:
        assert sorted(received(fetched, kind)) == sorted(at.ids(kind))
        assert fetched.facts["records"][kind] == len(at.ids(kind))
    assert {name.partition("-")[0] for name in fetched.files} == set(COLLECTIONS)


def test_pages_are_sorted_by_id_and_advance_by_the_rows_received(at: AtOneRoster) -> None:
    at.fetch(page_rows=150)
    asked = [path for path in at.sandbox.requests("classlink") if "/users?limit=150" in path]
    assert all(path.endswith("&sort=sourcedId&orderBy=asc") for path in asked)
    assert [path.split("offset=")[1].split("&")[0] for path in asked][:3] == ["0", "150", "300"]


def test_the_pull_reads_academic_sessions_and_no_terms_or_relations(at: AtOneRoster) -> None:
    at.fetch()
    asked = {path.partition("?")[0].rpartition("/")[2] for path in at.sandbox.requests("classlink")}
    assert asked == set(COLLECTIONS)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("limit", [40, 99])
def test_a_server_with_a_smaller_page_and_without_counts_is_read_completely(
    at: AtOneRoster, way: str, limit: int
) -> None:
    at.sandbox.behave(oneroster_max_limit=limit, oneroster_counts=False, oneroster_links=False)
    assert sorted(received(at.fetch(way))) == sorted(at.ids())


@pytest.mark.parametrize(
    ("fault", "values"),
    [
        ("500", {}),
        ("502", {}),
        ("503", {}),
        ("429", {"seconds": 1}),
        ("truncated", {}),
        ("html_200", {}),
        ("html_500", {}),
        ("missing_headers", {}),
        ("clamped_limit", {"limit": 30}),
        ("next_past_end", {}),
        ("wrong_host_next", {}),
    ],
)
@pytest.mark.parametrize("way", ["oauth1", "1.2"])
def test_a_temporary_fault_loses_no_row(at: AtOneRoster, way: str, fault: str, values: dict[str, Any]) -> None:
    at.sandbox.fault(fault, server=SERVER[way], path="/users", after=1, times=1, **values)
    assert sorted(received(at.fetch(way))) == sorted(at.ids())
    assert at.sandbox.elsewhere() == []


@pytest.mark.parametrize(("fault", "values"), [("slow", {"bytes": 10, "seconds": 0.5}), ("timeout", {})])
def test_one_slow_or_silent_answer_loses_no_row(at: AtOneRoster, fault: str, values: dict[str, Any]) -> None:
    at.sandbox.fault(fault, server="classlink", path="/users", after=1, times=1, **values)
    hurried = {"attempts": 7, "backoff_seconds": 0.01, "silent_seconds": 1, "body_seconds": 1}
    assert sorted(received(at.fetch(retry_policy=hurried))) == sorted(at.ids())


@pytest.mark.parametrize("fault", ["500", "truncated", "html_200", "redirect", "envelope_missing", "429"])
@pytest.mark.parametrize("way", ["oauth1", "1.1"])
def test_a_lasting_fault_fails_the_pull(at: AtOneRoster, way: str, fault: str) -> None:
    at.sandbox.fault(fault, server=SERVER[way], path="/enrollments", after=1, times=None)
    retry_policy = {"attempts": 2, "backoff_seconds": 0.01, "longest_wait": 0.1}
    with pytest.raises((SourceUnavailable, SourceIncomplete)):
        at.fetch(way, retry_policy=retry_policy)
    assert at.sandbox.elsewhere() == []


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("fault", ["withdrawn_rows", "inserted_rows", "duplicate_rows"])
def test_a_collection_whose_rows_move_between_pages_is_read_again(
    at: AtOneRoster, way: str, fault: str, rows: int
) -> None:
    at.sandbox.fault(fault, server=SERVER[way], path="/users", after=2, times=1, rows=rows)
    found = received(at.fetch(way))
    gone = rows if fault == "withdrawn_rows" else 0
    assert sorted(found) == sorted(at.ids())[gone:]


@pytest.mark.parametrize("way", ["1.1", "1.2"])
def test_withdrawn_rows_are_detected_by_overlapping_pages_without_a_count(at: AtOneRoster, way: str) -> None:
    at.sandbox.behave(oneroster_counts=False)
    at.sandbox.fault("withdrawn_rows", server=SERVER[way], path="/users", after=2, times=1, rows=3)
    assert sorted(received(at.fetch(way))) == sorted(at.ids())[3:]


@pytest.mark.parametrize("way", WAYS)
def test_a_collection_whose_rows_move_at_every_read_is_refused(at: AtOneRoster, way: str) -> None:
    at.sandbox.fault("duplicate_rows", server=SERVER[way], path="/users", after=1, times=None)
    with pytest.raises((SourceGrowing, SourceIncomplete)):
        at.fetch(way)


def test_a_changed_revision_restarts_the_pull(at: AtOneRoster) -> None:
    at.sandbox.fault("perm_rev", server="classlink", path="/classes", after=1, times=1)
    fetched = at.fetch()
    assert sorted(received(fetched)) == sorted(at.ids())
    assert {path.parents[2].name for path in fetched.files.values()} == {"try-2"}


def test_a_revision_that_changes_at_every_try_raises_source_growing(at: AtOneRoster) -> None:
    at.sandbox.fault("perm_rev", server="classlink", path="/users", times=None)
    with pytest.raises(SourceGrowing, match="changed during each of 3 pulls"):
        at.fetch()


def test_a_revision_changed_after_the_last_page_restarts_the_pull(at: AtOneRoster) -> None:
    at.sandbox.fault("perm_rev", server="classlink", path="/enrollments?limit=1&", times=1)
    assert {path.parents[2].name for path in at.fetch().files.values()} == {"try-2"}


def test_a_too_heavy_page_is_requested_again_with_half_as_many_rows(at: AtOneRoster) -> None:
    at.sandbox.fault("502", server="classlink", path="/users?limit=128&offset=128", times=None)
    fetched = at.fetch(page_rows=128)
    assert sorted(received(fetched)) == sorted(at.ids())
    asked = [
        path.partition("?")[2].partition("&sort")[0] for path in at.sandbox.requests("classlink") if "/users?" in path
    ]
    assert asked[:4] == ["limit=128&offset=0", "limit=128&offset=128", "limit=64&offset=128", "limit=64&offset=192"]


def test_a_server_that_is_down_is_not_asked_for_smaller_and_smaller_pages(at: AtOneRoster) -> None:
    at.sandbox.fault("502", server="classlink", times=None)
    with pytest.raises(SourceUnavailable):
        at.fetch(page_rows=160)
    assert len(at.sandbox.requests("classlink")) == 4 + 3
