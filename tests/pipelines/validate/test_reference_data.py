"""What validate is told of the roster: nothing before the first load, then schools, terms and who has which id."""

from __future__ import annotations

from pipelines import runs
from pipelines.runs.request import NightRequest
from pipelines.sources.assertions import ReferenceData
from pipelines.validate.reference_data import known
from tests.town import FIRST, Town, world


def told_of(district_id: str, source: str) -> ReferenceData:
    return known(runs.load(runs.start(NightRequest(district_id=district_id, as_of=FIRST))), source)


def test_before_the_first_load_nothing_is_known(town: Town) -> None:
    told = told_of("springfield", "sis_file")
    assert (told.schools, told.terms, told.people) == (None, None, None)


def test_after_it_schools_terms_and_people_are_known_by_their_ids_at_the_source(synced: Town) -> None:
    told = told_of("springfield", "sis_file")
    first = world()
    assert told.schools == set(first.schools["school_id"])
    assert told.terms == set(first.terms["title"][:2])
    assert told.people is not None
    ids = {f"student:{one}" for one in first.students["student_id"]}
    ids |= {f"staff:{one}" for one in first.teachers["teacher_id"]}
    assert set(told.people["source_id"].to_pylist()) == ids
    assert set(told.people["status"].to_pylist()) == {"active"}


def test_nothing_is_known_of_another_district_or_source(synced: Town) -> None:
    for district_id, source in (("shelbyville", "sis_file"), ("springfield", "clever")):
        told = told_of(district_id, source)
        assert (told.schools, told.terms, told.people) == (None, None, None)
