"""Reference data: nothing before the first load, then schools, terms and who has which id."""

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


def test_before_the_first_load_nothing_is_known(town: Town) -> None:
    found = reference_data_of("springfield", "sis_file")
    assert (found.schools, found.terms, found.people) == (None, None, None)


def test_after_it_schools_terms_and_people_are_known_by_their_ids_at_the_source(synced: Town) -> None:
    found = reference_data_of("springfield", "sis_file")
    first = world()
    assert found.schools == set(first.schools["school_id"])
    assert found.terms == set(first.terms["title"][:2])
    assert found.people is not None
    ids = {f"student:{one}" for one in first.students["student_id"]}
    ids |= {f"staff:{one}" for one in first.teachers["teacher_id"]}
    assert set(found.people["source_id"].to_pylist()) == ids
    assert set(found.people["status"].to_pylist()) == {"active"}


def test_nothing_is_known_of_another_district_or_source(synced: Town) -> None:
    for district_id, source in (("shelbyville", "sis_file"), ("springfield", "clever")):
        found = reference_data_of(district_id, source)
        assert (found.schools, found.terms, found.people) == (None, None, None)
