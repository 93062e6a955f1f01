"""Import Details: all imports, including unchanged and refused ones; search, pages, and the run of a DAG run."""

from __future__ import annotations

from datetime import timedelta

from pipelines import roster
from pipelines.operations.pages import imports
from pipelines.operations.pages.paging import PER_PAGE
from pipelines.runs.request import NightRequest
from tests.town import FIRST, Town, world


def three_imports(town: Town) -> None:
    """An applied one, the same again, and one whose file never came."""
    town.deliver(world())
    town.sync(FIRST)
    town.sync(FIRST + timedelta(days=1))


def test_all_imports_are_listed_newest_first_including_unchanged_and_refused_ones(synced: Town) -> None:
    three_imports(synced)
    found = imports.listed(synced.district_id, None, None, 1)
    assert [one["status"] for one in found] == ["refused", "unchanged", "applied"]
    assert [one["code"] for one in found] == ["SOURCE_UNAVAILABLE", None, None]
    assert {one["found"] for one in found} == {3}
    assert found[-1]["accepted"] == found[-1]["received_rows"] > 0


def test_a_search_matches_run_date_source_status_and_code(synced: Town) -> None:
    three_imports(synced)
    newest = imports.listed(synced.district_id, None, None, 1)[0]["run_id"]

    def found(words: str | None, status: str | None = None) -> list[str]:
        return [one["status"] for one in imports.listed(synced.district_id, words, status, 1)]

    assert found("source_unavail") == ["refused"]
    assert found(f"run {newest}") == ["refused"]
    assert found(FIRST.isoformat()) == ["unchanged", "applied"]
    assert found("SIS_FILE", "applied") == ["applied"]
    assert found("%") == found("clever") == []


def test_imports_are_paged_and_limited_to_the_district(synced: Town) -> None:
    for _ in range(PER_PAGE):
        synced.ask(
            "with r as (insert into runs.runs (district_id, as_of, status, intent, request)"
            " values (%s, %s, 'applied', 'night', '{}') returning run_id)"
            " insert into runs.imports (district_id, run_id, source_n, source, layout, status)"
            " select %s, run_id, 0, 'sis_file', 'combined', 'applied' from r returning run_id",
            synced.district_id,
            FIRST,
            synced.district_id,
        )
    first, second = (imports.listed(synced.district_id, None, None, page) for page in (1, 2))
    assert (len(first), len(second), first[0]["found"]) == (PER_PAGE, 1, PER_PAGE + 1)
    assert len(imports.listed(synced.district_id, None, None, None)) == PER_PAGE + 1
    assert imports.listed("elsewhere", None, None, 1) == []


def test_a_dag_run_leads_to_the_newest_run_it_performed(synced: Town) -> None:
    request = NightRequest(district_id=synced.district_id, as_of=FIRST, dag_run="roster_nightly__springfield/a")
    _, cleared = roster.start(request), roster.start(request)
    assert imports.run_of(synced.district_id, "roster_nightly__springfield", "a") == cleared
    assert imports.run_of(synced.district_id, "roster_nightly__springfield", "b") is None
    assert imports.run_of("elsewhere", "roster_nightly__springfield", "a") is None
