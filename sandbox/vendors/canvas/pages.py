"""Canvas's pages: the way to the next one is an opaque URL in the Link header."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from fastapi import Request

from sandbox.vendors.behaviour import Behaviour
from sandbox.vendors.canvas.refusals import Refused
from sandbox.vendors.collection import Collection
from sandbox.vendors.faults import Struck

_USUAL = 10
_MARK = "bookmark:"
_ROOM = 6 * 1024  # of all links together
_FIRST = ("next", "last", "prev", "current", "first")


@dataclass(frozen=True)
class Page:
    """A page: where it starts, how many rows it may have, and its number where pages have one."""

    start: int
    size: int
    number: int | None


def read(request: Request, rows: Collection, behaviour: Behaviour) -> Page:
    """Which page is asked for. Past the end a numbered page is empty; a bookmark nobody gave is not found."""
    asked, struck = request.query_params.get("per_page", ""), request.state.struck
    size = min(max(1, int(asked)) if asked.isdigit() else _USUAL, behaviour.canvas_per_page)
    size, page = struck.limit(size), request.query_params.get("page", "")
    if behaviour.canvas_pages == "bookmark" and page:
        return Page(_find(rows, page), size, None)
    number = max(1, int(page)) if page.isdigit() else 1
    return Page((number - 1) * size, size, number if behaviour.canvas_pages == "number" else None)


def links(request: Request, rows: Collection, page: Page, base: str) -> str:
    """The Link header. A bookmark leads forward only."""
    struck: Struck = request.state.struck
    more = page.start + page.size < len(rows) or struck.has("next_past_end")
    marks: dict[str, str] = {"current": request.query_params.get("page", "1" if page.number else "first")}
    if page.number:
        last = max(1, -(-len(rows) // page.size))
        marks |= {"next": str(page.number + 1)} if more else {}
        marks |= {"prev": str(page.number - 1)} if page.number > 1 else {}
        marks |= {"first": "1", "last": str(last)}
    elif more:
        last_row = min(page.start + page.size, len(rows)) - 1
        marks["next"] = _MARK + base64.urlsafe_b64encode(rows.ids[last_row].encode()).decode().rstrip("=")
    kept = [
        part
        for part in request.url.query.split("&")
        if part.partition("=")[0] not in ("page", "per_page", "access_token", "")
    ]
    made = {}
    for rel, mark in marks.items():
        host = struck.elsewhere if rel == "next" and struck.has("wrong_host_next") else base
        made[rel] = f"{host}{request.url.path}?{'&'.join([*kept, f'page={mark}', f'per_page={page.size}'])}"
    return ",".join(_that_fit({rel: f'<{url}>; rel="{rel}"' for rel, url in made.items()}))


def _that_fit(made: dict[str, str]) -> list[str]:
    """The links that have room in the header, the way on before all others; long queries leave few or none."""
    room = _ROOM
    for rel in (rel for rel in _FIRST if rel in made):
        room -= len(made[rel])
        if room < 0:
            del made[rel]
    return list(made.values())


def _find(rows: Collection, page: str) -> int:
    text = page.removeprefix(_MARK)
    try:
        last = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        last = ""
    if last not in rows.ids:
        raise Refused(404)
    return rows.ids.index(last) + 1
