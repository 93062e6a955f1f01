from __future__ import annotations

from sandbox.vendors import view
from sandbox.vendors.behaviour import Behaviour
from sandbox.vendors.clever import records
from sandbox.vendors.clever.records import Office


def test_an_absent_value_is_missing_null_or_empty_in_turn():
    made = [{} for _ in range(3)]
    for turn, record in enumerate(made):
        records.optional(record, "phone", "", turn)
    assert made == [{}, {"phone": None}, {"phone": ""}]
    records.optional(made[0], "phone", "1", 0)
    assert made[0] == {"phone": "1"}


def test_a_term_without_a_section_is_not_listed(world):
    office = Office(view.opening(world), Behaviour(), "v3.1")
    titles = [one["name"] for one in records.terms(office, office.used_terms())]
    assert titles == [world.terms["title"][row] for row in sorted(set(world.classes["term"]))]
    assert len(titles) < len(world.terms)


def test_courses_have_unique_numbers(world):
    office = Office(view.opening(world), Behaviour(), "v3.1")
    numbers = [one["number"] for one in records.courses(office, office.view.rows("courses"))]
    assert len(set(numbers)) == len(numbers) == len(world.courses)


def test_a_pending_district_has_an_error(world):
    office = Office(view.opening(world), Behaviour(clever_state="pending"), "v3.1")
    (record,) = records.districts(office)
    assert record["state"] == "pending"
    assert record["error"]
