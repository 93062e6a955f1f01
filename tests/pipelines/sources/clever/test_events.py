"""Fetches by events give the same roster as a full read, or cause a full read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import SourceIncomplete
from pipelines.http.client import Client
from pipelines.sources.clever.events import Changes, apply, read_changes, take_cursor
from pipelines.sources.clever.pages import records_of
from pipelines.sources.contract import Bookmark, ExtractResult
from tests.answering import Reply, answering, said
from tests.at_clever import AtClever, at_clever, judge, last_of, long_ago, rows, settings
from tests.delivery import roster

OURS = "6a0000000000000000000001"
STEMS = ("orgs", "academicSessions", "courses", "classes", "enrollments", "users", "roles")


def same(there: AtClever, one: ExtractResult, other: ExtractResult) -> bool:
    """Whether both make the same rows, in whatever order."""
    return all(_rows(there, one, stem) == _rows(there, other, stem) for stem in STEMS)


def _rows(there: AtClever, fetched: ExtractResult, stem: str) -> list[str]:
    found = rows(fetched, there.settings(), stem)
    return sorted(str({key: value for key, value in row.items() if key != "line"}) for row in found)


def event(key: str, kind: str, record: dict[str, Any], **beside: Any) -> dict[str, Any]:
    inside = {"object": record, "previous_attributes": {"name": {"first": "Old"}}}
    return {"data": {"id": key, "type": kind, "created": "x", "data": inside, **beside}, "uri": "x"}


def changes_of(*events: dict[str, Any], folder: Path) -> Changes:
    """What a feed of these events comes to."""
    with answering([said({"data": list(events), "links": []})]) as vendor, Client("clever", vendor.url) as api:
        changes = read_changes(api, None, folder)
    assert changes is not None
    return changes


def land(folder: Path, **parts: list[dict[str, Any]]) -> dict[str, Path]:
    files = {f"{name}-00001.json": folder / f"{name}.json" for name in parts}
    for name, path in files.items():
        path.write_text(json.dumps({"data": [{"data": one} for one in parts[name.partition("-")[0]]]}))
    return files


def applied(folder: Path, files: dict[str, Path], changes: Changes, **more: Any) -> dict[str, list[dict[str, Any]]]:
    """The records that the changes leave, by collection."""
    to = folder / "to"
    to.mkdir()
    pulled = apply(files, changes, settings(OURS, **more), to)
    return {name.partition("-")[0]: records_of(path) for name, path in sorted(pulled.files.items())}


def user(key: str, *roles: str, **more: Any) -> dict[str, Any]:
    return {"id": key, "name": {"first": "A", "last": "B"}, "roles": {role: {} for role in roles}} | more


@pytest.fixture(params=["inside", "beside"])
def busy(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[AtClever]:
    """A district whose events keep previous_attributes in either place."""
    with at_clever(monkeypatch, tmp_path, students=300, clever_previous=request.param) as there:
        yield there


def test_fetches_by_events_give_the_same_roster_as_full_reads(busy: AtClever) -> None:
    last = last_of(busy.fetch(events=True))
    assert last.facts["by"] == "full read"
    for _ in range(3):
        busy.sandbox.pass_night(percent=3)
        fetched = busy.fetch(last, events=True)
        assert fetched.facts["by"] == "events"
        assert fetched.facts["events"] > 3
        full = busy.fetch()
        assert fetched.facts["records"] == full.facts["records"]
        assert same(busy, fetched, full)
        assert roster(judge(fetched, busy.settings())) == roster(judge(full, busy.settings()))
        last = last_of(fetched, last)


def test_a_fetch_by_events_is_a_complete_and_repeatable_snapshot(there: AtClever) -> None:
    first = there.fetch(events=True)
    there.sandbox.pass_night(percent=3)
    fetched = there.fetch(last_of(first), events=True)
    parts = {name.partition("-")[0] for name in fetched.files}
    assert parts == {"schools", "terms", "courses", "sections", "users", "events"}
    again = there.fetch(last_of(first), events=True)
    assert [path.read_bytes() for path in fetched.files.values()] == [
        path.read_bytes() for path in again.files.values()
    ]


def test_a_fetch_without_events_is_unchanged_and_reads_no_collection(there: AtClever) -> None:
    first = there.fetch(events=True)
    there.sandbox.pass_night()
    second = there.fetch(last_of(first), events=True)
    there.sandbox.clear()
    third = there.fetch(last_of(second), events=True)
    assert third.unchanged
    assert third.files == {}
    assert third.facts["records"] == second.facts["records"]
    assert not any("limit=60" in path for path in there.sandbox.requests())
    there.sandbox.pass_night(percent=3)
    assert same(there, there.fetch(last_of(third, last_of(second)), events=True), there.fetch())


def test_the_cursor_is_taken_before_a_full_read(there: AtClever) -> None:
    there.sandbox.pass_night()
    there.sandbox.clear()
    there.fetch(events=True)
    asked = there.sandbox.requests("clever")
    assert asked[1] == "/v3.1/events?ending_before=last&limit=1"
    assert not any("limit=60" in path for path in asked[:2])


def test_changes_during_a_full_read_are_applied_by_the_next_events(there: AtClever) -> None:
    """The events of the time between cursor and read arrive again, and applying them twice changes nothing."""
    there.sandbox.pass_night(percent=3)
    first = there.fetch(events=True)
    before = there.sandbox.account.feed
    cursor = before[len(before) // 2].id
    fetched = there.fetch(last_of(first, cursor=cursor), events=True)
    assert fetched.facts["by"] == "events"
    assert same(there, fetched, there.fetch())


@pytest.mark.parametrize(
    "facts",
    [
        {"pulled_at": long_ago(days=29, hours=1)},
        {"pulled_at": "someday"},
        {"full_read_at": long_ago(days=6, hours=13)},
        {"feed": "another district, version or set of roles"},
        {"cursor": "6b00000000000000000000ff"},
    ],
    ids=["a gap of 29 days", "no time", "a week", "another filter", "a cursor that the feed has lost"],
)
def test_an_unusable_bookmark_causes_a_full_read(there: AtClever, facts: dict[str, str]) -> None:
    there.sandbox.pass_night()
    first = there.fetch(events=True)
    there.sandbox.pass_night()
    fetched = there.fetch(last_of(first, **facts), events=True)
    assert fetched.facts["by"] == "full read"
    assert same(there, fetched, there.fetch())


def test_a_missing_bookmark_snapshot_or_cursor_causes_a_full_read(there: AtClever) -> None:
    first = there.fetch()
    kept = last_of(there.fetch(events=True))
    for last in (None, last_of(first), Bookmark(kept.facts, None, None)):
        assert there.fetch(last, events=True).facts["by"] == "full read"


def test_an_incomplete_last_snapshot_causes_a_full_read(there: AtClever) -> None:
    @contextmanager
    def broken() -> Iterator[dict[str, Path]]:
        raise SourceIncomplete("a landed part can't be read")
        yield {}

    first = there.fetch(events=True)
    there.sandbox.pass_night(percent=3)
    fetched = there.fetch(Bookmark(first.facts, None, broken), events=True)
    assert fetched.facts["by"] == "full read"


def test_events_lost_while_the_feed_was_off_cause_a_full_read(there: AtClever) -> None:
    first = there.fetch(events=True)
    there.sandbox.behave(clever_events=False)
    there.sandbox.pass_night(percent=3, kinds=("add",))
    there.sandbox.behave(clever_events=True)
    fetched = there.fetch(last_of(first), events=True)
    assert fetched.facts["by"] == "full read"
    assert same(there, fetched, there.fetch())


def test_an_enrollment_changes_by_an_event_of_its_section(there: AtClever) -> None:
    there.sandbox.pass_night()
    first = there.fetch(events=True)
    there.sandbox.pass_night(percent=3)
    types = {one.type for one in there.sandbox.account.feed}
    assert "sections.updated" in types
    assert not any(kind.startswith("enrollments") for kind in types)
    fetched = there.fetch(last_of(first), events=True)
    assert _rows(there, fetched, "enrollments") != _rows(there, first, "enrollments")


def test_an_event_replaces_the_whole_record(tmp_path: Path) -> None:
    """An update leaves out what we may not see any more: keeping it would keep what was revoked."""
    files = land(tmp_path, users=[user("u1", "student", email="old@x.example", state_id="9"), user("u2", "student")])
    inside = changes_of(event("e1", "users.updated", {"id": "u1", "district": "d"}), folder=tmp_path)
    left = applied(tmp_path, files, inside)["users"]
    assert left == [{"id": "u1", "district": "d"}, user("u2", "student")]


def test_previous_attributes_of_an_event_are_not_read(tmp_path: Path) -> None:
    now = user("u1", "student", email="new@x.example")
    beside = event("e1", "users.updated", now, previous_attributes={"email": "old@x.example"})
    left = applied(tmp_path, land(tmp_path, users=[user("u1", "student")]), changes_of(beside, folder=tmp_path))
    assert left["users"] == [now]
    assert "Old" not in json.dumps(left)


def test_the_last_event_of_a_record_counts(tmp_path: Path) -> None:
    events = [
        event("e1", "users.deleted", user("u1", "student")),
        event("e2", "users.created", user("u1", "student", email="back@x.example")),
        event("e3", "users.created", user("u3", "teacher")),
        event("e4", "users.deleted", {"id": "u3"}),
        event("e5", "schools.deleted", {"id": "s1"}),
        event("e6", "districts.updated", {"id": "d"}),
    ]
    files = land(tmp_path, users=[user("u1", "student")], schools=[{"id": "s1"}])
    changes = changes_of(*events, folder=tmp_path)
    assert (changes.cursor, changes.events, changes.unclear) == ("e6", 6, False)
    assert applied(tmp_path, files, changes) == {"users": [user("u1", "student", email="back@x.example")]}


def test_a_user_is_removed_only_after_losing_every_role_that_is_read(tmp_path: Path) -> None:
    files = land(tmp_path, users=[user("u1", "teacher", "staff"), user("u2", "teacher")])
    one = event("e1", "users.updated", user("u1", "teacher"))
    other = event("e2", "users.updated", user("u2", "district_admin"))
    left = applied(tmp_path, files, changes_of(one, other, folder=tmp_path))["users"]
    assert [(record["id"], list(record["roles"])) for record in left] == [("u1", ["teacher"])]


def test_guardians_stay_in_contacts_and_only_if_contacts_are_read(tmp_path: Path) -> None:
    files = land(tmp_path, users=[user("u1", "student")], contacts=[user("c1", "contact")])
    changes = changes_of(event("e1", "users.created", user("c2", "contact")), folder=tmp_path)
    assert [one["id"] for one in applied(tmp_path, files, changes, contacts=True)["contacts"]] == ["c1", "c2"]
    (tmp_path / "to").rename(tmp_path / "before")
    assert set(applied(tmp_path, files, changes)) == {"users"}


def test_a_new_person_with_hidden_roles_is_not_a_user(tmp_path: Path) -> None:
    changes = changes_of(event("e1", "users.updated", {"id": "c1"}), folder=tmp_path)
    assert applied(tmp_path, land(tmp_path, users=[user("u1", "student")]), changes)["users"] == [user("u1", "student")]


@pytest.mark.parametrize(
    "strange",
    [
        event("e1", "students.updated", {"id": "u1"}),
        event("e1", "users.merged", {"id": "u1"}),
        event("e1", "users.updated", {}),
        {"data": {"id": "e1", "type": None, "data": None}},
    ],
)
def test_an_unknown_event_makes_the_changes_unclear(strange: dict[str, Any], tmp_path: Path) -> None:
    assert changes_of(strange, folder=tmp_path).unclear


def test_the_cursor_is_the_newest_events_id_or_none() -> None:
    newest = said({"data": [event("e9", "users.created", {"id": "u"})], "links": []})
    with answering([newest]) as vendor, Client("clever", vendor.url) as api:
        assert take_cursor(api) == "e9"
    with answering([said({"data": [], "links": []})]) as vendor, Client("clever", vendor.url) as api:
        assert take_cursor(api) is None


def test_a_cursor_that_clever_no_longer_knows_gives_no_changes(tmp_path: Path) -> None:
    with answering([Reply(404, b"{}")]) as vendor, Client("clever", vendor.url) as api:
        assert read_changes(api, "e1", tmp_path) is None
    assert [one.path for one in vendor.asked] == ["/events/e1"]
