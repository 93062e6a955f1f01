"""Select what a run sends: activities, their classes that are open and have a Canvas course, and their columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from pipelines.canvas.courses import Course, find_course, find_section
from pipelines.errors import SettingsInvalid
from pipelines.http.client import Client
from pipelines.runs import Counts, Run
from pipelines.runs.request import ExportRequest
from pipelines.settings import Canvas, Columns, District
from pipelines.store.engine import transaction
from pipelines.store.statements import execute, rows

Row = Mapping[str, Any]


def activities_of(district_id: str) -> list[dict[str, Any]]:
    """Return every activity that could be sent.

    `flagged` is its source's choice; `decided` is a person's decision, or None (IC-18).
    """
    with transaction() as connection:
        return rows(connection, "grades/select.activities", district_id=district_id)


def listed(district: District, classes: Sequence[str] | None) -> list[dict[str, Any]]:
    """List the activities of a district or of some classes, with ids at the source, for a person to choose (IC-18).

    If a class is not exported, `open` says why; a person can't choose such a class (IC-02).
    """
    with transaction() as connection:
        today = datetime.now(district.zone).date()
        found = rows(connection, "grades/select.classes", district_id=district.district_id, as_of=today)
    of = {one["class_id"]: one for one in found}
    return [
        {
            "class": next(iter(of[one["class_id"]]["names"]), str(one["class_id"])),
            "activity": one["source_id"],
            "kind": one["kind"],
            "title": one["title"],
            "points": one["points"],
            "selected": _is_selected(one, _ways(of[one["class_id"]], district.canvas)) if district.canvas else False,
            "open": _closed(of[one["class_id"]]) or "",
        }
        for one in activities_of(district.district_id)
        if not classes or {*of[one["class_id"]]["names"]} & {*classes}
    ]


def select(run: Run, canvas: Canvas, api: Client) -> Counts:
    """Write the run's columns by Canvas course, and which classes are refused and why (IC-01, IC-02, IC-25).

    Raises SettingsInvalid if the request names an unknown class or activity.
    """
    wanted, key = run.request, run.key
    assert isinstance(wanted, ExportRequest)
    classes = _classes(run)
    activities = activities_of(run.district_id)
    _refuse_unknown(wanted, classes, activities)
    chosen = _chosen(wanted, canvas, classes, activities)
    places = {class_id: _place(classes[class_id], canvas, api) for class_id in chosen}
    counts: Counter[str] = Counter()
    with transaction() as connection:
        execute(connection, "grades/select.forget", **key)
        for class_id, place in places.items():
            if isinstance(place, str):
                counts[f"classes.{place.lower()}"] += 1
                execute(connection, "grades/select.refuse_class", **key, class_id=class_id, reason=place)
            else:
                counts["classes"] += 1
                _add(connection, run, place, chosen[class_id], _ways(classes[class_id], canvas))
        execute(connection, "grades/select.add_exports", **key)
        courses = rows(connection, "grades/select.courses", **key)
    counts["activities"] = sum(
        len(chosen[class_id]) for class_id, place in places.items() if not isinstance(place, str)
    )
    return dict(counts) | {"courses": len(courses)}


def courses_of(run: Run) -> list[dict[str, Any]]:
    """Return the Canvas courses that the run exports to, with the status of each."""
    with transaction() as connection:
        return rows(connection, "grades/select.courses", **run.key)


def _classes(run: Run) -> dict[Any, Row]:
    with transaction() as connection:
        key = {"district_id": run.district_id}
        found = rows(connection, "grades/select.classes", **key, as_of=run.as_of)
        numbers = {one["class_id"]: one for one in rows(connection, "grades/select.canvas_numbers", **key)}
    return {one["class_id"]: one | numbers.get(one["class_id"], {}) for one in found}


def _chosen(
    wanted: ExportRequest, canvas: Canvas, classes: Mapping[Any, Row], activities: Sequence[Row]
) -> dict[Any, list[Row]]:
    """Return the selected activities by class.

    A person's decision comes first, then the settings, then the source's flag.
    """
    chosen: dict[Any, list[Row]] = {}
    for one in activities:
        of = classes[one["class_id"]]
        named = wanted.activities is None or one["source_id"] in wanted.activities
        of_named = wanted.classes is None or {str(of["class_id"]), *of["names"]} & {*wanted.classes}
        if named and of_named and _is_selected(one, _ways(of, canvas)):
            chosen.setdefault(one["class_id"], []).append(one)
    return chosen


def _refuse_unknown(wanted: ExportRequest, classes: Mapping[Any, Row], activities: Sequence[Row]) -> None:
    """Refuse a request for unknown ids: otherwise a mistyped id would look like nothing to do."""
    known_classes = {name for of in classes.values() for name in (str(of["class_id"]), *of["names"])}
    missing = {
        "classes": {*(wanted.classes or ())} - known_classes,
        "activities": {*(wanted.activities or ())} - {one["source_id"] for one in activities},
    }
    for what, unknown in missing.items():
        if unknown:
            raise SettingsInvalid(
                f"{len(unknown)} of the requested {what} are unknown", fix="list them with: rollbook grades list"
            )


def _is_selected(one: Row, ways: Columns) -> bool:
    if one["decided"] is not None:
        return bool(one["decided"])
    return ways.select == "all" or (ways.select == "flagged" and bool(one["flagged"]))


def _closed(of: Row) -> str | None:
    if not of["is_synced"]:
        return "NO_ROSTER"
    return "ENDED" if of["is_over"] else None


def _ways(of: Row, canvas: Canvas) -> Columns:
    """Return the settings of a class, found by any of its ids at its sources; else the district's settings."""
    return next((canvas.classes[name] for name in of["names"] if name in canvas.classes), canvas)


def _place(of: Row, canvas: Canvas, api: Client) -> Course | str:
    """Return the Canvas course for a class's grades, or the reason why there is none.

    A course that was found once is not looked for again.
    """
    if closed := _closed(of):
        return closed
    if isinstance(canvas.course_map, dict):
        named = next((canvas.course_map[name] for name in of["names"] if name in canvas.course_map), None)
        if named is None:
            return "NOT_INTEGRATED"  # without a request to Canvas (IC-01)
        if not named.isdigit():
            return find_course(api, named) or "NOT_INTEGRATED"
        return Course(int(named))
    if of["course_number"] is not None:
        return Course(of["course_number"], of["section_number"])
    return _find_course(of, canvas.course_map, api) or "NOT_INTEGRATED"


def _find_course(of: Row, by: str, api: Client) -> Course | None:
    """Find the Canvas course by the class's ids.

    Unless the map is by SIS section ids, try the ids of its course too: one Canvas course may hold several classes.
    """
    if by == "sis_section_id":
        return next(filter(None, (find_section(api, name) for name in of["names"])), None)
    names = [*of["names"], *of["course_names"]]
    return next(filter(None, (find_course(api, f"sis_course_id:{name}") for name in names)), None)


def _add(connection: Connection, run: Run, place: Course, chosen: Sequence[Row], ways: Columns) -> None:
    key = run.key | {"course_number": place.number, "class_id": chosen[0]["class_id"]}
    execute(connection, "grades/select.link_course", **key, section_number=place.section)
    key["zeros"] = ways.blanks == "zero"
    if ways.columns == "total_per_kind":
        execute(connection, "grades/select.add_totals", **key, activity_ids=[one["activity_id"] for one in chosen])
        return
    for one in chosen:
        columns = {name: one[name] for name in ("activity_id", "title", "kind", "points", "due_at")}
        execute(connection, "grades/select.add_activity", **key, **columns)
