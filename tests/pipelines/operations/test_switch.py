"""The comparison before a switch of source: who is recognised, new or vanishing. It changes nothing."""

from __future__ import annotations

import dataclasses
import threading
from typing import Any

import pytest

from pipelines.errors import SettingsInvalid, SourceUnavailable
from pipelines.operations import switch
from pipelines.operations.switch import Compared, Switch
from pipelines.settings import load_district
from sandbox import nights
from sandbox.district import World
from tests.town import FIRST, Town, world

OUR_IDS = {
    "schools": ("school_id",),
    "terms": ("term_id",),
    "courses": ("course_id", "school_id"),
    "classes": ("class_id", "school_id", "course_id"),
    "users": ("user_id",),
    "enrollments": ("class_id", "user_id"),
    "links": ("id",),
}
EVERYTHING = ("roster", "history", "runs", "work", "staging")


def compared(town: Town, layout: str = "sds_v21", **facts: Any) -> Switch:
    """Compare the delivery of a candidate that lies in the drop folder."""
    town.settle(**({"candidates": [town.source(layout)]} | facts))
    return switch.compare(load_district(town.district_id), "sis_file", FIRST)


def of(found: Switch, entity: str, role: str | None = None) -> Compared:
    (one,) = [one for one in found.compared if (one.entity, one.role) == (entity, role)]
    return one


def told(one: Compared) -> dict[str, int]:
    """The counts that are not 0."""
    facts = dataclasses.asdict(one)
    return {name: facts[name] for name in facts if name not in {"entity", "role", "ok"} and facts[name]}


def come_from_elsewhere(town: Town) -> None:
    """Make the roster one that another kind of source made, under ids of its own."""
    for table, columns in OUR_IDS.items():
        renamed = ", ".join(f"{column} = cast(md5(cast({column} as text)) as uuid)" for column in columns)
        town.ask(f"update roster.{table} set {renamed}, source = 'pigeon'")
    for table, column in (("classes", "term_ids"), ("users", "school_ids")):
        renamed = f"array(select cast(md5(cast(x as text)) as uuid) from unnest({column}) as x)"
        town.ask(f"update roster.{table} set {column} = {renamed}")


def students(town: Town) -> int:
    return int(town.one("select count(*) from roster.users where role = 'student' and status = 'active'"))


def test_the_same_source_links_everybody_and_nobody_is_new_or_gone(synced: Town) -> None:
    synced.deliver(world())
    found = compared(synced, "combined")
    assert found.layout == "combined"
    for one in found.compared:
        assert told(one) == {"active": one.active, "by_link": one.active}
        assert one.ok
        assert one.active
    assert {one.entity for one in found.compared} == {
        "schools", "terms", "courses", "classes", "users", "enrollments"
    }  # fmt: skip


def test_nothing_is_landed_staged_planned_or_recorded(synced: Town) -> None:
    synced.deliver(world(), "sds_v21")
    before = synced.dump(*EVERYTHING)
    compared(synced)
    assert synced.dump(*EVERYTHING) == before
    assert not (synced.folder / "landing").exists()


def test_a_switch_matches_people_by_exact_id_then_by_exact_email(synced: Town) -> None:
    come_from_elsewhere(synced)
    synced.deliver(world())
    synced.ask("update roster.users set identifier = 'other-' || identifier where role = 'teacher'")
    found = compared(synced, "combined", limits={})
    everybody = students(synced)
    assert told(of(found, "users", "student")) == {"active": everybody, "by_id": everybody}
    teachers = of(found, "users", "teacher")
    assert told(teachers) == {"active": teachers.active, "by_email": teachers.active}
    for entity in ("schools", "terms", "courses", "classes"):
        assert told(of(found, entity)) == {"active": of(found, entity).active, "by_id": of(found, entity).active}
    assert all(one.ok for one in found.compared)


def test_classes_with_other_ids_are_new_and_vanishing_and_exceed_the_limits(synced: Town) -> None:
    come_from_elsewhere(synced)
    synced.ask("update roster.links set source_id = 'p-' || source_id where entity = 'classes'")
    synced.deliver(world())
    found = compared(synced, "combined", limits={})
    classes = of(found, "classes")
    assert told(classes) == {"active": classes.active, "new": classes.active, "vanishing": classes.active}
    assert {one.entity for one in found.compared if not one.ok} == {"classes"}  # who sat in them has moved


def test_the_comparison_equals_the_plan_of_the_switch(synced: Town) -> None:
    """The comparison is the plan's own matching: who it links is whom a night would link."""
    come_from_elsewhere(synced)
    changed = nights.evolve(world(), seed=3, percent=10, kinds=("drop", "add")).world
    synced.deliver(dataclasses.replace(changed, as_of=FIRST))
    found = compared(synced, "combined")
    synced.settle()
    night = synced.sync(FIRST, plan_only=True)
    people = [one for one in found.compared if one.entity == "users"]
    assert night.planned["users", "link"] == sum(one.by_id + one.by_email for one in people)
    assert night.planned["users", "create"] == sum(one.new for one in people)
    for entity in ("classes", "users"):
        gone = sum(one.vanishing for one in found.compared if one.entity == entity)
        assert night.planned.get((entity, "archive"), 0) == gone
    assert of(found, "users", "student").vanishing > 0


def test_missing_people_vanish_added_people_are_new_and_limits_apply(synced: Town) -> None:
    evolved = nights.evolve(world(), seed=2, percent=10, kinds=("drop", "add"))
    synced.deliver(dataclasses.replace(evolved.world, as_of=FIRST))
    strict = {"archive_percent": 1, "archive_rows": 1}
    found = of(compared(synced, "combined", limits=strict), "users", "student")
    assert found.vanishing > 1
    assert found.new > 1
    assert not found.ok
    assert of(compared(synced, "combined"), "users", "student").ok


def test_a_layout_that_does_not_cover_students_keeps_them(synced: Town) -> None:
    synced.deliver(world(), "staff")
    found = compared(synced, "staff")
    everybody = students(synced)
    assert told(of(found, "users", "student")) == {"active": everybody, "staying": everybody}
    assert of(found, "users", "teacher").by_link == of(found, "users", "teacher").active


def test_an_archived_person_would_be_reactivated(synced: Town) -> None:
    synced.deliver(world())
    somebody = "(select user_id from roster.users where role = 'student' limit 1)"
    synced.ask(f"update roster.users set status = 'archived' where user_id = {somebody}")
    assert of(compared(synced, "combined"), "users", "student").reactivated == 1


def test_a_person_on_a_quarantined_line_does_not_vanish(synced: Town) -> None:
    (path,) = synced.deliver(world())
    lines = path.read_text(encoding="utf-8").splitlines()
    student = lines[1].split(",")[7]
    broken = [line if f",{student}," not in line else line + ",surplus,cells" for line in lines]
    path.write_text("\n".join(broken) + "\n", encoding="utf-8")
    found = compared(synced, "combined")
    assert found.counts["quarantined"] > 0
    assert of(found, "users", "student").vanishing == 0


def test_two_comparisons_at_the_same_time_do_not_affect_each_other(synced: Town) -> None:
    synced.deliver(world(), "sds_v21")
    once = compared(synced)
    again: list[Switch] = []
    district = load_district(synced.district_id)
    tasks = [
        threading.Thread(target=lambda: again.append(switch.compare(district, "sis_file", FIRST))) for _ in range(2)
    ]
    for task in tasks:
        task.start()
    for task in tasks:
        task.join(60)
    assert again == [once, once]


def test_a_source_that_the_settings_do_not_name_exactly_once_is_refused(synced: Town) -> None:
    district = load_district(synced.district_id)
    with pytest.raises(SettingsInvalid, match="no source 'pigeon'"):
        switch.compare(district, "pigeon", FIRST)
    synced.settle(sources=[synced.source("staff"), synced.source("students")])
    with pytest.raises(SettingsInvalid, match="2 sources 'sis_file'"):
        switch.compare(load_district(synced.district_id), "sis_file", FIRST)


def test_an_unavailable_candidate_raises_the_error_of_a_run(synced: Town) -> None:
    with pytest.raises(SourceUnavailable):
        compared(synced)


def test_no_run_reads_a_candidate(town: Town) -> None:
    town.settle(candidates=[town.source("staff", path="/nowhere/{as_of}/staff.csv")])
    night: World = world()
    assert town.night(night).status == "applied"
    assert town.one("select count(*) from runs.imports") == 1
