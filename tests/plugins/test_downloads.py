"""A download has what a page shows, and a spreadsheet runs none of it as a formula."""

from __future__ import annotations

import asyncio
import csv
import io

import pytest
from rollbook_pages.downloads import download


def cells(*row: object) -> list[str]:
    """One row, written and read again as a spreadsheet reads it."""
    told = download("a.csv", ["x"] * len(row), [row])

    async def whole() -> str:
        return "".join([part if isinstance(part, str) else bytes(part).decode() async for part in told.body_iterator])

    text = asyncio.run(whole())
    assert text.startswith("\ufeff")
    _, read = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    return read


@pytest.mark.parametrize(
    "harmful",
    ["=1+1", "+1 (555) 0100", "-2+3", "@SUM(A1)", "|cmd", "%x", "\t=1", "\r=1", "\n=1", "\uff1d1+1", "\uff20x"],
)
def test_cells_that_look_like_formulas_become_text(harmful: str) -> None:
    (cell,) = cells(harmful)
    assert cell.startswith("'")


def test_other_cells_are_unchanged() -> None:
    assert cells("Ann-Marie", 'say "x"', "a,b;c", "two\nlines", None, 12, "-3", "Zoë") == [
        "Ann-Marie",
        'say "x"',
        "a,b;c",
        "two\nlines",
        "",
        "12",
        "-3",
        "Zoë",
    ]


def test_a_download_has_its_file_name() -> None:
    told = download("springfield-imports.csv", ["x"], [])
    assert told.headers["content-disposition"] == 'attachment; filename="springfield-imports.csv"'
    assert told.headers["content-type"] == "text/csv; charset=utf-8"


def test_a_long_list_is_streamed_completely() -> None:
    told = download("a.csv", ["n"], ([number] for number in range(2_500)))

    async def pieces() -> list[str]:
        return [part async for part in told.body_iterator if isinstance(part, str)]

    found = asyncio.run(pieces())
    assert len(found) == 3
    assert [*csv.reader(io.StringIO("".join(found)))][-1] == ["2499"]
