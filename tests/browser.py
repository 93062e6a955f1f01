"""A person in a browser: Debian's headless Chromium, signed in to Airflow by its form."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Frame, FrameLocator, Page, expect, sync_playwright

from tests.airflow_town import AirflowTown

WIDE, PHONE = (1200, 900), (390, 844)
PATIENCE = 60_000  # milliseconds: Airflow's own pages took 20 s on two busy cores
expect.set_options(timeout=PATIENCE)
PICTURES = os.environ.get("ROLLBOOK_PICTURES")  # a folder: pictures for the documents are written there

_GRAVE = {"serious", "critical"}
# Without preload: axe would fetch the stylesheet again, which the pages' policy forbids.
_AXE: dict[str, Any] = {"resultTypes": ["violations"], "preload": False}


@dataclass
class Seen:
    """Problems that the browser reported in addition to the tested page; empty if there are none."""

    complaints: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext, home: str) -> None:
        """Record errors of scripts and of the pages' policy, and the requests of Rollbook's pages."""
        context.on("weberror", lambda error: self.complaints.append(f"script: {error.error}"))
        context.on("console", lambda message: self._console(message.type, message.text, message.location["url"]))
        context.on("request", lambda asked: self._request(asked.url, home))
        context.on("response", lambda given: self._response(given.status, given.url))

    def _console(self, kind: str, text: str, url: str) -> None:
        if kind == "error" and ("/rollbook" in url or "Security Policy" in text):
            self.complaints.append(f"console: {text} ({url})")

    def _request(self, url: str, home: str) -> None:
        if not url.startswith((f"{home}/", "data:", "blob:")):
            self.complaints.append(f"another host: {url}")

    def _response(self, status: int, url: str) -> None:
        if status >= 400 and "/rollbook" in url:
            self.complaints.append(f"{status}: {url}")


@dataclass(frozen=True)
class Person:
    """A person who is signed in: their page, and the problems on the page."""

    page: Page
    home: str
    seen: Seen

    def open(self, path: str) -> Page:
        """Open a page of Airflow."""
        self.page.goto(f"{self.home}{path}")
        return self.page

    def read(self, path: str) -> Page:
        """Open a page of Rollbook, outside Airflow's frame."""
        return self.open(f"/rollbook{path}")

    @property
    def frame(self) -> FrameLocator:
        """Return the content of Airflow's frame: a page of Rollbook."""
        return self.page.frame_locator("iframe")

    def in_frame(self) -> Frame:
        """Return the frame itself, for queries that a locator does not offer."""
        return next(one for one in self.page.frames if one != self.page.main_frame)

    def picture(self, name: str, height: int = 800) -> None:
        """Save a screenshot for the documents, if the run was asked to."""
        if PICTURES:
            self.page.wait_for_timeout(1_500)  # Airflow asks on and on, so there is no end of its loading to wait for
            used = self.page.evaluate("document.body.scrollHeight") + 90  # room for an explanation
            shown = {"x": 0.0, "y": 0.0, "width": float(WIDE[0]), "height": float(min(height, used))}
            self.page.screenshot(path=Path(PICTURES) / f"{name}.png", clip=shown)  # type: ignore[arg-type]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start one Chromium, for any number of people."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not found:
        raise AssertionError("Chromium is not installed: apt-get install chromium fonts-dejavu-core (on Debian)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found)
        yield browser
        browser.close()


def sign_in(browser: Browser, airflow: AirflowTown) -> Any:
    """Sign in by Airflow's form, and return the browser's state, which other sessions may start with."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(airflow.airflow.url)
    page.get_by_label("Username").fill(airflow.airflow.user)
    page.get_by_label("Password").fill(airflow.airflow.password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Browse").wait_for()
    state = context.storage_state()
    context.close()
    return state


@contextmanager
def person(browser: Browser, airflow: AirflowTown, state: Any, **wish: Any) -> Iterator[Person]:
    """Open a signed-in session with a screen size and a colour scheme. Fails if the browser reported a problem."""
    width, height = wish.pop("size", WIDE)
    context = browser.new_context(storage_state=state, viewport={"width": width, "height": height}, **wish)
    context.set_default_timeout(PATIENCE)
    seen = Seen()
    seen.watch(context, airflow.airflow.url)
    yield Person(context.new_page(), airflow.airflow.url, seen)
    context.close()
    assert seen.complaints == []


def faults(page: Page | Frame, *, but: str = "", only: str = "") -> list[str]:
    """Return what axe reports as serious or critical, and where: by every rule, by one, or by all but one."""
    chosen = _AXE | ({"rules": {but: {"enabled": False}}} if but else {}) | ({"runOnly": [only]} if only else {})
    found = Axe().run(page, options=chosen).response["violations"]
    return [
        f"{one['id']} ({one['impact']}): {node['target']} {node['html'][:120]} {node['failureSummary'][:200]}"
        for one in found
        if one["impact"] in _GRAVE
        for node in one["nodes"]
    ]


def scrolls_sideways(page: Page | Frame) -> bool:
    """Return whether the page is wider than the screen; a table may be wider, in its own region."""
    return bool(page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


def heading(frame: FrameLocator | Page, name: str) -> None:
    """Wait for the page of this name."""
    expect(frame.get_by_role("heading", level=1, name=name)).to_be_visible()


def reloaded(me: Person, is_shown: Callable[[], bool], seconds: int = 120) -> bool:
    """Reload the page in the frame until it shows the text."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        me.frame.get_by_role("heading", level=1).wait_for()
        if is_shown():
            return True
        time.sleep(1)
        me.in_frame().goto(me.in_frame().url)
    return False
