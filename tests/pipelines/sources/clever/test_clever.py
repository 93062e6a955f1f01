"""Whole pulls from a sandbox that behaves like Clever: a complete set or an error, never an incomplete roster."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from pipelines.errors import Retry, SettingsInvalid, SourceIncomplete, SourceUnavailable
from pipelines.settings import SourceSettings
from pipelines.sources import clever, configured
from pipelines.sources.contract import ExtractResult
from tests.at_clever import AtClever, at_clever, ids, judge, last_of, rows
from tests.delivery import found, refused


def test_a_pull_brings_the_whole_district_and_every_row_is_accepted(there: AtClever) -> None:
    fetched, source = there.fetch(), there.settings()
    judged = judge(fetched, source)
    assert judged.counts["accepted"] == judged.counts["received"] > 1000
    assert set(ids(fetched, source, "users")) == there.people()
    world = there.sandbox.account.world
    assert judged.accepted["classes"].num_rows == len(world.classes)
    assert judged.accepted["schools"].num_rows == len(world.schools)
    seats = int((world.enrolled >= 0).sum()) + int((world.classes[["teacher", "co_teacher"]] >= 0).sum().sum())
    assert judged.accepted["enrollments"].num_rows == seats
    assert clever.prove_whole(fetched, source, last_of(fetched)) == {"pages": len(fetched.files)}


def test_version_3_0_gives_the_same_roster(there: AtClever) -> None:
    newer, older = there.fetch(), there.fetch(version="v3.0")
    source = there.settings()
    for stem in ("orgs", "academicSessions", "courses", "classes", "enrollments", "users", "roles"):
        assert rows(older, source, stem) == rows(newer, source, stem)
    assert all(path.startswith(("/v3.", "/oauth/")) for path in there.sandbox.requests())


def test_the_same_content_gives_the_same_parts(there: AtClever) -> None:
    first, second = there.fetch(), there.fetch()
    assert {name: path.read_bytes() for name, path in first.files.items()} == {
        name: path.read_bytes() for name, path in second.files.items()
    }


@pytest.mark.parametrize("page_rows", [1, 10, 150, 10_000])
def test_a_full_last_page_is_followed_to_the_empty_page(there: AtClever, page_rows: int) -> None:
    """150 students: with 10 or 150 on a page the last page is full, and says that there is more."""
    if page_rows == 1:
        there.sandbox.share([there.sandbox.account.world.schools["school_id"].iloc[0]])
    fetched = there.fetch(page_rows=page_rows)
    assert set(ids(fetched, there.settings(), "users")) == there.people()


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("429", "role=student"),
        ("500", "/sections"),
        ("502", "/districts"),
        ("503", "/oauth/tokens"),
        ("html_200", "role=student"),
        ("html_500", "count=true"),
        ("truncated", "/sections"),
    ],
)
def test_a_temporary_fault_at_clever_loses_no_record(there: AtClever, name: str, path: str) -> None:
    there.sandbox.fault(name, path=path, seconds=0)
    fetched = there.fetch()
    assert fetched.facts["records"]["users-student"] == 150
    assert set(ids(fetched, there.settings(), "users")) == there.people()


@pytest.mark.parametrize("name", ["500", "html_200", "html_500", "truncated", "timeout", "slow"])
def test_a_lasting_outage_at_clever_raises_retry(there: AtClever, name: str) -> None:
    there.sandbox.fault(name, path="role=student", times=None, bytes=1, seconds=0.5)
    with pytest.raises(Retry):
        there.fetch(retry_policy={"attempts": 2, "backoff_seconds": 0.01, "silent_seconds": 0.4, "body_seconds": 0.4})


@pytest.mark.parametrize("name", ["envelope_missing", "missing_headers", "wrong_host_next", "redirect"])
def test_a_malformed_or_redirected_list_is_refused(there: AtClever, name: str) -> None:
    there.sandbox.fault(name, path="role=student&limit", times=None)
    with pytest.raises(SourceIncomplete):
        there.fetch()
    assert there.sandbox.elsewhere() == []


@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_collection_with_an_empty_page_is_read_again(there: AtClever, after: int) -> None:
    there.sandbox.fault("empty", path="role=student&limit", after=after)
    assert set(ids(there.fetch(), there.settings(), "users")) == there.people()


def test_a_collection_that_stays_below_clevers_count_is_refused(there: AtClever) -> None:
    there.sandbox.fault("empty", path="role=student&limit", after=1, times=None)
    with pytest.raises(SourceIncomplete, match="fewer records of users-student than it counts"):
        there.fetch()


@pytest.mark.parametrize("name", ["duplicate_rows", "inserted_rows", "next_past_end", "clamped_limit"])
def test_shifting_pages_lose_and_repeat_no_record(there: AtClever, name: str) -> None:
    there.sandbox.fault(name, path="role=student&limit", after=1, times=None, limit=7)
    arrived = ids(there.fetch(), there.settings(), "users")
    assert len(arrived) == len(set(arrived))
    assert set(arrived) == there.people()


def test_a_withdrawal_during_a_read_loses_no_other_record(there: AtClever) -> None:
    there.sandbox.fault("withdrawn_rows", path="role=student&limit", after=1)
    leaving = {str(there.office.students[0])} | {min(str(one) for one in there.office.students)}
    assert there.people() - set(ids(there.fetch(), there.settings(), "users")) <= leaving


def test_only_the_enrollments_of_users_who_are_not_shared_are_quarantined(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with at_clever(monkeypatch, tmp_path, withdrawn_users=3) as there:
        fetched, source = there.fetch(), there.settings()
        judged = judge(fetched, source)
    assert set(refused(judged).values()) == {"UNKNOWN_USER"}
    gone = {str(one) for one in there.office.students[:3]}
    dangling = [row for row in rows(fetched, source, "enrollments") if row["userSourcedId"] in gone]
    assert judged.counts["quarantined"] == len(dangling) > 3
    assert judged.accepted["classes"].num_rows == len(there.sandbox.account.world.classes)


def test_a_section_whose_teacher_is_null_is_accepted_with_a_warning(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with at_clever(monkeypatch, tmp_path, classes_without_teacher=4) as there:
        judged = judge(there.fetch(), there.settings())
    assert judged.counts["quarantined"] == 0
    assert found(judged, "CLASS_WITHOUT_TEACHER") == {"sourcedId": 4}


@pytest.mark.parametrize("dates", ["date", "datetime"])
def test_dates_and_timestamps_give_the_same_days(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, dates: str) -> None:
    with at_clever(monkeypatch, tmp_path, clever_dates=dates, students=30) as there:
        fetched = judge(there.fetch(), there.settings()).accepted["terms"]
        world = there.sandbox.account.world
    used = {(term.begins, term.ends) for term in world.terms.itertuples()}
    assert {(str(row["begin_date"]), str(row["end_date"])) for row in fetched.to_pylist()} <= used


def test_guardians_are_landed_only_by_the_settings_and_never_become_users(there: AtClever) -> None:
    without = there.fetch()
    assert "contacts" not in without.facts["records"]
    assert not any("role=contact" in path for path in there.sandbox.requests())
    with_them, source = there.fetch(contacts=True), there.settings(contacts=True)
    assert with_them.facts["records"]["contacts"] > 10
    assert rows(with_them, source, "users") == rows(without, source, "users")
    assert any(name.startswith("contacts-") for name in with_them.files)


def test_district_administrators_are_not_requested(there: AtClever) -> None:
    there.fetch()
    assert not any("district_admin" in path for path in there.sandbox.requests())


def test_a_pull_without_users_is_refused(there: AtClever) -> None:
    there.sandbox.fault("empty", path="/users", times=None)
    fetched = there.fetch()
    with pytest.raises(SourceIncomplete, match="0 users"):
        clever.prove_whole(fetched, there.settings(), None)


def test_a_pull_that_lost_most_schools_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with at_clever(monkeypatch, tmp_path, students=2400) as there:
        first = there.fetch(page_rows=10_000)
        schools = there.sandbox.account.world.schools["school_id"]
        assert len(schools) > 2
        there.sandbox.share([schools.iloc[0]])
        with pytest.raises(SourceIncomplete, match="far fewer"):
            clever.prove_whole(there.fetch(page_rows=10_000), there.settings(), last_of(first))


def test_a_role_without_records_is_named_in_the_refusal(there: AtClever) -> None:
    fetched, source = there.fetch(), there.settings()
    records = {**fetched.facts["records"], "users-teacher": 0}
    short = ExtractResult(fetched.files, {"records": records})
    with pytest.raises(SourceIncomplete, match="users-teacher"):
        clever.prove_whole(short, source, last_of(fetched))
    lenient = there.settings(completeness={"shrink_percent": 100})
    assert clever.prove_whole(short, lenient, last_of(fetched))


def test_fewer_courses_and_terms_are_accepted(there: AtClever) -> None:
    fetched = there.fetch()
    records = {**fetched.facts["records"], "terms": 0, "courses": 1}
    assert clever.prove_whole(ExtractResult({}, {"records": records}), there.settings(), last_of(fetched))


def test_facts_and_logs_have_counts_and_no_value_of_a_row(there: AtClever, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    fetched = there.fetch()
    assert fetched.facts["requests"] >= 20
    assert fetched.facts["seconds"] > 0
    shown = str(fetched.facts) + "".join(record.getMessage() for record in caplog.records)
    names = rows(fetched, there.settings(), "users")
    assert "users-student: 150 records" in shown
    assert not [row for row in names if row["familyName"] in shown or row["sourcedId"] in shown]


def test_unknown_settings_and_values_of_clever_are_refused() -> None:
    given = {"kind": "clever", "connection": "c", "clever_district_id": "6a0000000000000000000001"}
    assert configured(SourceSettings.model_validate(given)).version == "v3.0"
    for wrong in ({"events": "weekly"}, {"page_rows": 20_000}, {"clever_district_id": "x"}, {"evnts": True}):
        with pytest.raises(SettingsInvalid):
            configured(SourceSettings.model_validate(given | wrong))
    with pytest.raises(SettingsInvalid):
        configured(SourceSettings.model_validate(given | {"retry_policy": {"attemps": 1}}))


def test_an_outage_of_one_collection_stops_the_others_early(there: AtClever) -> None:
    there.sandbox.fault("500", path="/schools", times=None)
    with pytest.raises(SourceUnavailable):
        there.fetch(page_rows=1)
    assert len(there.sandbox.requests("clever")) < 150
