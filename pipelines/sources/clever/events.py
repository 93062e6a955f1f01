"""Read what has changed since a cursor from the Events API, and apply it to the last applied run's pages.

Clever keeps events for thirty days, and they can be switched off without notification. So a fetch by events has these
safeguards. The cursor is taken before a full read. It must be recent, and must still be in the feed. The result is
compared with Clever's counts. Everything is read again every `full_read_days`, at most a week.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipelines.http.client import Client
from pipelines.sources.clever.pages import Record, follow, records_of
from pipelines.sources.clever.pull import CleverPull, collection_of, count_all, part_name, wanted
from pipelines.sources.clever.settings import Settings
from pipelines.sources.contract import Bookmark

log = logging.getLogger(__name__)

_KEPT = timedelta(days=29)  # Clever keeps events for 30
_HALF_A_DAY = timedelta(hours=12)  # runs do not begin at the same second every night
_PAGE_ROWS = 1000
_APPLIED = frozenset({"schools", "terms", "courses", "sections", "users"})
_IGNORED = frozenset({"districts", "resources"})
_VERBS = frozenset({"created", "updated", "deleted"})
_USERS = frozenset({"student", "teacher", "staff"})


@dataclass
class Changes:
    """The changes in a feed, by collection and id: the record as it is now, or None if it is gone.

    `unclear` means that the feed holds something that can't be applied.
    """

    records: dict[str, dict[str, Record | None]] = field(default_factory=dict)
    events: int = 0
    unclear: bool = False
    files: dict[str, Path] = field(default_factory=dict)
    cursor: str | None = None


def take_cursor(api: Client) -> str | None:
    """Return the newest event's id; None if the feed is empty.

    The cursor is taken before a full read. So a change during the read arrives twice instead of getting lost.
    """
    rows = [row for page in follow(api, "events?ending_before=last&limit=1") for row in page.rows[-1:]]
    return str(rows[0]["id"]) if rows else None


def identify(source: Settings) -> str:
    """Return what a cursor belongs to: the district, the API's version, and whether contacts are read."""
    return f"{source.clever_district_id}/{source.version}/{'contacts' if source.contacts else 'users'}"


def is_usable(last: Bookmark | None, source: Settings, now: datetime) -> bool:
    """Return whether events can be applied to the last applied run: it has a snapshot and a cursor of this feed.

    Its pull must be younger than 29 days, its full read younger than `full_read_days` less half a day.
    """
    if last is None or last.files is None or last.facts.get("feed") != identify(source) or "cursor" not in last.facts:
        return False
    pulled, read = (_moment(last.facts.get(name)) for name in ("pulled_at", "full_read_at"))
    return now - pulled < _KEPT and now - read < timedelta(days=source.full_read_days) - _HALF_A_DAY


def read_changes(api: Client, cursor: str | None, to: Path) -> Changes | None:
    """Read the feed after a cursor, and write its pages into `to`.

    Return None if the cursor is no longer in the feed: then events may be missing.
    """
    if cursor and api.get(f"events/{cursor}", expected={404}).status == 404:
        log.info("clever: the feed does not go back to the last pull")
        return None
    changes = Changes(cursor=cursor)
    after = f"&starting_after={cursor}" if cursor else ""
    for page in follow(api, f"events?limit={_PAGE_ROWS}{after}"):
        if not page.rows:
            break
        part = part_name("events", len(changes.files) + 1)
        changes.files[part] = to / part
        changes.files[part].write_bytes(page.body)
        _note(changes, page.rows)
    log.info("clever: %d events", changes.events)
    return changes


def _note(changes: Changes, events: Iterable[Record]) -> None:
    """Record each event's change in the order of the feed: the last change of a record counts."""
    for event in events:
        kind, _, verb = str(event.get("type")).partition(".")
        changes.events += 1
        changes.cursor = str(event["id"])
        if kind in _IGNORED:
            continue
        record = (event.get("data") or {}).get("object")
        if kind not in _APPLIED or verb not in _VERBS or not (isinstance(record, dict) and record.get("id")):
            changes.unclear = True
            continue
        # The whole record is replaced, because an update leaves out what we may no longer see. The former values
        # (previous_attributes, in the event or in its data) are not read.
        for collection, now in _places(kind, None if verb == "deleted" else record):
            changes.records.setdefault(collection, {})[record["id"]] = now


def _places(kind: str, record: Record | None) -> Iterator[tuple[str, Record | None]]:
    """Yield the collections that a change concerns, each with the record, or with None to remove it.

    A user who lost every role that we read is removed. A user whose roles we can't see stays.
    """
    if kind != "users":
        yield kind, record
        return
    roles = (record or {}).get("roles")
    is_contact = isinstance(roles, dict) and "contact" in roles
    is_user = record is not None and (not isinstance(roles, dict) or bool(_USERS & roles.keys()))
    yield "users", record if is_user else None
    yield "contacts", record if is_contact else None


def apply(files: Mapping[str, Path], changes: Changes, source: Settings, to: Path) -> CleverPull:
    """Write the last applied run's pages with the changes applied: each record once, by collection, in one fixed form.

    Return the parts and the number of records by collection.
    """
    written: dict[str, Path] = {}
    records = dict.fromkeys(wanted(source), 0)
    for collection in dict.fromkeys(collection_of(name) for name in records):
        parts = [path for name, path in sorted(files.items()) if collection_of(name) == collection]
        now = _changed(collection, parts, changes.records.get(collection, {}))
        for number, page in enumerate(_cut(now, source.page_rows), start=1):
            for row in page:
                for name in _counted_as(collection, row):
                    records[name] += 1
            written[part_name(collection, number)] = path = to / part_name(collection, number)
            path.write_text(_written(page), encoding="utf-8")
    return CleverPull(written, records)


def matches(api: Client, source: Settings, pulled: CleverPull) -> bool:
    """Return whether the result has as many records as Clever counts: nothing else reveals a gap in the feed."""
    counts = count_all(api, source)
    differ = [name for name, counted in counts.items() if counted is not None and counted != pulled.records[name]]
    if differ:
        log.info("clever: the counts after the events differ from Clever's counts for %s", ", ".join(differ))
    return not differ


def _changed(collection: str, parts: Iterable[Path], changes: Mapping[str, Record | None]) -> Iterator[Record]:
    seen: set[str] = set()
    for path in parts:
        for record in records_of(path):
            if record["id"] in seen:
                continue
            seen.add(record["id"])
            now = changes.get(record["id"], record)
            if now is not None:
                yield now
    for key, new in sorted(changes.items()):
        # If the roles of a new person can't be seen, it is unknown whether the person is a user: leave them out.
        if new and key not in seen and (collection != "users" or isinstance(new.get("roles"), dict)):
            yield new


def _cut(records: Iterator[Record], size: int) -> Iterator[list[Record]]:
    page: list[Record] = []
    for record in records:
        page.append(record)
        if len(page) == size:
            yield page
            page = []
    if page:
        yield page


def _counted_as(collection: str, record: Record) -> list[str]:
    if collection != "users":
        return [collection]
    roles = record.get("roles")
    return [f"users-{role}" for role in _USERS if isinstance(roles, dict) and role in roles]


def _written(page: list[Record]) -> str:
    rows = ",\n".join(json.dumps({"data": record}, sort_keys=True, ensure_ascii=False) for record in page)
    return f'{{"data":[\n{rows}\n]}}\n'


def _moment(written: object) -> datetime:
    try:
        when = datetime.fromisoformat(str(written))
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return when if when.tzinfo else when.replace(tzinfo=UTC)
