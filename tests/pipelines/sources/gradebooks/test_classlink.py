"""Grades by REST: the same by every authentication, each number as written, and never an incomplete gradebook."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import ContractBroken, SourceGrowing, SourceIncomplete, SourceUnavailable
from pipelines.settings import SourceSettings
from pipelines.sources.contract import Bookmark
from pipelines.sources.gradebooks import classlink, configured
from pipelines.sources.gradebooks.classlink import Settings
from tests.answering import Reply, answering
from tests.at_gradebook import AtGradebook, fetch, rows_of, shared, told_by
from tests.at_oneroster import connect, page, service, settings

WAYS = ("oauth1", "proxy", "1.1", "1.2")
SERVER = {"oauth1": "classlink", "proxy": "classlink_proxy", "1.1": "oneroster_11", "1.2": "oneroster_12"}
ITEM = {"sourcedId": "L1", "title": "Quiz 1", "class": {"sourcedId": "C1"}, "resultValueMax": 10}


def result(number: int, **more: Any) -> dict[str, Any]:
    return {
        "sourcedId": f"r{number:03}",
        "lineItem": {"sourcedId": "L1"},
        "student": {"sourcedId": f"s{number:03}"},
        "scoreStatus": "fully graded",
        "score": number,
    } | more


def gradebook(results: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    return {"results": results, "lineItems": [ITEM], "categories": []}


def test_gradebook_settings_are_the_rosters_settings_and_selected() -> None:
    source = configured(SourceSettings(kind="classlink", auth="proxy", selected="all"))
    assert isinstance(source, Settings)
    assert (source.auth, source.selected) == ("proxy", "all")


@pytest.mark.parametrize("way", WAYS)
def test_every_authentication_gives_the_same_gradebook(at: AtGradebook, way: str) -> None:
    activities, scores = shared(at.roster.sandbox.account)
    assert {row[1] for row in activities} == {"poll", "quiz", "assignment"}
    assert {row[3] for row in scores} == {"true", "false"}
    assert at.told(way) == (activities, scores)


def test_activities_are_selected_if_the_settings_say_all(at: AtGradebook) -> None:
    activities, _ = at.told(selected="all")
    assert {row[6] for row in activities} == {"true"}


@pytest.mark.parametrize(("way", "base"), [("oauth1", "/ims/oneroster/v1p1"), ("1.2", "/ims/oneroster/gradebook/v1p2")])
def test_three_collections_are_read_by_pages_without_following_links(at: AtGradebook, way: str, base: str) -> None:
    at.fetch(way)
    asked = [path for path in at.roster.sandbox.requests(SERVER[way]) if path != "/token"]
    assert {path.partition("?")[0] for path in asked} == {f"{base}/{name}" for name in classlink.KINDS}
    assert sum(f"{base}/results?limit=400&offset=" in path for path in asked) > 2
    assert at.roster.sandbox.elsewhere() == []


def test_results_are_read_before_their_line_items(at: AtGradebook) -> None:
    at.fetch()
    asked = [path.partition("?")[0].rpartition("/")[2] for path in at.roster.sandbox.requests("classlink")]
    assert list(dict.fromkeys(asked)) == ["results", "lineItems", "categories"]


@pytest.mark.parametrize(
    ("fault", "values"),
    [
        ("500", {}),
        ("502", {}),
        ("truncated", {}),
        ("html_200", {}),
        ("missing_headers", {}),
        ("clamped_limit", {"limit": 150}),
        ("next_past_end", {}),
        ("wrong_host_next", {}),
        ("duplicate_rows", {}),
        ("withdrawn_rows", {"rows": 0}),
    ],
)
def test_a_temporary_fault_loses_no_score(at: AtGradebook, fault: str, values: dict[str, Any]) -> None:
    at.roster.sandbox.fault(fault, path="/results", after=1, **values)
    assert at.told("1.1") == shared(at.roster.sandbox.account)
    assert at.roster.sandbox.elsewhere() == []


@pytest.mark.parametrize(
    ("fault", "refused"),
    [
        ("truncated", SourceUnavailable),
        ("html_200", SourceUnavailable),
        ("500", SourceUnavailable),
        ("envelope_missing", SourceIncomplete),
        ("withdrawn_rows", SourceGrowing),
        ("404", ContractBroken),
    ],
)
@pytest.mark.parametrize("way", ["1.1", "1.2"])
def test_a_lasting_fault_is_an_error_and_never_an_incomplete_gradebook(
    at: AtGradebook, way: str, fault: str, refused: type[Exception]
) -> None:
    at.roster.sandbox.fault(fault, server=SERVER[way], path="/results", after=1, times=None)
    with pytest.raises(refused):
        at.fetch(way, page_rows=200)


def test_results_that_move_without_a_new_revision_are_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [result(number) for number in range(10)]
    asked = 0

    def give(name: str, limit: int, offset: int) -> Reply:
        nonlocal asked
        asked += 1
        held = {"results": rows if asked == 1 else rows[1:], "lineItems": [ITEM]}  # one goes after the first page
        return page(held.get(name, []), name, limit, offset, **{"x-perm-rev": "7"})

    book = _odd(tmp_path, monkeypatch, [], results=give, lineItems=give, categories=give)
    assert {row[1] for row in told_by(book)[1]} == {f"s{number:03}" for number in range(1, 10)}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("85.50", "85.50"),
        ("0.1", "0.1"),
        ("12345678901234567.89", "12345678901234567.89"),
        ("7", "7"),
        ("-0.0", "-0.0"),
        ("1e2", "100"),
        ("2.5E-3", "0.0025"),
        ("1e999", "1e999"),
        ("1e99999999999999999999", "1e99999999999999999999"),
        ("NaN", "NaN"),
        ('"9.5 "', "9.5 "),
        ('""', ""),
        ("null", ""),
    ],
)
def test_a_score_is_read_as_written_but_without_exponent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, read: str
) -> None:
    body = json.dumps({"results": [result(1, score="@")]}).replace('"@"', written).encode()

    def give(name: str, limit: int, offset: int) -> Reply:
        return Reply(body=body) if offset == 0 else page([], name, limit, offset)

    (row,) = rows_of(_odd(tmp_path, monkeypatch, [], results=give).scores)
    assert row["points"] == read


def test_tombstones_and_rows_that_refer_to_them_are_removed_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = ITEM | {"sourcedId": "L2", "status": "tobedeleted"}
    rows = [result(1), result(2, status="tobedeleted"), result(3, lineItem={"sourcedId": "L2"})]
    book = _odd(tmp_path, monkeypatch, rows, lineItems=lambda name, limit, at: page([gone, ITEM], name, limit, at))
    assert {row[0] for row in told_by(book)[0]} == {"L1"}
    assert {row[1] for row in told_by(book)[1]} == {"s001"}
    assert book.scores[0].facts.items() >= {"tombstones": 1, "gone_with_tombstones": 1}.items()
    assert book.activities[0].facts["tombstones"] == 1


def test_references_may_be_flat_and_a_due_date_at_midnight_is_a_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flat = {"sourcedId": "L1", "title": "T", "classSourcedId": "C1", "dueDate": "2026-10-01T21:30:00.000Z"}
    day = ITEM | {"sourcedId": "L2", "dueDate": "2026-10-01T00:00:00.000Z"}
    book = _odd(tmp_path, monkeypatch, [], lineItems=lambda name, limit, at: page([flat, day], name, limit, at))
    assert {(row["class_id"], row["due"]) for row in rows_of(book.activities)} == {
        ("C1", "2026-10-01T21:30:00.000Z"),
        ("C1", "2026-10-01"),
    }


def test_categories_can_be_switched_off_for_a_service_without_them(at: AtGradebook) -> None:
    at.roster.sandbox.fault("404", path="/categories", times=None)
    with pytest.raises(ContractBroken, match="categories: the service refused the request"):
        at.fetch()
    activities, scores = at.told(categories=False)
    assert {row[1] for row in activities} == {"assignment"}
    assert scores == shared(at.roster.sandbox.account)[1]


@pytest.mark.parametrize("way", WAYS)
def test_empty_lists_after_a_lost_permission_are_not_a_gradebook(at: AtGradebook, way: str) -> None:
    at.roster.sandbox.behave(oneroster_permitted=False)
    with pytest.raises(SourceIncomplete, match="0 line items and 0 results; nothing was changed"):
        at.fetch(way)


def test_no_results_are_refused_only_if_there_were_results_before(at: AtGradebook) -> None:
    before = at.fetch()
    at.roster.sandbox.fault("empty", path="/results", times=None)
    assert at.fetch().facts["records"]["results"] == 0
    with pytest.raises(SourceIncomplete, match="and 0 results"):
        at.fetch(last=Bookmark(before.facts, None, None))


@pytest.mark.parametrize("way", ["oauth1", "1.2"])
def test_a_gradebook_that_is_not_shared_is_refused(at: AtGradebook, way: str) -> None:
    at.roster.sandbox.behave(oneroster_gradebook=False)
    with pytest.raises(ContractBroken, match=r"status 404, unknownobject"):
        at.fetch(way)


def test_logs_have_counts_and_no_ids_or_scores(at: AtGradebook, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="pipelines"):
        fetched = at.fetch()
    log_text = "\n".join(record.getMessage() for record in caplog.records)
    assert f"results: {fetched.facts['records']['results']} records, complete" in log_text
    activities, scores = shared(at.roster.sandbox.account)
    assert not any(row[0] in log_text or row[3] in log_text for row in activities)
    assert not any(row[1] in log_text for row in scores)


def _odd(folder: Path, monkeypatch: pytest.MonkeyPatch, rows: list[dict[str, Any]], **given: Any) -> Any:
    """The book of a service with its own mind."""
    with answering(service(gradebook(rows), **given)) as vendor:
        connect(monkeypatch, vendor.url, "id", "secret")
        given_settings = settings(auth="client_credentials", page_rows=4).model_dump(exclude_unset=True)
        source = Settings.model_validate(given_settings)
        return classlink.understand(fetch(source, folder / "odd").files, source)
