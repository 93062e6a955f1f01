"""Holds in a browser, from Airflow's Required Actions to the roster that an approval changed."""

from __future__ import annotations

import time
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.airflow_town import AirflowTown
from tests.browser import Person, faults, heading, reloaded
from tests.paged import ROSTER, Nights

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

WHY = "two sections were closed on purpose"


def test_the_approval_request_in_required_actions_links_to_the_holds_page(me: Person, nights: Nights) -> None:
    page = me.open("/required_actions")
    page.get_by_role("link", name="changes need approval").first.click()
    link = page.get_by_role("link", name="The changes row by row, old and new")
    expect(link).to_be_visible()
    me.picture("required-actions", height=900)
    page.goto(str(link.get_attribute("href")))
    heading(page, "Holds")
    page.get_by_role("link", name="archive enrollments: see the rows").first.click()
    heading(page, "Enrollments: archive")


def test_one_hold_is_approved_with_a_reason_the_rest_rejected_and_the_page_shows_both(
    me: Person, airflow: AirflowTown, nights: Nights
) -> None:
    page = me.open("/")
    page.get_by_role("button", name="Browse").click()
    page.get_by_role("menuitem", name="Rollbook").click()
    me.frame.get_by_role("link", name=ROSTER.title()).click()
    heading(me.frame, ROSTER.title())
    me.picture("pages-district")
    me.frame.get_by_role("link", name="holds need approval").click()
    heading(me.frame, "Changes that need approval")  # the page before has a link of the run's number, too
    me.frame.get_by_role("link", name=str(nights.held_run), exact=True).click()
    heading(me.frame, "Holds")
    await_question(me)
    assert faults(me.in_frame()) == []
    me.picture("pages-holds")
    before, holds = active(airflow), me.frame.get_by_role("checkbox")
    planned = {hold: count for hold, count, _ in held(airflow)}
    chosen, *rest = planned
    for hold in rest:
        me.frame.get_by_role("checkbox", name=str(hold)).uncheck()
    expect(holds.nth(0)).to_be_checked()
    me.frame.get_by_label("Reason").fill(WHY)
    me.frame.get_by_role("button", name="Approve the ticked holds").click()
    expect(me.frame.get_by_role("status")).to_contain_text("Approved. Airflow applies the changes")

    told = reloaded(me, lambda: row_of(me, chosen).get_by_role("link", name="run ").count() > 0)
    assert told, held(airflow)
    expect(row_of(me, chosen)).to_contain_text("approved")
    expect(row_of(me, chosen)).to_contain_text(f"admin, {time.strftime('%Y-')}")
    expect(row_of(me, chosen)).to_contain_text(WHY)
    assert active(airflow) == before - planned[chosen]
    await_question(me)
    me.frame.get_by_role("button", name="Reject the ticked holds").click()
    expect(me.frame.get_by_role("status")).to_contain_text("Rejected. The roster stays as it is")
    assert reloaded(me, lambda: row_of(me, rest[0]).get_by_text("rejected").count() > 0), held(airflow)
    assert active(airflow) == before - planned[chosen]
    assert [(hold, status) for hold, _, status in held(airflow)] == [
        (chosen, "approved"),
        *((hold, "rejected") for hold in rest),
    ]


def row_of(me: Person, hold: int) -> Any:
    """A hold's row on the page."""
    return me.frame.get_by_role("table", name="Holds").locator("tbody tr").nth(hold - 1)


def await_question(me: Person) -> None:
    """Wait until Airflow asks, and a moment longer, as people do: Airflow loses an answer in the very second."""
    assert reloaded(me, lambda: me.frame.get_by_role("button", name="Approve the ticked holds").count() > 0)
    time.sleep(3)


def held(airflow: AirflowTown) -> list[tuple[int, int, str]]:
    """The district's holds in order: number, changes, status."""
    return airflow.district(ROSTER).ask(
        "select hold_n, planned, status from runs.holds where district_id = %s order by hold_n", ROSTER
    )


def active(airflow: AirflowTown) -> int:
    """How many people sit in classes of the roster."""
    count: int = airflow.district(ROSTER).one(
        "select count(*) from roster.enrollments where district_id = %s and status = 'active'", ROSTER
    )
    return count
