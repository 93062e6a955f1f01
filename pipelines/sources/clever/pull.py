"""Read every collection to its end, several at a time, and compare each with Clever's count."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from pipelines.errors import SourceIncomplete
from pipelines.http.client import Client
from pipelines.sources.clever.pages import count, follow
from pipelines.sources.clever.settings import Settings

log = logging.getLogger(__name__)

# The pull does not ask for district administrators: they have no school, and are never created (CK-17).
COLLECTIONS = {
    "schools": "schools",
    "terms": "terms",
    "courses": "courses",
    "sections": "sections",
    "users-student": "users?role=student",
    "users-teacher": "users?role=teacher",
    "users-staff": "users?role=staff",
}
CONTACTS = {"contacts": "users?role=contact"}
_AT_ONCE = 4  # threads; Clever's window is 1,200 requests a minute for all of them together
_LOG_EVERY = 10


@dataclass(frozen=True)
class CleverPull:
    """The written parts by name, and the number of records by collection."""

    files: dict[str, Path]
    records: dict[str, int]


class _Stopped(Exception):
    """Another collection has failed."""


def wanted(source: Settings) -> dict[str, str]:
    """Return the collections of a source, each with the address it is read from."""
    return COLLECTIONS | CONTACTS if source.contacts else COLLECTIONS


def read_all(api: Client, source: Settings, to: Path) -> CleverPull:
    """Read every collection into `to`, a part for each page as received.

    The collections are read at different moments. So a reference from one to another may dangle, without any error.
    """
    counted = count_all(api, source)
    stop = Event()
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="clever") as pool:
        tasks = {
            name: pool.submit(_read_collection, api, source, name, (to, stop), counted[name]) for name in wanted(source)
        }
        try:
            for task in as_completed(tasks.values()):
                task.result()  # the first failure ends all reads
        finally:
            stop.set()
            pool.shutdown(cancel_futures=True)
    pulled = [task.result() for task in tasks.values()]
    files = {name: path for pull in pulled for name, path in pull.files.items()}
    return CleverPull(files, {name: pull.records[name] for name, pull in zip(tasks, pulled, strict=True)})


def count_all(api: Client, source: Settings) -> dict[str, int | None]:
    """Ask Clever how many records each collection has; the count is None where Clever gives none.

    Clever does not document that a count respects `role`. If all roles have the same count, their counts become None.
    """
    counts = {name: count(api, target) for name, target in wanted(source).items()}
    roles = [name for name in counts if name in CONTACTS or name.startswith("users-")]
    if len({counts[name] for name in roles}) == 1:
        counts |= dict.fromkeys(roles)
    return counts


def _read_collection(
    api: Client, source: Settings, name: str, where: tuple[Path, Event], counted: int | None
) -> CleverPull:
    """Read a collection; if it has fewer records than Clever counts before and after, read it once more.

    Raises SourceIncomplete if there are still fewer.
    """
    for _ in range(2):
        pulled = _read_once(api, source, name, where)
        if counted is None or pulled.records[name] >= counted:
            return pulled
        again = count(api, wanted(source)[name])
        if again is None or pulled.records[name] >= again:
            return pulled
        log.warning("clever: %s: %d records of %d", name, pulled.records[name], again)
        counted = again
    raise SourceIncomplete(f"clever: Clever delivers fewer records of {name} than it counts", fix="run again")


def _read_once(api: Client, source: Settings, name: str, where: tuple[Path, Event]) -> CleverPull:
    to, stop = where
    target = wanted(source)[name]
    ids: set[str] = set()
    files: dict[str, Path] = {}
    for page in follow(api, f"{target}{'&' if '?' in target else '?'}limit={source.page_rows}"):
        if stop.is_set():
            raise _Stopped
        before = len(ids)
        ids.update(row["id"] for row in page.rows)
        if page.rows and page.next and len(ids) == before:
            raise SourceIncomplete(f"clever: {name}: a page has no new records", fix="ask Clever")
        part = part_name(name, len(files) + 1)
        files[part] = to / part
        files[part].write_bytes(page.body)
        if len(files) % _LOG_EVERY == 0:
            log.info("clever: %s: %d records, %d pages", name, len(ids), len(files))
    log.info("clever: %s: %d records, complete", name, len(ids))
    return CleverPull(files, {name: len(ids)})


def part_name(name: str, number: int) -> str:
    """Return a part's name: its collection and its number."""
    return f"{name}-{number:05}.json"


def collection_of(part: str) -> str:
    """Return what a part holds: schools, terms, courses, sections, users, contacts or events."""
    return part.partition("-")[0]


def shrunk(records: Mapping[str, int], before: Mapping[str, int], percent: float) -> list[str]:
    """Return the collections that lost more than `percent` percent of the last applied run's records.

    Terms and courses are left out: Clever derives them from its sections, so their ids and numbers come and go.
    """
    stable = [name for name in records if name not in ("terms", "courses")]
    return [name for name in stable if records[name] < before.get(name, 0) * (1 - percent / 100)]
