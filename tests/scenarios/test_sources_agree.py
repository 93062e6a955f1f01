"""One district from every source: the roster is the same, in every attribute that the source delivers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipelines.settings import District, SourceSettings
from pipelines.sources import configured, module_of
from pipelines.sources.contract import ExtractRequest
from pipelines.validate.delivery import validate_delivery
from pipelines.validate.result import Validated
from sandbox import write
from sandbox.demo.vendors import connection_id, connections
from sandbox.district import World, generate
from sandbox.vendors import ids
from sandbox.vendors.handle import Sandbox
from sandbox.vendors.oneroster.package import write_package
from sandbox.vendors.serving import serving
from tests.town import FIRST

NAME = "springfield"
# What a source does not deliver, and why; everything else must be the same.
CANNOT = {
    "combined file": {
        "enrollments.begin_date": "a line has the term's days, not the enrollment's",
        "enrollments.end_date": "as begin_date",
        "courses.code": "the course's number is its id",
        "courses.school": "a line's school is its class's",
    },
    "clever": {
        "classes.title": "Clever makes its own of course, teacher and period",
        "courses.code": "the course's number is the one that is unique in the district",
        "courses.school": "Clever's courses have none",
        "enrollments.begin_date": "Clever dates a student's time at a school, not in a section",
        "enrollments.end_date": "as begin_date",
        "terms.id": "Clever's terms have only a name and days",
    },
    "classlink": {},
    "oneroster_csv 1.1": {},
    "oneroster_csv 1.2": {},
}
Roster = dict[str, dict[tuple[Any, ...], dict[str, Any]]]


@pytest.fixture(scope="module")
def world() -> World:
    return generate(seed=11, students=160, schools=2, district=NAME, as_of=FIRST, co_teacher_percent=10)


@pytest.fixture(scope="module")
def sandbox(world: World) -> Iterator[Sandbox]:
    with serving(worlds=[world], seed=11) as running:
        yield running


@pytest.fixture
def rosters(world: World, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Roster]:
    for kind in ("clever", "classlink"):
        for name, value in connections(sandbox, {NAME: kind}).items():
            monkeypatch.setenv(name, value)
    quiet = {"completeness": {"settle_seconds": 0}}
    write.write(world, tmp_path, layout="combined", format="csv")
    for version in ("1.1", "1.2"):
        write_package(sandbox.account, tmp_path / f"{version}.zip", version=version)
    settings: dict[str, dict[str, Any]] = {
        "combined file": {"kind": "sis_file", "path": str(tmp_path / "roster.csv"), **quiet},
        "clever": {
            "kind": "clever",
            "connection": connection_id("clever", NAME),
            "clever_district_id": ids.clever(world, "districts", NAME, 0),
        },
        "classlink": {"kind": "classlink", "connection": connection_id("classlink", NAME)},
        "oneroster_csv 1.1": {"kind": "oneroster_csv", "path": str(tmp_path / "1.1.zip"), **quiet},
        "oneroster_csv 1.2": {"kind": "oneroster_csv", "path": str(tmp_path / "1.2.zip"), **quiet},
    }
    return {name: roster_of(judged(one, tmp_path / f"pull {name}")) for name, one in settings.items()}


def judged(settings: Mapping[str, Any], folder: Path) -> Validated:
    """Return what validate accepts of a source's delivery."""
    source = configured(SourceSettings.model_validate(settings))
    module = module_of(source.kind)
    folder.mkdir()
    fetched = module.fetch(source, ExtractRequest(NAME, FIRST, folder))
    module.prove_whole(fetched, source, None)
    tables, layout = module.understand(fetched.files, source)
    facts = {"district_id": NAME, "name": NAME, "sources": [json.loads(json.dumps(settings))]}
    found = validate_delivery(tables, layout, District.model_validate(facts))
    assert found.counts["quarantined"] == 0, found.findings
    return found


Row = dict[str, Any]


@dataclass(frozen=True)
class Names:
    """The district's own id of each row, by the row's number in this delivery; a term's title."""

    rows: dict[str, list[Row]]

    def of(self, entity: str, number: int | None) -> str | None:
        called = "title" if entity == "terms" else "identifier"
        return next((row[called] for row in self.rows[entity] if row["n"] == number), None)

    def several(self, entity: str, numbers: str) -> tuple[str | None, ...]:
        return tuple(self.of(entity, int(number)) for number in numbers.strip("{}").split(",") if number)


def roster_of(accepted: Validated) -> Roster:
    """Return every entity by the district's own ids, with its attributes; references use the same ids."""
    rows = {entity: table.to_pylist() for entity, table in accepted.accepted.items()}
    names, functions = Names(rows), {"courses": course, "classes": group, "users": person, "enrollments": seat}
    roster: Roster = {
        "schools": {(row["identifier"],): picked(row, "name") for row in rows["schools"]},
        # A combined file has only the titles of terms: so terms are compared by title.
        "terms": {(row["title"],): picked(row, "begin_date", "end_date") for row in rows["terms"]},
    }
    return roster | {
        entity: dict(function(row, names) for row in rows[entity]) for entity, function in functions.items()
    }


def picked(row: Row, *attributes: str) -> Row:
    return {name: row[name] for name in attributes}


def course(row: Row, names: Names) -> tuple[tuple[Any, ...], Row]:
    return (row["identifier"],), picked(row, "title", "code") | {"school": names.of("schools", row["school_n"])}


def group(row: Row, names: Names) -> tuple[tuple[Any, ...], Row]:
    refers = {"school": names.of("schools", row["school_n"]), "course": names.of("courses", row["course_n"])}
    refers |= {"terms": names.several("terms", row["term_ns"])}
    return (row["identifier"],), picked(row, "title", "period") | refers


def person(row: Row, names: Names) -> tuple[tuple[Any, ...], Row]:
    attributes = picked(row, "role", "given_name", "family_name", "email", "grade")
    return (row["identifier"],), attributes | {"schools": names.several("schools", row["school_ns"])}


def seat(row: Row, names: Names) -> tuple[tuple[Any, ...], Row]:
    key = (names.of("classes", row["class_n"]), names.of("users", row["user_n"]), row["role"])
    return key, picked(row, "begin_date", "end_date", "is_primary")


def compared(roster: Roster, entity: str, cannot: Mapping[str, str]) -> dict[tuple[Any, ...], Row]:
    return {
        key: {name: value for name, value in row.items() if f"{entity}.{name}" not in cannot}
        for key, row in roster[entity].items()
    }


def test_every_source_of_the_same_district_gives_the_same_roster(rosters: dict[str, Roster]) -> None:
    against = rosters["oneroster_csv 1.2"]
    for name, cannot in CANNOT.items():
        for entity in against:
            ours = compared(rosters[name], entity, cannot)
            theirs = compared(against, entity, cannot)
            if entity == "terms":  # a year without classes is not in a file of classes
                theirs = {key: row for key, row in theirs.items() if key in ours}
                assert ours
            assert ours == theirs, (name, entity)


def test_every_attribute_listed_as_not_delivered_really_differs(rosters: dict[str, Roster]) -> None:
    against = rosters["oneroster_csv 1.2"]
    for name, cannot in CANNOT.items():
        for entity, _, attribute in (place.partition(".") for place in cannot):
            if attribute == "id":
                continue
            same = [
                row[attribute] == against[entity][key][attribute]
                for key, row in rosters[name][entity].items()
                if key in against[entity]
            ]
            assert not all(same), (name, entity, attribute)
