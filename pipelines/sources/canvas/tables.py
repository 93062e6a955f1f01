"""Turn landed pages into tables of the relational layout: accounts become schools, sections become classes.

An optional value arrives missing, null or empty; each of these becomes "". Grades, avatars and calendars are not read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines.sources.canvas.parts import records_of
from pipelines.sources.canvas.pull import OVER, ROLES, STATES
from pipelines.sources.tables import TEXT, Table
from pipelines.sources.tabular.assemble import combined, int32s

Record = Mapping[str, Any]
Row = tuple[str, ...]
Reader = Callable[[Record], Iterator[Row]]

_ORG = ("sourcedId", "name", "type", "identifier")
_SESSION = ("sourcedId", "title", "startDate", "endDate", "identifier")
_COURSE = ("sourcedId", "title", "courseCode", "orgSourcedId", "identifier")
_CLASS = ("sourcedId", "title", "schoolSourcedId", "termSourcedIds", "courseSourcedId", "identifier")
_USER = ("sourcedId", "givenName", "familyName", "email", "username", "identifier")
_SEAT = ("classSourcedId", "userSourcedId", "role", "beginDate", "endDate")
_AT_ONCE = 10_000


def read_tables(files: Mapping[str, Path]) -> list[Table]:
    """Return a snapshot's tables. A record's line is its running number in its collection.

    If a record repeats, the first counts.
    """
    courses = {text(record.get("id")): record for record in records_of(files, "courses")}
    current = {key: record for key, record in courses.items() if record.get("workflow_state") not in OVER}
    return [
        _table("orgs", _ORG, _unique(_orgs(files, current))),
        _table("academicSessions", _SESSION, _unique(_sessions(files, current))),
        _table("courses", _COURSE, _read(files, "courses", lambda record: _course(record, current))),
        _table("classes", _CLASS, _read(files, "sections", lambda record: _section(record, current))),
        _table("users", _USER, _read(files, "users", _user)),
        _table("enrollments", _SEAT, _read(files, "enrollments", _seat)),
    ]


def text(value: object) -> str:
    """Return an optional value as text: a string as it is, a number as text, anything else as ""."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def names(record: Record) -> tuple[str, str]:
    """Return first and last name of a user: from the sortable name's comma, else split at the last space.

    A single name serves as both.
    """
    last, comma, first = text(record.get("sortable_name")).partition(",")
    if not (comma and first.strip() and last.strip()):
        whole = text(record.get("name")) or text(record.get("sortable_name"))
        first, _, last = whole.strip().rpartition(" ")
    return first.strip() or last.strip(), last.strip()


def _orgs(files: Mapping[str, Path], courses: Mapping[str, Record]) -> Iterator[tuple[int, Row]]:
    """Yield the accounts that could be read, then a stand-in for each account id that courses name."""
    line = 0
    for line, record in enumerate(records_of(files, "accounts"), start=1):
        key = text(record.get("id"))
        yield line, (key, text(record.get("name")) or f"Account {key}", "school", text(record.get("sis_account_id")))
    for key in dict.fromkeys(text(course.get("account_id")) for course in courses.values()):
        line += 1
        if key:
            yield line, (key, f"Account {key}", "school", "")


def _sessions(files: Mapping[str, Path], courses: Mapping[str, Record]) -> Iterator[tuple[int, Row]]:
    """Yield the courses' terms: from the list of terms, else from the term within a course, else from the id alone."""
    used = dict.fromkeys(text(course.get("enrollment_term_id")) for course in courses.values())
    listed = [*records_of(files, "terms"), *(course.get("term") or {} for course in courses.values())]
    for line, record in enumerate([*listed, *({"id": key} for key in used if key)], start=1):
        key = text(record.get("id"))
        if key in used:
            days = (_day(record.get("start_at")), _day(record.get("end_at")))
            yield line, (key, text(record.get("name")), *days, text(record.get("sis_term_id")))


def _course(record: Record, current: Mapping[str, Record]) -> Iterator[Row]:
    key = text(record.get("id"))
    if key in current:
        title = text(record.get("name")) or text(record.get("course_code"))
        yield (
            key,
            title,
            text(record.get("course_code")),
            text(record.get("account_id")),
            text(record.get("sis_course_id")),
        )


def _section(record: Record, current: Mapping[str, Record]) -> Iterator[Row]:
    """Yield a section. If the section was joined to another course, it belongs to that course, as its people do."""
    of = text(record.get("course_id"))
    if of in current:
        refers = (text(current[of].get(name)) for name in ("account_id", "enrollment_term_id"))
        yield text(record.get("id")), text(record.get("name")), *refers, of, text(record.get("sis_section_id"))


def _user(record: Record) -> Iterator[Row]:
    login, issued = text(record.get("login_id")), text(record.get("sis_user_id"))
    yield text(record.get("id")), *names(record), text(record.get("email")), login, issued


def _seat(record: Record) -> Iterator[Row]:
    """Yield an enrollment that is active or invited and whose role is in ROLES.

    A teacher's own test student has no such role.
    """
    role = ROLES.get(text(record.get("type")))
    if role and text(record.get("enrollment_state")) in STATES:
        days = (_day(record.get("start_at")), _day(record.get("end_at")))
        yield text(record.get("course_section_id")), text(record.get("user_id")), role, *days


def _day(moment: object) -> str:
    return text(moment).partition("T")[0]


def _read(files: Mapping[str, Path], collection: str, rows: Reader) -> Iterator[tuple[int, Row]]:
    """Yield a collection's rows, each record once: Canvas lists a user in every course of theirs."""
    seen: set[str] = set()
    for line, record in enumerate(records_of(files, collection), start=1):
        key = text(record.get("id"))
        if key not in seen:
            seen.add(key)
            yield from ((line, row) for row in rows(record))


def _unique(rows: Iterable[tuple[int, Row]]) -> Iterator[tuple[int, Row]]:
    seen: set[str] = set()
    for line, row in rows:
        if row[0] not in seen:
            seen.add(row[0])
            yield line, row


def _table(name: str, fields: Row, rows: Iterable[tuple[int, Row]]) -> Table:
    pieces: list[pa.Table] = []
    lines: list[int] = []
    cells: list[Row] = []
    for line, row in rows:
        lines.append(line)
        cells.append(row)
        if len(cells) == _AT_ONCE:
            pieces.append(_piece(fields, cells, lines))
            lines, cells = [], []
    pieces.append(_piece(fields, cells, lines))
    whole = combined(pieces, fields)
    return Table(f"{name}.json", whole, (), whole.num_rows, {})


def _piece(fields: Row, cells: list[Row], lines: list[int]) -> pa.Table:
    columns = list(zip(*cells, strict=True)) or [() for _ in fields]
    made = {name: pa.array(column, pa.string()).cast(TEXT) for name, column in zip(fields, columns, strict=True)}
    return pa.table(made | {"line": int32s(lines)})
