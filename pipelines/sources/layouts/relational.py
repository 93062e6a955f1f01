"""Read sets whose files refer to each other by sourcedId: OneRoster (files, API records), Microsoft School Data Sync.

A school is an organisation of a school's type, or any other organisation that a class or a role refers to. A department
stands for the school above it. People's roles and schools come from roles.csv. If a person has none there, they come
from enrollments.csv.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.sources.assertions import (
    ROLES,
    Assertion,
    Assertions,
    Belonging,
    Coded,
    Codes,
    Link,
    Mask,
    Part,
    Rejection,
)
from pipelines.sources.layouts.orgs import SCHOOLS, schools_of
from pipelines.sources.layouts.people import read_roles
from pipelines.sources.layouts.staff import merge

_SEATS = ("teacher", "aide", "student")  # roles that have a place in a class
COVERS = frozenset({"classes", *(f"users:{role}" for role in ROLES), *(f"enrollments:{role}" for role in _SEATS)})

ORGS, SESSIONS, COURSES = "orgs.csv", "academicSessions.csv", "courses.csv"
CLASSES, USERS, ROLE_LIST, SEATS = "classes.csv", "users.csv", "roles.csv", "enrollments.csv"
_YES = frozenset({"true", "1", "yes"})
_FILES = (ORGS, SESSIONS, COURSES, CLASSES, USERS, ROLE_LIST, SEATS)
_COURSE_IDS = ((COURSES, "sourcedId"), (CLASSES, "courseSourcedId"))
_CLASS_IDS = ((CLASSES, "sourcedId"), (SEATS, "classSourcedId"))
_USER_IDS = ((USERS, "sourcedId"), (ROLE_LIST, "userSourcedId"), (SEATS, "userSourcedId"))


@dataclass(frozen=True)
class Words:
    """A vendor's names for the columns that vendors name differently; the defaults are OneRoster's names."""

    class_school: str = "schoolSourcedId"
    class_terms: str = "termSourcedIds"
    course_code: str = "courseCode"

    @property
    def orgs(self) -> tuple[tuple[str, str], ...]:
        """Return the columns that contain orgs' ids: the one that defines them, then those that refer to them."""
        others = ((COURSES, "orgSourcedId"), (CLASSES, self.class_school), (ROLE_LIST, "orgSourcedId"))
        return ((ORGS, "sourcedId"), (ORGS, "parentSourcedId"), *others)


ONEROSTER = Words()
SDS_V21 = Words(class_school="orgSourcedId", class_terms="sessionSourcedIds", course_code="code")


@dataclass(frozen=True)
class _Set:
    """The files of one delivery, with their ids as codes into common lists.

    `school` is the school of each org code; `is_school` is whether the org is a school. The last element is for no org.
    """

    words: Words
    parts: Mapping[str, Part]
    keys: Mapping[str, pa.Array]
    codes: Mapping[tuple[str, str], Codes]
    school: Codes
    is_school: Mask
    sessions: tuple[Codes, ...]

    def school_of(self, file: str) -> Codes:
        """Return the school of each line of a file."""
        return self.school[self.codes[file, self.words.class_school if file == CLASSES else "orgSourcedId"]]


def conform(parts: Mapping[str, Part], words: Words = ONEROSTER) -> Assertions:
    """Return the assertions of the files; each file defines one entity type and refers to others."""
    delivery = _collect(parts, words)
    seats = delivery.parts[SEATS]
    seat_roles, seat_notes = read_roles(seats, "role")
    seat_roles = np.where(seat_roles == ROLES.index("staff"), -1, seat_roles).astype(np.int8)
    people_roles, role_notes = read_roles(delivery.parts[ROLE_LIST], "role")
    emails = _emails(delivery.parts[USERS])
    class_key, user_key = delivery.codes[SEATS, "classSourcedId"], delivery.codes[SEATS, "userSourcedId"]
    primary = _mark(seats.column("primary"), _YES) & (seat_roles == ROLES.index("teacher"))
    return Assertions(
        keys=delivery.keys,
        values=_texts(delivery, emails),
        assertions=(
            *_assert_frame(delivery),
            _assert_classes(delivery),
            *_assert_users(delivery, emails, people_roles),
            *_assert_seats(delivery, seat_roles),
        ),
        links=(Link(seats.start, class_key, "user", user_key, seat_roles, primary, days=_days(seats)),),
        rejections=(*seat_notes, *role_notes, _seatless(seats)),
        identifiers=_identifiers(delivery),
        scope=_scope(delivery),
        needs_teachers=True,
        related=True,
    )


def _days(seats: Part) -> tuple[Coded, Coded]:
    return seats.column("beginDate"), seats.column("endDate")


def _mark(column: Coded, words: frozenset[str]) -> Mask:
    """Mark the lines on which a column has one of these words."""
    has_word = np.array([*(value.casefold() in words for value in column.values.to_pylist()), False], dtype=bool)
    marked: Mask = has_word[column.codes]
    return marked


def _identifiers(delivery: _Set) -> dict[str, pa.Array]:
    """Return the district-issued id of each entity; without one, the entity's own id, but null for a person."""
    found = {}
    for entity_type, file in (
        ("schools", ORGS),
        ("terms", SESSIONS),
        ("courses", COURSES),
        ("classes", CLASSES),
        ("user", USERS),
    ):
        column, keys = delivery.parts[file].column("identifier"), delivery.keys[entity_type]
        at = np.full(len(keys) + 1, -1, dtype=np.int32)
        at[delivery.codes[file, "sourcedId"]] = column.codes
        issued = column.values.take(pa.array(at[:-1], mask=at[:-1] < 0)).cast(pa.string())
        found[entity_type] = issued if entity_type == "user" else pc.coalesce(issued, keys)
    return found


def _collect(parts: Mapping[str, Part], words: Words) -> _Set:
    there = {name: parts.get(name) or Part(name, 0, 0, {}) for name in _FILES}
    keys: dict[str, pa.Array] = {}
    codes: dict[tuple[str, str], Codes] = {}
    entity_types = {"schools": words.orgs, "courses": _COURSE_IDS, "classes": _CLASS_IDS, "user": _USER_IDS}
    for entity_type, places in entity_types.items():
        found, keys[entity_type] = merge([there[file].column(column) for file, column in places])
        codes |= dict(zip(places, found, strict=True))
    own, named, keys["terms"] = _read_sessions(there, words)
    codes[SESSIONS, "sourcedId"] = own
    school = schools_of(there[ORGS], codes[ORGS, "sourcedId"], codes[ORGS, "parentSourcedId"], len(keys["schools"]))
    delivery = _Set(words, there, keys, codes, school, np.zeros(len(school), dtype=bool), named)
    return replace(delivery, is_school=_find_schools(delivery))


def _read_sessions(parts: Mapping[str, Part], words: Words) -> tuple[Codes, tuple[Codes, ...], pa.Array]:
    """Split the cells that name several sessions: one array of codes for the first session, one for the second, ..."""
    cells = parts[CLASSES].column(words.class_terms)
    lists = [[word.strip() for word in cell.split(",") if word.strip()] for cell in cells.values.to_pylist()]
    width = max((len(named) for named in lists), default=1)
    columns = [parts[SESSIONS].column("sourcedId")]
    for at in range(width):
        ids = pa.array([named[at] if at < len(named) else None for named in lists], pa.string()).dictionary_encode()
        place = np.append(ids.indices.fill_null(-1).to_numpy(zero_copy_only=False), -1).astype(np.int32)
        columns.append(Coded(place[cells.codes], ids.dictionary))
    codes, values = merge(columns)
    return codes[0], tuple(codes[1:]), values


def _find_schools(delivery: _Set) -> Mask:
    """Mark the orgs of a school's type, and those that classes and roles refer to."""
    is_school = np.zeros(len(delivery.school), dtype=bool)
    has_school_type = _mark(delivery.parts[ORGS].column("type"), SCHOOLS)
    is_school[delivery.codes[ORGS, "sourcedId"][has_school_type]] = True
    for file in (CLASSES, ROLE_LIST):
        is_school[delivery.school_of(file)] = True
    is_school[-1] = False
    return is_school


def _emails(users: Part) -> Coded:
    """Return each user's email; without one, a sign-in name that is an address: SDS exports often lack emails."""
    (email, username), values = merge([users.column("email"), _addresses(users.column("username"))])
    return Coded(np.where(email >= 0, email, username).astype(np.int32), values)


def _addresses(names: Coded) -> Coded:
    lowered = pc.utf8_lower(names.values)
    fits = pc.match_substring_regex(lowered, r"^[^@\s,;]+@[^@\s,;]+\.[^@\s,;.]+$").to_numpy(zero_copy_only=False)
    encoded = lowered.dictionary_encode()
    place = np.append(np.where(fits, encoded.indices.to_numpy(), -1), -1).astype(np.int32)
    return Coded(place[names.codes], encoded.dictionary)


def _texts(delivery: _Set, emails: Coded) -> dict[tuple[str, str], pa.Array]:
    fields = {
        ("schools", "name"): (ORGS, "name"),
        ("terms", "title"): (SESSIONS, "title"),
        ("terms", "begin_date"): (SESSIONS, "startDate"),
        ("terms", "end_date"): (SESSIONS, "endDate"),
        ("courses", "title"): (COURSES, "title"),
        ("courses", "code"): (COURSES, delivery.words.course_code),
        ("classes", "title"): (CLASSES, "title"),
        ("classes", "period"): (CLASSES, "periods"),
        ("user", "given_name"): (USERS, "givenName"),
        ("user", "family_name"): (USERS, "familyName"),
        ("user", "grade"): (ROLE_LIST, "grade"),
    }
    found = {place: delivery.parts[file].column(column).values for place, (file, column) in fields.items()}
    return found | {("user", "email"): emails.values}


def _define(
    delivery: _Set, file: str, entity_type: str, fields: Mapping[str, str], refers: Mapping[str, Codes]
) -> Assertion:
    part = delivery.parts[file]
    values = {name: part.columns[column].codes for name, column in fields.items() if column in part.columns}
    columns = {**fields, "key": "sourcedId", "email": "email", "schools": "orgSourcedId", "courses": "courseSourcedId"}
    return Assertion(entity_type, part.start, delivery.codes[file, "sourcedId"], values | dict(refers), columns=columns)


def _assert_frame(delivery: _Set) -> list[Assertion]:
    """Return assertions about schools, terms and courses; without a file of terms, a term is only an id."""
    orgs = delivery.codes[ORGS, "sourcedId"]
    named = _define(delivery, ORGS, "schools", {"name": "name"}, {})
    frame = [replace(named, key=np.where(delivery.is_school[orgs], orgs, -1).astype(np.int32))]
    if delivery.parts[SESSIONS].size:
        days = {"title": "title", "begin_date": "startDate", "end_date": "endDate"}
        frame.append(_define(delivery, SESSIONS, "terms", days, {}))
    else:
        start, columns = delivery.parts[CLASSES].start, {"key": delivery.words.class_terms}
        frame += [Assertion("terms", start, codes, columns=columns, soft=True) for codes in delivery.sessions]
    if delivery.parts[COURSES].size:
        fields = {"title": "title", "code": delivery.words.course_code}
        frame.append(_define(delivery, COURSES, "courses", fields, {"schools": delivery.school_of(COURSES)}))
    return frame


def _assert_classes(delivery: _Set) -> Assertion:
    refers = {"schools": delivery.school_of(CLASSES)}
    if delivery.parts[COURSES].size:
        refers["courses"] = delivery.codes[CLASSES, "courseSourcedId"]
    assertion = _define(delivery, CLASSES, "classes", {"title": "title", "period": "periods"}, refers)
    words = {"terms": delivery.words.class_terms, "schools": delivery.words.class_school}
    return replace(assertion, sets={"terms": delivery.sessions}, columns={**assertion.columns, **words})


def _assert_users(delivery: _Set, emails: Coded, roles: np.ndarray[tuple[int], np.dtype[np.int8]]) -> list[Assertion]:
    """Return assertions about people (users.csv) and their roles and schools (roles.csv), primary school first."""
    names = {"given_name": "givenName", "family_name": "familyName"}
    user = _define(delivery, USERS, "user", names, {"email": emails.codes})
    part = delivery.parts[ROLE_LIST]
    primary = _mark(part.column("isPrimary"), _YES)
    school, synced = delivery.school_of(ROLE_LIST), roles >= 0
    first = np.where(primary & synced, school, -1).astype(np.int32)
    grade = np.where(roles == ROLES.index("student"), part.column("grade").codes, -1).astype(np.int32)
    role = Assertion(
        "user",
        part.start,
        delivery.codes[ROLE_LIST, "userSourcedId"],
        {"grade": grade},
        {"schools": (first, np.where(synced, school, -1).astype(np.int32))},
        {"key": "userSourcedId", "schools": "orgSourcedId", "grade": "grade"},
        roles,
        defines=False,
        soft=True,
    )
    return [user, role]


def _assert_seats(delivery: _Set, roles: np.ndarray[tuple[int], np.dtype[np.int8]]) -> list[Assertion]:
    start = delivery.parts[SEATS].start
    class_key, user_key = delivery.codes[SEATS, "classSourcedId"], delivery.codes[SEATS, "userSourcedId"]
    school = np.full(len(delivery.keys["classes"]) + 1, -1, dtype=np.int32)
    school[delivery.codes[CLASSES, "sourcedId"]] = delivery.school_of(CLASSES)
    school[-1] = -1
    listed = Assertion("classes", start, class_key, columns={"key": "classSourcedId"}, defines=False)
    columns = {"key": "userSourcedId", "schools": "classSourcedId"}
    sets = {"schools": (school[class_key],)}
    seated = Assertion("user", start, user_key, {}, sets, columns, roles, defines=False, soft=True, fallback=True)
    return [listed, seated]


def _seatless(seats: Part) -> Rejection:
    """Return a note on the enrollments of staff who are neither teachers nor aides."""
    roles, _ = read_roles(seats, "role")
    return Rejection("ROLE_NOT_SYNCED", "role", np.flatnonzero(roles == ROLES.index("staff")) + seats.start)


def _scope(delivery: _Set) -> tuple[Belonging, ...]:
    parts, words = delivery.parts, delivery.words
    org, own_session = delivery.school[delivery.codes[ORGS, "sourcedId"]], delivery.codes[SESSIONS, "sourcedId"]
    own_school = np.where(delivery.is_school[org], org, -1).astype(np.int32)
    at = ((COURSES, "orgSourcedId"), (CLASSES, words.class_school), (ROLE_LIST, "orgSourcedId"))
    return (
        Belonging("schools", parts[ORGS].start, (own_school,), "sourcedId", defines=True),
        *(Belonging("schools", parts[file].start, (delivery.school_of(file),), column) for file, column in at),
        Belonging("terms", parts[SESSIONS].start, (own_session,), "sourcedId", defines=True),
        Belonging("terms", parts[CLASSES].start, delivery.sessions, words.class_terms),
    )
