"""Read a complete roster, page by page, from a service whose rows may move during the read.

A short page need not be the last, and a service need not count. So each offset is the number of rows received. The read
ends when a page brings no rows, or when as many are there as the service counts. No id may come twice, and what
ClassLink calls the roster's revision may not change. Without a revision, and for grades, a page begins with the last
row of the page before. If that row is no longer there, rows have moved, and one may be missing.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from pipelines.errors import SourceGrowing, SourceIncomplete
from pipelines.http.client import Client
from pipelines.sources.classlink.pages import OneRosterPage, ask, may_be_halved

log = logging.getLogger(__name__)

# Sessions instead of terms: the sessions of a service that calls them semesters would be missing from the terms.
COLLECTIONS = ("orgs", "academicSessions", "courses", "classes", "users", "enrollments")
_TRIES = 3
_MOST_PAGES = 20_000
_LOG_EVERY = 10


@dataclass(frozen=True)
class OneRosterPull:
    """A complete roster: its pages by name, the number of records by collection, and its revision.

    `noticed` lists the collections that repeat rows, are unsorted or have no count.
    """

    files: Mapping[str, Path]
    records: Mapping[str, int]
    revision: str | None
    noticed: Mapping[str, list[str]]


@dataclass
class _Read:
    """One read of a collection. `repeated` holds ids that came again although no request asked for them again."""

    name: str
    to: Path
    revision: str | None
    ids: set[str] = field(default_factory=set)
    repeated: set[str] = field(default_factory=set)
    files: dict[str, Path] = field(default_factory=dict)
    rows: int = 0  # without the rows that were asked for again
    totals: set[int] = field(default_factory=set)
    largest_page: int = 0
    has_shifted: bool = False
    is_unsorted: bool = False

    @property
    def total(self) -> int | None:
        """Return how many records the service counts; None if it gives no count."""
        return min(self.totals, default=None)

    @property
    def may_shift(self) -> bool:
        """Return whether rows may move without a new revision.

        The revision is the roster's; no document says that a change of grades changes it.
        """
        return self.revision is None or self.name not in COLLECTIONS

    @property
    def is_steady(self) -> bool:
        """Return whether nothing moved during the read."""
        return not self.has_shifted and len(self.totals) < 2

    @property
    def is_whole(self) -> bool:
        """Return whether the read is steady, no id came twice, and as many ids are there as the service counts."""
        return self.is_steady and not self.repeated and self.total in (None, len(self.ids))

    def keep(self, page: OneRosterPage) -> None:
        """Write a page as received, and record its count, its size and whether it is unsorted."""
        part = f"{self.name}-{len(self.files) + 1:05}.json"
        self.files[part] = self.to / part
        self.files[part].write_bytes(page.body)
        self.totals |= set() if page.total is None else {page.total}
        self.largest_page = max(self.largest_page, len(page.ids))
        self.is_unsorted |= page.is_unsorted
        if len(self.files) % _LOG_EVERY == 0:
            log.info("classlink: %s: %d records, %d pages", self.name, len(self.ids), len(self.files))

    def is_like(self, other: _Read | None) -> bool:
        """Return whether both reads are steady and brought the same ids, repeated ids and count.

        The other read cut its pages elsewhere. So if both agree, the repeated rows exist at the service.
        """
        if other is None or not (self.is_steady and other.is_steady):
            return False
        return (self.ids, self.repeated, self.total) == (other.ids, other.repeated, other.total)


class _Revised(Exception):
    """The roster's revision has changed during the pull."""


def read_revision(api: Client) -> str | None:
    """Ask for the roster's revision; return None if the service has none."""
    page = ask(api, COLLECTIONS[0], 1, 0)
    return page.revision if page else None


def pull_all(api: Client, page_rows: int, to: Path, collections: Sequence[str] = COLLECTIONS) -> OneRosterPull:
    """Read every collection into `to`; if the revision changes meanwhile, read all of them again.

    Raises SourceIncomplete. If the roster does not come to rest, raises SourceGrowing.
    """
    for attempt in range(1, _TRIES + 1):
        folder = to / f"try-{attempt}"
        folder.mkdir()
        try:
            return _pull_once(api, page_rows, folder, collections)
        except _Revised:
            log.warning("classlink: the roster changed during pull %d; the whole pull is discarded", attempt)
    raise SourceGrowing(
        f"classlink: the roster changed during each of {_TRIES} pulls", fix="nothing; Rollbook tries again later"
    )


def _pull_once(api: Client, page_rows: int, to: Path, collections: Sequence[str]) -> OneRosterPull:
    reads: dict[str, _Read] = {}
    revision = None
    for name in collections:
        reads[name] = _read_whole(api, name, page_rows, to / name, revision)
        revision = reads[name].revision
        log.info("classlink: %s: %d records, complete", name, len(reads[name].ids))
    _recount(api, reads, page_rows, to)
    files = {part: path for read in reads.values() for part, path in read.files.items()}
    noticed = {
        "repeats_rows": [name for name, read in reads.items() if read.repeated],
        "unsorted": [name for name, read in reads.items() if read.is_unsorted],
        "uncounted": [name for name, read in reads.items() if read.total is None],
    }
    counts = {name: len(read.ids) for name, read in reads.items()}
    return OneRosterPull(files, counts, revision, {what: names for what, names in noticed.items() if names})


def _recount(api: Client, reads: dict[str, _Read], page_rows: int, to: Path) -> None:
    """Ask for every count again. If a collection grew or shrank since it was read, read it again.

    Raises SourceGrowing if counts still change after the last try.
    """
    for attempt in range(_TRIES):
        changed = [name for name, read in reads.items() if not _is_as_counted(api, read)]
        if not changed:
            return
        for name in changed:
            log.warning("classlink: %s changed after it was read; Rollbook reads it again", name)
            reads[name] = _read_whole(api, name, page_rows, to / f"{name}-{attempt}", reads[name].revision)
    _give_up(changed[0])


def _is_as_counted(api: Client, read: _Read) -> bool:
    if read.total is None and read.revision is None:
        return True
    page = ask(api, read.name, 1, 0)
    if page is None or page.revision != read.revision:
        raise _Revised
    return page.total == read.total


def _read_whole(api: Client, name: str, page_rows: int, to: Path, revision: str | None) -> _Read:
    """Read a collection until nothing has moved. Raises SourceGrowing, SourceIncomplete.

    Each try cuts the pages elsewhere. So a row that comes twice only where pages meet does not exist twice at the
    service.
    """
    before: _Read | None = None
    limit = page_rows
    for attempt in range(1, _TRIES + 1):
        folder = to / str(attempt)
        folder.mkdir(parents=True)
        read = _read_once(api, _Read(name, folder, revision), limit)
        if read.is_whole:
            return read
        if read.is_like(before):
            _check_count(read)
            return read
        log.warning("classlink: %s: rows moved during read %d", name, attempt)
        before, limit = read, max(1, read.largest_page * 2 // 3)
    return _give_up(name)


def _check_count(read: _Read) -> None:
    """Raise SourceIncomplete if the service's count does not match the rows it gave.

    A service that holds rows twice may count them twice. Rows that it counts but never gives are missing.
    """
    total = len(read.ids) if read.total is None else read.total
    if not len(read.ids) <= total <= len(read.ids) + len(read.repeated):
        raise SourceIncomplete(
            f"{read.name}: the service counts {total} records and gives {len(read.ids)}", fix="ask the vendor"
        )


def _give_up(name: str) -> NoReturn:
    raise SourceGrowing(
        f"{name}: rows moved between pages during each of {_TRIES} reads",
        fix="nothing; if the error stays, schedule the run at a quieter hour",
    )


def _read_once(api: Client, read: _Read, page_rows: int) -> _Read:
    limit = page_rows
    previous: list[str] = []
    while len(read.files) < _MOST_PAGES:
        overlap = 1 if read.may_shift and len(previous) > 1 else 0
        page = ask(api, read.name, limit, read.rows - overlap, may_fail=may_be_halved(limit, page_rows))
        if page is None:
            limit = max(1, limit // 2)
            log.info("classlink: %s: a page is too heavy; asking for %d rows", read.name, limit)
            continue
        _check_revision(read, page)
        received = _note_rows(read, page, previous, overlap)
        read.keep(page)
        if not received or (read.rows == page.total and len(page.ids) < limit):
            return read
        previous = page.ids
    raise SourceIncomplete(f"{read.name}: the service's pages have no end", fix="ask the vendor")


def _note_rows(read: _Read, page: OneRosterPage, previous: list[str], overlap: int) -> int:
    """Record a page's ids, and return how many rows it brings besides the `overlap` that was asked for again."""
    if len(page.ids) > 1 and page.ids == previous:
        raise SourceIncomplete(f"{read.name}: a page repeats the page before", fix="ask the vendor")
    seen = [row_id for row_id in page.ids if row_id in read.ids]
    again = min(overlap, len(set(seen).intersection(previous)))
    read.has_shifted |= again < overlap
    if len(seen) > again:
        read.repeated |= set(seen) - set(page.ids[:again])
    read.repeated |= {row_id for row_id, times in Counter(page.ids).items() if times > 1}
    read.ids.update(page.ids)
    read.rows += len(page.ids) - again
    return len(page.ids) - again


def _check_revision(read: _Read, page: OneRosterPage) -> None:
    if read.revision is not None and page.revision != read.revision:
        raise _Revised
    read.revision = page.revision
