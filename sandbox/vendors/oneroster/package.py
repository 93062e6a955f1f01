"""OneRoster CSV packages of a district: 1.1 or 1.2, everything or a night's changes, a zip or a folder."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Literal

from sandbox.vendors.account import Account
from sandbox.vendors.oneroster import gradebook, rows
from sandbox.vendors.oneroster.rest import Version
from sandbox.vendors.oneroster.rows import Row

Mode = Literal["bulk", "delta"]

_HEAD = "sourcedId status dateLastModified "
_USER = "username userIds givenName familyName middleName identifier email sms phone agentSourcedIds grades password"
_SHARED = {
    "academicSessions": "title type startDate endDate parentSourcedId schoolYear",
    "orgs": "name type identifier parentSourcedId",
    "courses": "schoolYearSourcedId title courseCode grades orgSourcedId subjects subjectCodes",
    "classes": "title grades courseSourcedId classCode classType location schoolSourcedId termSourcedIds subjects"
    " subjectCodes periods",
    "enrollments": "classSourcedId schoolSourcedId userSourcedId role primary beginDate endDate",
    "demographics": "birthDate sex americanIndianOrAlaskaNative asian blackOrAfricanAmerican"
    " nativeHawaiianOrOtherPacificIslander white demographicRaceTwoOrMoreRaces hispanicOrLatinoEthnicity"
    " countryOfBirthCode stateOfBirthAbbreviation cityOfBirth publicSchoolResidenceStatus",
}
COLUMNS: dict[Version, dict[str, str]] = {
    "1.1": _SHARED | {"users": f"enabledUser orgSourcedIds role {_USER}"},
    "1.2": _SHARED
    | {
        "users": f"enabledUser {_USER} userMasterIdentifier preferredGivenName preferredMiddleName preferredFamilyName"
        " primaryOrgSourcedId pronouns",
        "roles": "userSourcedId roleType role beginDate endDate orgSourcedId userProfileSourcedId",
    },
}
_RESULT = "lineItemSourcedId studentSourcedId scoreStatus score scoreDate comment"
_ITEM = "title description assignDate dueDate classSourcedId categorySourcedId"
GRADEBOOK: dict[Version, dict[str, str]] = {
    "1.1": {
        "categories": "title",
        "lineItems": f"{_ITEM} gradingPeriodSourcedId resultValueMin resultValueMax",
        "results": _RESULT,
    },
    "1.2": {
        "categories": "title weight",
        "lineItems": f"{_ITEM} academicSessionSourcedId resultValueMin resultValueMax schoolSourcedId",
        "results": f"{_RESULT} textScore classSourcedId inProgress incomplete late missing",
    },
}
_ABSENT = "categories classResources courseResources lineItems resources results"
_ABSENT_12 = (
    "lineItemLearningObjectiveIds lineItemScoreScales resultLearningObjectiveIds resultScoreScales scoreScales"
    " userProfiles userResources"
)
_PLAIN = {"orgs": "orgSourcedIds", "agents": "agentSourcedIds", "terms": "termSourcedIds"}


def write_package(
    account: Account, target: Path, *, version: Version = "1.1", mode: Mode = "bulk", stamped: bool = False
) -> Path:
    """Write a package to `target`: a zip if it is named so, else a folder. A delta holds the last night's changes of
    the roster.

    A bulk file says nothing about status and dates, unless it is `stamped`, as many are that SIS export.
    """
    texts = {name: text for name, text in _tables(account, version, mode, stamped) if text}
    manifest = _manifest(version, dict.fromkeys(texts, mode))
    files = {"manifest.csv": manifest} | {f"{name}.csv": text for name, text in texts.items()}
    if target.suffix == ".zip":
        target.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in files.items():
                archive.writestr(zipfile.ZipInfo(name, (2026, 8, 1, 0, 0, 0)), text, zipfile.ZIP_DEFLATED)
    else:
        target.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (target / name).write_bytes(text.encode())
    return target


def _tables(account: Account, version: Version, mode: Mode, stamped: bool) -> Iterator[tuple[str, str]]:
    """Each file's text; no rows, no file."""
    for name, columns in COLUMNS[version].items():
        kind = "users" if name == "roles" else name
        found = rows.rows_of(kind, account.view, account.behaviour)
        if mode == "delta":
            found = _changed(account, chain(found, account.gone.get(kind, {}).values()))
        if name == "roles":
            found = _roles(found)
        yield name, _text((_HEAD + columns).split(), found, blank=mode == "bulk" and not stamped)
    if account.behaviour.oneroster_gradebook and mode == "bulk":
        for name, columns in GRADEBOOK[version].items():
            yield name, _text((_HEAD + columns).split(), gradebook.rows_of(name, account), blank=not stamped)


def _changed(account: Account, found: Iterable[Row]) -> Iterator[Row]:
    now = account.view.moment(account.view.night)
    return (row for row in found if row["dateLastModified"] == now)


def _roles(users: Iterable[Row]) -> Iterator[Row]:
    for user in users:
        for at, org in enumerate(user["orgs"]):
            yield user | {
                "sourcedId": f"{user['sourcedId']}_{org}",
                "user": user["sourcedId"],
                "org": org,
                "roleType": "secondary" if at else "primary",
            }


def _text(columns: list[str], found: Iterable[Row], *, blank: bool) -> str:
    """A file's text, or none if it has no rows."""
    file = io.StringIO(newline="")
    out = csv.writer(file, lineterminator="\r\n")
    out.writerow(columns)
    empty = file.tell()
    cells = [_cell(name) for name in columns]
    for row in found:
        values = [cell(row) for cell in cells]
        out.writerow([values[0], "", "", *values[3:]] if blank else values)
    return file.getvalue() if file.tell() > empty else ""


def _cell(column: str) -> Callable[[Row], str]:
    """How a column's text is made of a row, which has the names of the REST binding."""
    if column == "userIds":
        return lambda row: ",".join(f"{{{one['type']}:{one['identifier']}}}" for one in row["userIds"])
    if column == "primaryOrgSourcedId":
        return lambda row: str(row["orgs"][0])
    names = {plural: name for name, plural in _PLAIN.items()}
    name = names.get(column, column if column == "sourcedId" else column.removesuffix("SourcedId"))
    return lambda row: _plain(row.get(name, ""))


def _plain(value: str | list[str]) -> str:
    return ",".join(value) if isinstance(value, list) else value


def _manifest(version: Version, present: dict[str, Mode]) -> str:
    names = [*COLUMNS[version], *_ABSENT.split(), *(_ABSENT_12.split() if version == "1.2" else ())]
    lines = [("propertyName", "value"), ("manifest.version", "1.0"), ("oneroster.version", version)]
    lines += [(f"file.{name}", present.get(name, "absent")) for name in sorted(names, key=str.lower)]
    lines += [("source.systemName", "Sandbox SIS"), ("source.systemCode", "sandbox")]
    return "".join(f"{name},{value}\r\n" for name, value in lines)
