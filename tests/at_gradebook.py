"""A district's gradebook at OneRoster services and in packages, and its rows without line numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from pipelines.sources.contract import Bookmark, ExtractRequest, ExtractResult
from pipelines.sources.gradebooks import classlink
from pipelines.sources.gradebooks.book import ACTIVITIES, SCORES, Book
from pipelines.sources.tables import Table
from sandbox.vendors.account import Account
from sandbox.vendors.oneroster import gradebook
from tests.at_oneroster import NIGHT, AtOneRoster

Told = tuple[set[tuple[str, ...]], set[tuple[str, ...]]]  # activities and scores


@dataclass
class AtGradebook:
    """One district in a sandbox, whose gradebook is shared."""

    roster: AtOneRoster
    folder: Path
    numbers: Iterator[int] = field(default_factory=count)

    def enter(self, way: str = "oauth1", **more: Any) -> classlink.Settings:
        """Connect to one of the services, and return the source's settings."""
        settings = self.roster.enter(way).model_dump(exclude_unset=True)
        return classlink.Settings.model_validate(settings | {"page_rows": 400} | more)

    def fetch(self, way: str = "oauth1", last: Bookmark | None = None, **more: Any) -> ExtractResult:
        """Fetch the district's gradebook into a folder of its own."""
        return fetch(self.enter(way, **more), self.folder / f"pull-{next(self.numbers)}", last)

    def told(self, way: str = "oauth1", **more: Any) -> Told:
        """Fetch the gradebook, and convert it to tables."""
        return told_by(classlink.understand(self.fetch(way, **more).files, self.enter(way, **more)))


def fetch(source: classlink.Settings, to: Path, last: Bookmark | None = None) -> ExtractResult:
    """Fetch into a new folder."""
    to.mkdir(parents=True)
    return classlink.fetch(source, ExtractRequest("springfield", NIGHT, to, last))


def told_by(book: Book) -> Told:
    """Return all rows of a gradebook."""
    activities, scores = rows_of(book.activities), rows_of(book.scores)
    return (
        {tuple(row[name] for name in ACTIVITIES) for row in activities},
        {tuple(row[name] for name in SCORES) for row in scores},
    )


def rows_of(tables: tuple[Table, ...]) -> list[dict[str, str]]:
    """Return the rows of some tables, without their lines."""
    found = [row for table in tables for row in table.rows.to_pylist()]
    assert all(row.pop("line") > 0 for row in found)
    return found


def shared(account: Account) -> Told:
    """Return the sandbox's gradebook as OneRoster can write it: days without times, one day per activity."""
    book, items = gradebook.book(account), {row["sourcedId"]: row for row in gradebook.rows_of("lineItems", account)}
    activities = {
        (one.activity_id, one.kind, one.class_id, one.title, one.points, items[one.activity_id]["dueDate"], "false")
        for one in book.activities.itertuples(index=False)
    }
    return activities, set(book.scores.loc[:, list(SCORES)].itertuples(index=False, name=None))
