"""Lists are given page by page, by the server; a download is the whole list, up to a bound."""

from __future__ import annotations

PER_PAGE = 50
DOWNLOADED = 100_000  # rows of one download: more than a spreadsheet is any use for


def bounds(page: int | None) -> dict[str, int]:
    """Tell a statement which rows are wanted: those of a page, counted from 1, or all that are downloaded at once."""
    if page is None:
        return {"rows": DOWNLOADED, "skip": 0}
    return {"rows": PER_PAGE, "skip": (page - 1) * PER_PAGE}
