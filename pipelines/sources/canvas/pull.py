"""Read the configured courses, and each course's sections, people and enrollments, one request at a time.

Canvas expects one call at a time from each token; it throttles a dozen at once.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pipelines.canvas.access import was_taken
from pipelines.canvas.pages import GONE, Record, read_list
from pipelines.errors import CredentialsRefused, SourceIncomplete
from pipelines.http.client import Client
from pipelines.sources.canvas.parts import WRAPPED, Parts
from pipelines.sources.canvas.settings import Settings

log = logging.getLogger(__name__)

# The pull does not ask for observers, who are mostly guardians, or designers, who have no place in a class.
ROLES = {"StudentEnrollment": "student", "TeacherEnrollment": "teacher", "TaEnrollment": "ta"}
# Each request names these states: without them, Canvas also gives an administrator the inactive enrollments.
STATES = ("active", "invited")
OVER = frozenset({"completed", "deleted"})  # states of a course that no longer has a roster
_REFUSED = {401, 403}
_LOG_EVERY = 50


@dataclass(frozen=True)
class CanvasPull:
    """The written parts by name, and the number of records by collection."""

    files: dict[str, Path]
    records: dict[str, int]


def asked(source: Settings) -> str:
    """Return a digest of the courses that are asked for: counts of different courses can't be compared."""
    facts = [source.account, source.courses, source.course]
    return hashlib.sha256(json.dumps(facts, default=list).encode()).hexdigest()[:16]


def read_all(api: Client, source: Settings, to: Path) -> CanvasPull:
    """Read the rosters of the courses that are asked for into `to`. Raises SourceIncomplete, CredentialsRefused."""
    parts = Parts(to)
    courses = _read_courses(api, source, parts)
    _check_sections(api, source, courses)
    records = {"courses": len(courses), "sections": 0, "users": 0, "enrollments": 0}
    _read_accounts(api, source, courses, parts)
    people: set[int] = set()
    for number, course in enumerate(courses, start=1):
        for collection, rows in _read_course(api, source, course, parts).items():
            records[collection] += len(rows)
            people.update(row["id"] for row in rows if collection == "users")
        if number % _LOG_EVERY == 0:
            log.info("canvas: %d of %d courses, %d enrollments", number, len(courses), records["enrollments"])
    records["users"] = len(people)
    log.info("canvas: %s", ", ".join(f"{name} {count:,}" for name, count in records.items()))
    return CanvasPull(parts.files, records)


def _read_courses(api: Client, source: Settings, parts: Parts) -> list[Record]:
    named = (source.course,) if source.course else source.courses
    if named == "all":
        target = f"accounts/{quote(source.account, safe=':~')}/courses"
        listed = read_list(api, target, {"include[]": "term", "per_page": source.page_rows})
        parts.add("courses", listed.pages)
        found = list(listed.rows)
    else:
        found = [_read_one(api, reference, parts) for reference in named]
    return [course for course in found if course.get("workflow_state") not in OVER]


def _read_one(api: Client, reference: str, parts: Parts) -> Record:
    answer = api.get(f"courses/{quote(reference, safe=':~')}", {"include[]": "term"}, expected={*_REFUSED, GONE})
    if not was_taken(answer) and answer.status in _REFUSED:
        raise CredentialsRefused(
            f"canvas does not allow the token to read course {reference}",
            fix="allow the token's owner to read the course's roster, or remove the course from the settings",
        )
    if answer.status == GONE or not isinstance(answer.document, dict) or not answer.document.get("id"):
        raise SourceIncomplete(
            f"canvas has no course {reference}; nobody was archived",
            fix="correct courses: in the settings, or remove the course from the settings",
        )
    parts.add("courses", [answer.body])
    return answer.document


def _check_sections(api: Client, source: Settings, courses: Sequence[Record]) -> None:
    """Raise SourceIncomplete if the token's owner sees only their own section of a course.

    Such a section would look like the whole course.
    """
    answer = api.get("users/self/enrollments", {"per_page": source.page_rows}, expected={*_REFUSED, GONE})
    rows = answer.document if isinstance(answer.document, list) else []
    narrow = {row.get("course_id") for row in rows if row.get("limit_privileges_to_course_section")}
    if hidden := narrow & {course["id"] for course in courses}:
        raise SourceIncomplete(
            f"canvas shows the token's owner only one section of {len(hidden)} courses",
            fix="use the token of a person who may see all sections of a course",
        )


def _read_accounts(api: Client, source: Settings, courses: Sequence[Record], parts: Parts) -> None:
    """Read the courses' accounts, and the terms of their root accounts.

    A teacher's token may not read them. Then `tables.py` uses what the courses hold: account ids, and their own terms.
    """
    for account in sorted({course["account_id"] for course in courses if course.get("account_id")}):
        answer = api.get(f"accounts/{account}", expected={*_REFUSED, GONE})
        if answer.status < 300:
            parts.add("accounts", [answer.body])
    for root in sorted({course["root_account_id"] for course in courses if course.get("root_account_id")}):
        target = f"accounts/{root}/terms"
        if api.get(target, {"per_page": 1}, expected={*_REFUSED, GONE}).status < 300:
            parts.add("terms", read_list(api, target, {"per_page": source.page_rows}, WRAPPED).pages)


def _read_course(api: Client, source: Settings, course: Record, parts: Parts) -> dict[str, tuple[Record, ...]]:
    """Read one course's three lists, and write them once all three are complete."""
    of, rows = f"courses/{course['id']}", {"per_page": source.page_rows}
    users: dict[str, Any] = {"include[]": "email", "enrollment_type[]": [*ROLES.values()]}
    users |= {"enrollment_state[]": [*STATES]}
    wanted = {
        "sections": rows,
        "users": users | rows,
        "enrollments": {"type[]": [*ROLES], "state[]": [*STATES]} | rows,
    }
    lists = {name: read_list(api, f"{of}/{name}", params) for name, params in wanted.items()}
    for name, listed in lists.items():
        parts.add(name, listed.pages)
    return {name: listed.rows for name, listed in lists.items()}
