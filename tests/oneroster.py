"""A small OneRoster package for tests, in the CSV binding: two schools, their people and classes."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipelines.sources.oneroster_csv.manifest import OTHERS, ROSTER
from tests.delivery import Row

Files = dict[str, list[Row]]

_STAMP = "2026-08-20T06:15:40.221Z"


def whole_package(version: str = "1.1", **more: list[Row]) -> Files:
    """Return a bulk package; in version 1.2 the people have rows of roles, too."""
    files: Files = {
        "orgs": [
            {"sourcedId": "D", "name": "District", "type": "district", "identifier": "D1", "parentSourcedId": ""},
            {"sourcedId": "S1", "name": "North High", "type": "school", "identifier": "1", "parentSourcedId": "D"},
            {"sourcedId": "S2", "name": "South High", "type": "school", "identifier": "2", "parentSourcedId": "D"},
        ],
        "academicSessions": [
            session("Y", "schoolYear", "2026-08-01", "2027-06-19"),
            session("F", "term", "2026-08-01", "2026-12-19"),
            session("G", "gradingPeriod", "2026-08-01", "2026-10-10"),
        ],
        "courses": [
            {"sourcedId": "M", "title": "Mathematics", "courseCode": "101", "orgSourcedId": "D"},
            {"sourcedId": "E", "title": "English", "courseCode": "102", "orgSourcedId": "S1"},
        ],
        "classes": [klass("C1", "S1", "M"), klass("C2", "S1", "E"), klass("C3", "S2", "M")],
        "users": [
            user("t1", "teacher", "S1"),
            user("t2", "teacher", "S2,S1"),
            *(user(f"s{number}", "student", "S1" if number < 5 else "S2", grades="09") for number in range(1, 9)),
            user("g1", "guardian", "S1"),
        ],
        "enrollments": [
            seat("C1", "t1", "teacher", primary="true"),
            seat("C2", "t1", "teacher", primary="TRUE"),
            seat("C3", "t2", "teacher", primary="false"),
            *(seat(name, f"s{number}") for name in ("C1", "C2") for number in range(1, 5)),
            *(seat("C3", f"s{number}") for number in range(5, 9)),
        ],
    }
    if version == "1.2":
        files["roles"] = [
            role_row(person["sourcedId"], org, person["role"])
            for person in files["users"]
            for org in person["orgSourcedIds"].split(",")
        ]
        for person in files["users"]:
            person["primaryOrgSourcedId"] = person["orgSourcedIds"].split(",")[0]
            del person["role"], person["orgSourcedIds"]
    return files | more


def session(name: str, kind: str, start: str, end: str) -> Row:
    return _row(name) | {"title": f"Session {name}", "type": kind, "startDate": start, "endDate": end}


def klass(name: str, school: str, course: str, **more: str) -> Row:
    named = {"title": f"Class {name}", "courseSourcedId": course, "schoolSourcedId": school}
    return _row(name) | named | {"termSourcedIds": "F", "periods": "1"} | more


def user(name: str, role: str, orgs: str, **more: str) -> Row:
    """Return a user with values that Rollbook never stores: a phone number and a password."""
    named = {"enabledUser": "true", "orgSourcedIds": orgs, "role": role, "username": name}
    named |= {"givenName": f"Given-{name}", "familyName": f"Family-{name}", "identifier": f"id-{name}"}
    kept_out = {"sms": "555-0100", "phone": "555-0199", "agentSourcedIds": "g1", "grades": "", "password": "hunter2"}
    return _row(name) | named | {"email": f"{name}@school.example"} | kept_out | more


def seat(group: str, person: str, role: str = "student", **more: str) -> Row:
    named = {"classSourcedId": group, "userSourcedId": person, "role": role, "primary": "false"}
    return _row(f"{group}_{person}") | named | {"beginDate": "2026-08-01", "endDate": "2026-12-19"} | more


def role_row(person: str, org: str, role: str, **more: str) -> Row:
    named = {"userSourcedId": person, "roleType": "primary", "role": role, "orgSourcedId": org}
    return _row(f"{person}@{org}") | named | more


def stamped(row: Row, status: str = "active", at: str = _STAMP) -> Row:
    """Return a row as a delta package has it."""
    return row | {"status": status, "dateLastModified": at}


def _row(name: str) -> Row:
    return {"sourcedId": name, "status": "", "dateLastModified": ""}


def manifest(files: Files, version: str = "1.1", **modes: str) -> list[Row]:
    """Return the manifest of a package; every file is bulk unless `modes` names another mode."""
    kinds = [kind for kind in (*ROSTER, *OTHERS) if version == "1.2" or kind != "roles"]
    properties = {"manifest.version": "1.0", "oneroster.version": version}
    properties |= {f"file.{kind}": modes.get(kind, "bulk" if kind in files else "absent") for kind in kinds}
    return [{"propertyName": name, "value": value} for name, value in properties.items()]


def encoded(rows: Sequence[Row], line_end: str = "\r\n") -> bytes:
    """Return rows as a CSV file; the columns are those of the first row, then those that other rows add."""
    stream = io.StringIO()
    fields = list(dict.fromkeys(field for row in rows for field in row))
    writer = csv.DictWriter(stream, fields, restval="", lineterminator=line_end)
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue().encode()


def parts(files: Files, version: str = "1.1", **modes: str) -> dict[str, bytes]:
    """Return a package's files and its manifest, by name."""
    everything = {"manifest": manifest(files, version, **modes), **files}
    return {f"{kind}.csv": encoded(rows) for kind, rows in everything.items()}


def as_folder(folder: Path, content: Mapping[str, bytes]) -> Path:
    """Write files into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in content.items():
        (folder / name).write_bytes(data)
    return folder


def as_zip(path: Path, content: Mapping[str, bytes], **how: Any) -> Path:
    """Pack files into a zip."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", **({"compression": zipfile.ZIP_DEFLATED} | how)) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return path
