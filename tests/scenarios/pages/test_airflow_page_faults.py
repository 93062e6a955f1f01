"""No page has an accessibility fault, runs a delivered script or formula, or loads anything from another host."""

from __future__ import annotations

import csv
import io

import pytest

from tests.airflow_town import AirflowTown
from tests.browser import PHONE, WIDE, Person, faults, scrolls_sideways
from tests.paged import ATTACKS, FORMULAS, HOSTILE, IMAGE, ROSTER, SCRIPT, Nights, Shown, addresses
from tests.pages_asked import ids_in

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

CONTRAST = "color-contrast"


def test_no_page_has_an_accessibility_fault_in_any_theme_or_on_a_phone(
    me: Person, airflow: AirflowTown, nights: Nights, graded: Shown
) -> None:
    """The browser's other complaints, of errors, our policy and other hosts, are heard by `person`."""
    ids = ids_in(airflow.district(ROSTER))
    with_plan = addresses(Shown(ROSTER, (nights.held_run,), 0, ids["class_id"], ids))
    paths = [path for path in with_plan if "/grades" not in path]
    paths += [path for path in addresses(graded) if "/changes" not in path and path not in paths]
    paths += [f"/{ROSTER}/runs/{nights.failed_run}{part}" for part in ("", "/validations", "/rows")]
    assert len(paths) > 30
    assert {path: found for path in paths if (found := barriers(me, path))} == {}


def barriers(me: Person, path: str) -> list[str]:
    """What is in the way: of colours in either light, of everything else on either screen."""
    page = me.read(path)
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    found = ["phone: wider than the screen"] if scrolls_sideways(page) else []
    page.evaluate(_SHORTEN)
    found += [f"phone: {fault}" for fault in faults(page, but=CONTRAST)]
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    found += [f"wide: {fault}" for fault in faults(page)]
    page.emulate_media(color_scheme="dark")
    found += [f"dark: {fault}" for fault in faults(page, only=CONTRAST)]
    page.emulate_media(color_scheme="light")
    return found


# Fifty rows of one kind take axe half a minute, and tell what a dozen do.
_SHORTEN = "document.querySelectorAll('tbody tr:nth-child(n + 13)').forEach((row) => row.remove())"


def test_an_accessibility_fault_would_be_found(me: Person) -> None:
    page = me.read("/")
    page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    page.evaluate("document.querySelector('h1').style.color = document.body.style.background = '#777'")
    page.evaluate("document.querySelector('main').style.width = '2000px'")
    assert {fault.split(" ")[0] for fault in faults(page)} >= {"button-name", CONTRAST}
    assert faults(page, but=CONTRAST)[0].startswith("button-name (critical)")
    assert scrolls_sideways(page)


def test_scripts_in_delivered_names_are_shown_as_text_on_every_page(me: Person, attacked: Shown) -> None:
    shown = set()
    for path in addresses(attacked):
        page = me.read(path)
        assert page.evaluate("window.harmed") is None, path
        assert page.locator("main script, main img, [onerror], a[href^='javascript']").count() == 0, path
        text = page.locator("body").inner_text()
        assert "49$49" not in text, path
        shown |= {attack for attack in ATTACKS if attack in text}
    assert shown == set(ATTACKS)
    page = me.read(f"/{HOSTILE}/runs/{attacked.runs[-1]}/rows")
    expected = {SCRIPT, f"{IMAGE}.csv"}
    assert {one for one in expected if one not in page.locator("body").inner_text()} == set()


def test_no_downloaded_cell_is_a_formula(me: Person, attacked: Shown) -> None:
    cells: dict[str, set[str]] = {}
    for path in addresses(attacked, "download"):
        answer = me.page.request.get(f"{me.home}/rollbook{path}")
        assert (answer.status, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
        _, *rows = csv.reader(io.StringIO(answer.text()))
        cells[path] = {cell for row in rows for cell in row}
        assert {cell for cell in cells[path] if cell.startswith(("=", "+", "-", "@", "\t", "\r"))} == set(), path
    everywhere = set().union(*cells.values())
    assert {
        name for name in FORMULAS if not any(cell.startswith("'") and name.strip() in cell for cell in everywhere)
    } == set()
