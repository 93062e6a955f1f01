"""Split lists into pages on the server; a download is the whole list, up to a bound."""

from __future__ import annotations

PER_PAGE = 50
DOWNLOADED = 100_000  # rows of one download: more than a spreadsheet can use


def bounds(page: int | None) -> dict[str, int]:
    """Return a statement's row limits: those of a page, counted from 1, or without a page those of a download."""
    if page is None:
        return {"rows": DOWNLOADED, "skip": 0}
    return {"rows": PER_PAGE, "skip": (page - 1) * PER_PAGE}
