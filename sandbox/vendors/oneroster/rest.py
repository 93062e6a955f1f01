"""A row as JSON in the shape of a version. References carry an href on the SIS's own host, never on the one asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

import msgspec

from sandbox.vendors.behaviour import Behaviour
from sandbox.vendors.oneroster.rows import Row

Version = Literal["1.1", "1.2"]

BASES = {"1.1": "/ims/oneroster/v1p1", "1.2": "/ims/oneroster/rostering/v1p2"}
GRADEBOOK_BASES = {"1.1": BASES["1.1"], "1.2": "/ims/oneroster/gradebook/v1p2"}
_PLURAL = {
    "org": "orgs",
    "academicSession": "academicSessions",
    "course": "courses",
    "class": "classes",
    "user": "users",
}
_OF_GRADEBOOK = {"category": "categories", "lineItem": "lineItems"}
_REFERENCES = {
    "orgs": {"parent": "org", "children": "org"},
    "academicSessions": {"parent": "academicSession", "children": "academicSession"},
    "courses": {"schoolYear": "academicSession", "org": "org"},
    "classes": {"course": "course", "school": "org", "terms": "academicSession"},
    "users": {"orgs": "org", "agents": "user", "primaryOrg": "org"},
    "enrollments": {"user": "user", "class": "class", "school": "org"},
    "demographics": {},
    "categories": {},
    "lineItems": {
        "class": "class",
        "school": "org",
        "category": "category",
        "gradingPeriod": "academicSession",
        "academicSession": "academicSession",
    },
    "results": {"lineItem": "lineItem", "student": "user", "class": "class"},
}
_ELSEWHERE = {  # fields of the other version
    "1.1": {"lineItems": {"school", "academicSession"}, "results": {"class"}},
    "1.2": {"lineItems": {"gradingPeriod"}},
}
_MOMENTS = {"lineItems": ("assignDate", "dueDate")}
_NUMBERS = {"lineItems": ("resultValueMin", "resultValueMax"), "results": ("score",)}


@dataclass(frozen=True)
class Form:
    """How a server writes rows: its version, where roles stand, and the host of its hrefs."""

    version: Version
    roles: Literal["role", "roles", "both"]
    host: str

    def reference(self, kind: str, row_id: str) -> dict[str, str]:
        bases, plural = (GRADEBOOK_BASES, _OF_GRADEBOOK) if kind in _OF_GRADEBOOK else (BASES, _PLURAL)
        href = f"{self.host}{bases[self.version]}/{plural[kind]}/{quote(row_id, safe='')}"
        return {"href": href, "sourcedId": row_id, "type": kind}


def form(version: Version, behaviour: Behaviour, district: str) -> Form:
    """The form of a district's server."""
    usual: Literal["role", "roles"] = "role" if version == "1.1" else "roles"
    roles = usual if behaviour.oneroster_roles == "usual" else behaviour.oneroster_roles
    return Form(version, roles, f"https://{district.replace('_', '-')}-tx-v2.rosterserver.example")


def shape(kind: str, row: Row, how: Form) -> Row:
    """One row as the server gives it."""
    shaped = _user(row, how) if kind == "users" else _of_version(kind, row, how.version)
    for name, target in _REFERENCES[kind].items():
        value = shaped.get(name)
        if isinstance(value, list):
            shaped[name] = [how.reference(target, one) for one in value]
        elif value:
            shaped[name] = how.reference(target, value)
        elif name in shaped:
            del shaped[name]
    return _without_blanks(kind, shaped, how.version)


def _user(row: Row, how: Form) -> Row:
    user = {name: value for name, value in row.items() if name not in ("role", "orgs")}
    if how.roles in ("role", "both"):
        user |= {"role": row["role"], "orgs": row["orgs"]}
    if how.roles in ("roles", "both"):
        user["roles"] = [
            {"roleType": "primary", "role": row["role"], "org": how.reference("org", org)} for org in row["orgs"]
        ]
        user["primaryOrg"] = row["orgs"][0]
    return user


def _of_version(kind: str, row: Row, version: Version) -> Row:
    """A row's own fields in a version; days of the gradebook are moments, and its numbers are written as they stand."""
    elsewhere = _ELSEWHERE[version].get(kind, set())
    shaped = {name: value for name, value in row.items() if name not in elsewhere}
    shaped |= {name: f"{shaped[name]}T00:00:00.000Z" for name in _MOMENTS.get(kind, ())}
    return shaped | {name: msgspec.Raw(shaped[name].encode()) for name in _NUMBERS.get(kind, ()) if shaped[name]}


def _without_blanks(kind: str, row: Row, version: Version) -> Row:
    """1.1 gives everything, if only as an empty text, and so does 1.2 of users."""
    if version == "1.1" or kind == "users":
        return row
    return {name: value for name, value in row.items() if value != ""}
