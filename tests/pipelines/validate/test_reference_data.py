"""Reference data: none before the first load, then the schools, terms and people of the source."""

from __future__ import annotations

from pipelines import runs
from pipelines.runs.request import NightRequest
from pipelines.store.engine import transaction
from pipelines.validate.reference_data import read_reference_data
from pipelines.validate.result import ReferenceData
from tests.town import FIRST, Town, world


def reference_data_of(district_id: str, source: str) -> ReferenceData:
    run = runs.load(runs.start(NightRequest(district_id=district_id, as_of=FIRST)))
    with transaction() as connection:
        return read_reference_data(connection, run, source)


def test_reference_data_are_none_before_the_first_load(town: Town) -> None:
    found = reference_data_of("springfield", "sis_file")
    assert (found.schools, found.terms, found.people) == (None, None, None)


def test_reference_data_after_a_load_are_the_schools_terms_and_people_of_the_source(synced: Town) -> None:
    found = reference_data_of("springfield", "sis_file")
    first = world()
    assert found.schools == set(first.schools["school_id"])
    assert found.terms == set(first.terms["title"][:2])
    assert found.people is not None
    ids = {f"student:{source_id}" for source_id in first.students["student_id"]}
    ids |= {f"staff:{source_id}" for source_id in first.teachers["teacher_id"]}
    assert set(found.people["source_id"].to_pylist()) == ids
    assert set(found.people["status"].to_pylist()) == {"active"}


def test_reference_data_of_another_district_or_source_are_none(synced: Town) -> None:
    for district_id, source in (("shelbyville", "sis_file"), ("springfield", "clever")):
        found = reference_data_of(district_id, source)
        assert (found.schools, found.terms, found.people) == (None, None, None)
