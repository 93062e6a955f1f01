"""Rollbook's pages in Airflow's UI, used with a mouse, with the keyboard only, and in the dark theme."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.airflow_town import AirflowTown, dag_of
from tests.browser import Person, faults, heading, reloaded
from tests.paged import GRADES, ROSTER, Nights, Shown

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def test_a_failed_task_links_to_its_findings_their_lines_and_back_to_the_run(me: Person, nights: Nights) -> None:
    run = nights.failed.dag_run_id
    page = me.open(f"/dags/{dag_of(ROSTER)}/runs")
    page.locator(f'table a[href*="/runs/{run}"]').first.click()
    page.locator(f'table a[href$="/runs/{run}/tasks/stage"]').click()
    # Airflow shows the log once it has the task; a click before that is overtaken by it.
    expect(page.get_by_text("AirflowFailException: EXPECTATION_FAILED").first).to_be_visible()
    page.locator('a[href$="/tasks/stage/details"]').click()
    page.get_by_role("link", name="Failed validations", exact=True).click()
    page.wait_for_url("**/tasks/stage/plugin/rollbook-task")
    heading(me.frame, "Validations")
    expect(me.frame.get_by_text(re.compile("EXPECTATION_FAILED"))).to_be_visible()
    expect(me.frame.locator("p.call")).to_contain_text("quarantined_percent")
    first = me.frame.get_by_role("table", name="What was found").locator("tbody tr").first
    expect(first).to_contain_text("the line has more or fewer fields than the header")
    expect(first).to_contain_text("export script owner: quote fields that contain the delimiter")
    me.picture("pages-validations", height=780)

    first.get_by_role("link", name="See the lines of RAGGED_LINE").click()
    heading(me.frame, "Quarantined lines")
    lines = me.frame.get_by_role("table", name="Quarantined lines").locator("tbody tr")
    expect(lines).to_have_count(50)
    expect(lines.first).to_contain_text("Jr.")
    me.frame.get_by_role("link", name="Next").click()
    expect(me.frame.get_by_text("51 to 100 of ")).to_be_visible()
    me.frame.get_by_role("link", name="Run in Airflow").click()
    page.wait_for_url(f"**/runs/{run}")
    expect(page.get_by_role("link", name="stage").last).to_be_visible()


def test_a_class_shows_each_scores_state_and_explains_it_by_mouse_and_by_keyboard(me: Person, graded: Shown) -> None:
    page = me.read(f"/{GRADES}/grades")
    page.get_by_role("table").get_by_role("link").first.click()
    grid = page.get_by_role("table", name="Students and Canvas assignments")
    expect(grid).to_be_visible()
    assert page.url.endswith(graded.class_id)
    for state in ("synced", "not synced yet", "not found in Canvas", "not synced: error"):
        expect(grid.get_by_role("img", name=state).first).to_be_visible()
    cell = grid.get_by_role("img", name="not found in Canvas").first
    tip = page.locator(f"#{cell.get_attribute('aria-describedby')}")
    expect(tip).to_be_hidden()
    cell.hover()
    expect(tip).to_be_visible()
    expect(tip).to_contain_text("may have dropped the course")
    me.picture("pages-grid")
    page.mouse.move(0, 0)
    expect(tip).to_be_hidden()
    cell.focus()
    expect(tip).to_be_visible()
    expect(tip).to_contain_text("Instructor: if the student dropped the course, nothing")
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    everything = grid.get_by_role("img").last
    everything.focus()
    last = page.locator(f"#{everything.get_attribute('aria-describedby')}")
    expect(last).to_be_in_viewport(ratio=1)


def test_imports_can_be_searched_and_a_plan_shows_old_and_new_values(me: Person, nights: Nights) -> None:
    page = me.read(f"/{ROSTER}/imports")
    rows = page.get_by_role("table", name="Imports").locator("tbody tr")
    everything = rows.count()
    assert everything > 5
    me.picture("pages-imports")
    page.get_by_label("Search").fill("2026-09-03")
    page.get_by_role("button", name="Show").click()
    expect(rows).to_have_count(1)
    page.get_by_label("Search").fill("")
    page.get_by_label("Status").select_option("received")
    page.get_by_role("button", name="Show").click()
    expect(rows).to_have_count(1)  # the night that a promise stopped
    page.get_by_role("link", name=str(nights.failed_run), exact=True).click()
    heading(page, f"Run {nights.failed_run} for ")

    page = me.read(f"/{ROSTER}/runs/{nights.held_run}/plan")
    me.picture("pages-plan")
    page.get_by_role("link", name="students by grade").click()
    page.get_by_role("combobox", name="Change").select_option("update")
    page.get_by_role("button", name="Show").click()
    heading(page, "Students: update")
    first = page.get_by_role("table", name="Changes").locator("tbody tr").first
    expect(first.get_by_text("family_name: ").or_(first.get_by_text("name: ")).first).to_be_visible()
    me.picture("pages-changes", height=600)
    who = first.get_by_role("link")
    name = who.inner_text()
    who.click()
    heading(page, name)


def test_the_directory_leads_from_a_school_to_a_past_class_and_a_person(
    me: Person, airflow: AirflowTown, nights: Nights
) -> None:
    page = me.read(f"/{ROSTER}")
    page.get_by_role("table", name="Schools").get_by_role("link").first.click()
    expect(page.get_by_role("table", name="Classes")).to_be_visible()
    page.get_by_role("link", name="Students by grade").click()
    people = page.get_by_role("table", name="People").locator("tbody tr")
    expect(people.first).to_contain_text("synced from sis_file")
    grade = people.last.locator("td").nth(2).inner_text()
    page.get_by_role("combobox", name="Grade").select_option(grade)
    page.get_by_role("button", name="Show").click()
    page.wait_for_url(f"**grade={grade}**")
    assert {row.locator("td").nth(2).inner_text() for row in people.all()} == {grade}
    me.picture("pages-people", height=620)
    name = people.first.get_by_role("link").inner_text()
    people.first.get_by_role("link").click()
    heading(page, name)
    page.get_by_role("table", name="Classes").get_by_role("link").first.click()
    members = page.get_by_role("table", name="Members")
    expect(members).to_contain_text(name)
    page.get_by_label("Members on").fill("2026-01-01")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("Nobody was in the class on 2026-01-01.")).to_be_visible()
    page.get_by_role("link", name="The class now").click()
    expect(members).to_contain_text(name)


def test_a_self_check_is_started_from_its_page_and_its_result_is_shown(
    me: Person, airflow: AirflowTown, nights: Nights
) -> None:
    today = datetime.now(UTC).date()
    for as_of in (today - timedelta(days=1), today):  # whichever it is in the district
        airflow.district(ROSTER).deliver(replace(nights.held_night.world, as_of=as_of))
    me.open(f"/dags/{dag_of(ROSTER)}/plugin/rollbook-district")
    me.frame.get_by_role("link", name="Self-check").click()
    me.frame.get_by_role("button", name="Check now").click()
    expect(me.frame.get_by_role("status")).to_contain_text("Airflow is checking")
    assert reloaded(me, lambda: me.frame.get_by_role("table", name="Checks").count() > 0)
    me.frame.get_by_role("link", name="Self-check").click()
    expect(me.frame.get_by_role("status")).to_have_count(0)
    expect(me.frame.get_by_role("heading", name="Launch, in this order")).to_be_visible()
    me.picture("pages-check")


def test_the_pages_follow_airflows_dark_theme_at_once(me: Person) -> None:
    page = me.open(f"/dags/{dag_of(ROSTER)}/plugin/rollbook-district")
    heading(me.frame, ROSTER.title())
    root = me.frame.locator("html")
    expect(root).to_have_attribute("data-theme", "light")
    page.get_by_role("button", name="User").click()
    page.get_by_role("menuitem", name="Appearance").click()
    page.get_by_role("menuitemradio", name="Dark").click()
    expect(root).to_have_attribute("data-theme", "dark")
    expect(me.frame.locator("body")).to_have_css("background-color", "rgb(17, 22, 29)")
    assert faults(me.in_frame()) == []


def test_everything_is_reachable_by_keyboard_with_visible_focus(me: Person, nights: Nights, graded: Shown) -> None:
    here = f"/{ROSTER}/runs/{nights.failed_run}"
    for path in (f"/{ROSTER}/imports", f"{here}/validations", f"/{GRADES}/grades/{graded.class_id}"):
        page = me.read(path)
        wanted = page.evaluate(_NUMBER)
        reached = []
        for _ in range(wanted):
            page.keyboard.press("Tab")
            reached.append(page.evaluate(_WHERE))
        assert [one["number"] for one in reached] == list(range(wanted)), path
        assert [one for one in reached if not (one["outlined"] and one["seen"])] == [], path


# What can be pressed, followed or scrolled, numbered in order; and where the focus is, and whether that can be seen.
_NUMBER = """() => {
  const all = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")];
  const there = all.filter((one) => one.checkVisibility() && one.type !== "hidden");
  there.forEach((one, number) => { one.dataset.number = number; });
  return there.length;
}"""
_WHERE = """() => {
  const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
  return {
    number: Number(one.dataset.number), html: one.outerHTML.slice(0, 80),
    outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    seen: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  };
}"""
