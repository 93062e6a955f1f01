"""Holds under a real scheduler: in Required Actions; then approved, rejected or expired."""

from __future__ import annotations

import time
from typing import Any

import pytest

from sandbox import nights
from sandbox.demo import rest
from tests.airflow_town import AirflowTown, answer, dag_of, holds_dag_of, question
from tests.exported import assert_roster_is, rows
from tests.town import FIRST, Town, world

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

TASKS = ("brief", "decide", "apply", "ask")
WHY = "two sections were closed on purpose"


def night_that_leaves(airflow: AirflowTown, district_id: str, seed: int = 6) -> nights.Night:
    """Sync a first night, and a second night that would archive more than the limits allow."""
    town = airflow.district(district_id)
    town.deliver(world())
    assert airflow.sync(district_id, FIRST).status == "applied"
    rest.wait_for_dag(airflow.airflow, airflow.session, holds_dag_of(district_id))
    night = nights.evolve(world(), seed=seed, percent=30, kinds=("drop", "rename"))
    town.deliver(night.world)
    held = airflow.trigger(district_id, as_of=night.world.as_of.isoformat())
    assert held.state == "success"
    assert set(held.tasks.values()) == {
        "success"
    }  # the part within the limits is applied, and the approval request is open
    return night


@pytest.fixture(scope="module", autouse=True)
def unanswered(airflow: AirflowTown) -> list[tuple[Any, ...]]:
    """Return a roster with an open approval request, which expires while the other tests run."""
    night_that_leaves(airflow, "held_unanswered")
    town = airflow.district("held_unanswered")
    assert {status for status, *_ in held_by(town)} == {"open"}
    return roster_of(town)


def held_by(town: Town) -> list[tuple[Any, ...]]:
    """Return the district's holds: status, who decided, why, and whether a run applied them."""
    return town.ask(
        "select distinct status, decided_by, why, applied_by is not null from runs.holds where district_id = %s",
        town.district_id,
    )


def departed(town: Town) -> int:
    count: int = town.one(
        "select count(*) from roster.users where district_id = %s and status = 'archived'", town.district_id
    )
    return count


def test_held_changes_are_in_required_actions_and_applied_after_approval(airflow: AirflowTown) -> None:
    night = night_that_leaves(airflow, "held_approved")
    town = airflow.district("held_approved")
    before = departed(town)
    asked = question(airflow, "held_approved")
    for needed in ("| hold | school |", "users | archive", "enrollments | archive", "rollbook plan show --run"):
        assert needed in asked["body"]
    people = {row[name] for row in rows(world()) for name in ("student_id", "student_last", "student_email")}
    assert [one for one in people if one and one in f"{asked['subject']} {asked['body']}"] == []

    ended = answer(airflow, asked, "Approve", why=WHY)
    assert (ended.state, ended.tasks) == ("success", dict.fromkeys(TASKS, "success") | {"ask": "skipped"})
    assert departed(town) > before
    assert_roster_is(town, night.world)
    assert held_by(town) == [("approved", "admin", WHY, True)]
    decided = town.ask(
        "select choice, decided_by, details->>'why' from runs.decisions where district_id = %s", town.district_id
    )
    assert decided == [("approve", "admin", WHY)]
    events = airflow.ask("GET", "/assets/events", params={"source_dag_id": holds_dag_of("held_approved")})
    assert [event["extra"]["as_of"] for event in events["asset_events"]] == [night.world.as_of.isoformat()]


def test_rejected_changes_leave_the_roster_unchanged(airflow: AirflowTown) -> None:
    night_that_leaves(airflow, "held_rejected")
    town = airflow.district("held_rejected")
    before = roster_of(town)
    ended = answer(airflow, question(airflow, "held_rejected"), "Reject")
    assert (ended.state, ended.tasks["apply"]) == ("success", "skipped")
    assert roster_of(town) == before
    assert held_by(town) == [("rejected", "admin", None, False)]
    assert town.ask("select choice from runs.decisions where district_id = %s", town.district_id) == [("reject",)]


def test_after_a_partial_approval_the_rest_is_requested_again_until_a_newer_run(
    airflow: AirflowTown,
) -> None:
    night = night_that_leaves(airflow, "held_in_part")
    town = airflow.district("held_in_part")
    first = question(airflow, "held_in_part")
    one = town.one("select min(hold_n) from runs.holds where district_id = 'held_in_part' and entity = 'enrollments'")
    ended = answer(airflow, first, "Approve", holds=[str(one)])
    assert (ended.state, ended.tasks["ask"]) == ("success", "success")
    again = question(airflow, "held_in_part")
    assert f"| {one} |" not in again["body"]

    newer = nights.evolve(night.world, seed=9, percent=1, kinds=("rename",))
    town.deliver(world(as_of=newer.world.as_of))  # all people are delivered again
    assert airflow.sync("held_in_part", newer.world.as_of).status == "applied"
    before = roster_of(town)
    too_late = answer(airflow, again, "Approve")
    assert (too_late.state, too_late.tasks["apply"]) == ("failed", "failed")
    assert "STALE_PLAN" in rest.error_of(airflow.airflow, airflow.session, too_late)
    assert roster_of(town) == before
    assert {status for status, *_ in held_by(town)} == {"approved", "stale"}


def test_an_approval_request_without_a_response_expires_and_nothing_is_applied(
    airflow: AirflowTown, unanswered: list[tuple[Any, ...]]
) -> None:
    town = airflow.district("held_unanswered")
    dag_id = holds_dag_of("held_unanswered")
    deadline = time.monotonic() + 120
    while not (begun := airflow.ask("GET", f"/dags/{dag_id}/dagRuns")["dag_runs"]):
        assert time.monotonic() < deadline
        time.sleep(0.5)
    ended = rest.wait_for_run(airflow.airflow, airflow.session, dag_id, begun[0]["dag_run_id"], 180)
    assert (ended.state, ended.tasks["decide"], ended.tasks["apply"]) == ("success", "skipped", "skipped")
    assert roster_of(town) == unanswered
    assert held_by(town) == [("expired", None, None, False)]


def roster_of(town: Town) -> list[tuple[Any, ...]]:
    """Return the people and enrollments of this district only: other districts change meanwhile."""
    return town.ask(
        """
        select 'users', user_id::text, '', status, run_id from roster.users where district_id = %(district)s
        union all
        select 'enrollments', user_id::text, class_id::text, status, run_id from roster.enrollments
        where district_id = %(district)s
        order by 1, 2, 3
        """.replace("%(district)s", "%s"),
        town.district_id,
        town.district_id,
    )


def test_an_open_approval_request_blocks_no_nightly_run(airflow: AirflowTown) -> None:
    """After the tests above some requests are open, and no nightly DAG has a running run."""
    for district_id in ("held_approved", "held_rejected", "held_in_part", "held_unanswered"):
        under_way = airflow.ask("GET", f"/dags/{dag_of(district_id)}/dagRuns", params={"state": "running"})
        assert under_way["dag_runs"] == []
