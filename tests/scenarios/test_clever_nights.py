"""Whole runs of a district at Clever: full reads, unchanged, by events, and after the district disconnected."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.at_clever import CONNECTION, HURRIED, AtClever, at_clever
from tests.town import FIRST, Told, Town


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[AtClever]:
    with at_clever(monkeypatch, tmp_path) as district:
        yield district


def settle(town: Town, there: AtClever, **more: Any) -> None:
    source = {"kind": "clever", "connection": CONNECTION, "clever_district_id": there.office.district}
    town.settle(sources=[source | {"retry_policy": HURRIED, "page_rows": 60} | more])


def night(town: Town, number: int) -> Told:
    return town.sync(FIRST + timedelta(days=number))


def pulled(town: Town) -> str:
    return str(town.one("select facts -> 'pull' ->> 'by' from runs.imports order by run_id desc limit 1"))


def test_pulls_by_events_give_the_same_roster_as_full_reads(town: Town, there: AtClever) -> None:
    settle(town, there, events=True)
    assert night(town, 0).status == "applied"
    assert night(town, 1).status == "unchanged"
    expected = there.sandbox.pass_night(percent=3)["expected"]
    second = night(town, 2)
    assert second.status == "applied"
    assert pulled(town) == "events"
    assert second.planned["users", "create"] == expected["users create"] > 0
    assert second.planned["users", "archive"] == expected["users archive"] > 0
    settle(town, there)
    third = night(town, 3)
    assert pulled(town) == "full read"
    assert third.planned == {}


def test_a_district_that_has_disconnected_keeps_its_roster(town: Town, there: AtClever) -> None:
    settle(town, there)
    assert night(town, 0).status == "applied"
    before = town.dump("roster", "history")
    there.sandbox.behave(clever_authorized=False)
    stopped = night(town, 1)
    assert (stopped.status, stopped.code) == ("stopped", "CREDENTIALS_REFUSED")
    assert "disconnected" in str(stopped.error)
    there.sandbox.behave(clever_authorized=True)
    there.sandbox.fault("empty", path="/users", times=None)
    assert night(town, 2).code == "SOURCE_INCOMPLETE"
    there.sandbox.fault("500", path="/sections", times=None)
    assert night(town, 3).status == "failed"
    assert town.dump("roster", "history") == before


def test_a_deleted_person_is_archived_and_keeps_their_id_when_reactivated(town: Town, there: AtClever) -> None:
    settle(town, there, events=True)
    night(town, 0)
    ids = "select user_id from roster.users where status = 'active' order by user_id"
    everybody = town.ask(ids)
    there.sandbox.pass_night(percent=3, kinds=("drop",))
    gone = night(town, 1).planned["users", "archive"]
    assert len(town.ask(ids)) == len(everybody) - gone < len(everybody)
    there.sandbox.pass_night(percent=3, kinds=("return",))
    assert night(town, 2).planned["users", "reactivate"] == gone
    assert town.ask(ids) == everybody


def test_a_person_whom_a_section_names_is_not_archived_if_absent_from_the_users(town: Town, there: AtClever) -> None:
    settle(town, there)
    night(town, 0)
    before = town.dump("roster", "history")
    there.sandbox.behave(withdrawn_users=5)
    second = night(town, 1)
    assert (second.status, second.planned) == ("applied", {})
    assert second.counts["found.UNKNOWN_USER"] >= 5
    assert town.dump("roster", "history") == before


def test_a_district_paused_at_clever_is_synced_with_a_warning_in_the_report(town: Town, there: AtClever) -> None:
    settle(town, there)
    there.sandbox.behave(clever_state="paused")
    first = night(town, 0)
    assert first.status == "applied"
    page = (town.folder / "reports" / town.district_id / f"run-{first.run_id}" / "report.md").read_text(
        encoding="utf-8"
    )
    assert "warnings: the district is paused at Clever: its data do not change" in page
