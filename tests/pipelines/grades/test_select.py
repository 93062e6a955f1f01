"""Which activities are sent: a person's selection, else the settings, else the source's flag; and to which course."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.grades import decisions, select
from pipelines.settings import load_district
from tests.school import School


def columns(here: School) -> list[str]:
    return sorted(one["name"] for one in here.sandbox.columns(here.course))


@pytest.mark.parametrize(
    ("settings", "sent"),
    [
        ({}, ["flagged"]),
        ({"select": "all"}, ["flagged", "plain"]),
        ({"select": "none"}, []),
        ({"select": "none", "classes": {"select": "all"}}, ["flagged", "plain"]),
    ],
)
def test_the_settings_select_activities_and_a_class_may_have_its_own_settings(
    here: School, settings: dict[str, Any], sent: list[str]
) -> None:
    own = {"classes": {here.class_id: settings["classes"]}} if "classes" in settings else {}
    here.settle(**settings | own)
    here.score("flagged", {0: 8})
    here.score("plain", {0: 8}, selected=False)
    here.export()
    assert columns(here) == sent
    listed = select.listed(load_district("springfield"), None)
    assert sorted(one["activity"] for one in listed if one["selected"]) == sent
    assert len(listed) == 2


def test_a_persons_selection_overrides_the_settings_and_the_source(here: School) -> None:
    here.score("flagged", {0: 8})
    here.score("plain", {0: 8}, selected=False)
    decisions.select("springfield", (None, ["flagged"]), False, "an instructor")
    decisions.select("springfield", (None, ["plain"]), True, "an instructor")
    here.export()
    assert columns(here) == ["plain"]


def test_a_deselected_activity_stays_unchanged_in_canvas(here: School) -> None:
    here.score("quiz-1", {0: 8})
    here.export()
    decisions.select("springfield", ([here.class_id], None), False, "an instructor")
    here.score("quiz-1", {0: 9})
    here.export()
    assert here.in_canvas("quiz-1") == {0: 8.0}


@pytest.mark.parametrize("course_map", ["sis_course_id", "sis_section_id", "number", "sis"])
def test_a_class_finds_its_canvas_course_by_every_course_map(here: School, course_map: str) -> None:
    sis_id = here.town.one(
        "select l.source_id from roster.links l join roster.classes c on c.course_id = l.id join roster.links k"
        " on k.id = c.class_id and k.entity = 'classes' where l.entity = 'courses' and k.source_id = %s",
        here.class_id,
    )
    listed = {"number": {here.class_id: str(here.course)}, "sis": {here.class_id: f"sis_course_id:{sis_id}"}}
    here.settle(course_map=listed.get(course_map, course_map))
    here.score("quiz-1", {0: 8})
    here.export()
    refused = here.town.ask("select reason from gradebook.refused_classes")
    assert (columns(here), refused) == (["quiz-1"], [])


def test_a_class_that_was_never_synced_is_not_exported(here: School) -> None:
    here.score("quiz-1", {0: 8})
    here.town.ask("update roster.classes set run_id = null where origin = 'synced' returning 1")
    here.sandbox.clear()
    here.export()
    assert here.sandbox.requests("canvas") == []
    assert here.town.ask("select reason from gradebook.refused_classes") == [("NO_ROSTER",)]
