"""Services that count wrongly, repeat rows, ignore parameters, or sort only within a page."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipelines.errors import SourceGrowing, SourceIncomplete
from pipelines.sources.classlink import pull
from pipelines.sources.contract import ExtractResult
from tests.answering import Reply, said
from tests.at_oneroster import judge, page, received, small_roster
from tests.delivery import roster

Odd = Callable[..., ExtractResult]


def _everybody(count: int = 10) -> list[str]:
    return [f"u{at:03}" for at in range(count)]


@pytest.mark.parametrize("page_rows", [1, 2, 3, 5, 9, 10, 11, 100])
def test_a_service_without_counts_is_read_to_its_empty_page(odd: Odd, page_rows: int) -> None:
    assert received(odd(small_roster(), page_rows)) == _everybody()


def test_a_bare_list_is_read_as_a_page(odd: Odd) -> None:
    rows = small_roster()
    fetched = odd(rows, users=lambda _, limit, offset: said(rows["users"][offset : offset + limit]))
    assert received(fetched) == _everybody()
    assert judge(fetched).counts["accepted.users"] == 10


def test_a_service_that_sorts_only_within_pages_is_read_completely(odd: Odd) -> None:
    rows = small_roster()["users"]
    mixed = rows[::2] + rows[1::2]

    def users(name: str, limit: int, offset: int) -> Reply:
        return said({name: sorted(mixed[offset : offset + limit], key=lambda row: row["sourcedId"])})

    assert sorted(received(odd(small_roster(), users=users))) == _everybody()


def test_a_service_that_ignores_the_offset_is_refused(odd: Odd) -> None:
    rows = small_roster()
    with pytest.raises(SourceIncomplete, match="users: a page repeats the page before"):
        odd(rows, users=lambda name, limit, _: page(rows["users"], name, limit, 0))


def test_a_service_with_endless_pages_is_refused(odd: Odd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pull, "_MOST_PAGES", 20)

    def users(name: str, limit: int, offset: int) -> Reply:
        return said({name: [{"sourcedId": f"u{at}"} for at in range(offset, offset + limit)]})

    with pytest.raises(SourceIncomplete, match="users: the service's pages have no end"):
        odd(small_roster(), users=users)


def test_a_service_that_counts_only_the_page_is_refused(odd: Odd) -> None:
    rows = small_roster()["users"]

    def users(name: str, limit: int, offset: int) -> Reply:
        given = rows[offset : offset + min(limit, 3)]
        return said({name: given}, **{"X-Total-Count": str(len(given))})

    with pytest.raises((SourceGrowing, SourceIncomplete)):
        odd(small_roster(), users=users)


def test_a_service_that_counts_more_rows_than_it_gives_is_refused(odd: Odd) -> None:
    rows = small_roster()["users"]
    with pytest.raises(SourceIncomplete, match="users: the service counts 12 records and gives 10"):
        odd(small_roster(), users=lambda *asked: page(rows, *asked, **{"X-Total-Count": "12"}))


@pytest.mark.parametrize("counted", [True, False])
@pytest.mark.parametrize("page_rows", [4, 100])
def test_a_row_stored_twice_at_the_service_is_read_once_and_noted(odd: Odd, counted: bool, page_rows: int) -> None:
    rows = small_roster()["users"]
    twice = sorted([*rows, rows[6]], key=lambda row: row["sourcedId"])
    headers = {"X-Total-Count": "11"} if counted else {}
    fetched = odd(small_roster(), page_rows, users=lambda *asked: page(twice, *asked, **headers))
    assert received(fetched) == _everybody()
    assert fetched.facts["noticed"]["repeats_rows"] == ["users"]
    judged = judge(fetched)
    assert (judged.counts["accepted.users"], judged.counts["quarantined"]) == (10, 0)


def test_a_collection_that_grew_after_its_read_is_read_again(odd: Odd) -> None:
    rows, recounted = small_roster(), []

    def users(name: str, limit: int, offset: int) -> Reply:
        if limit == 1:
            recounted.append(offset)
            if len(recounted) == 1:
                rows["users"].append(rows["users"][0] | {"sourcedId": "u999"})
        return page(rows["users"], name, limit, offset, **{"X-Total-Count": str(len(rows["users"]))})

    fetched = odd(rows, users=users)
    assert received(fetched) == [*_everybody(), "u999"]
    assert fetched.facts["records"]["users"] == 11
    assert len(recounted) == 2


def test_moved_rows_are_detected_even_if_the_count_is_unchanged(odd: Odd) -> None:
    rows, asked = small_roster(), []

    def users(name: str, limit: int, offset: int) -> Reply:
        asked.append(offset)
        if len(asked) == 2:
            del rows["users"][0]
            rows["users"].append({**rows["users"][0], "sourcedId": "u999"})
        return page(rows["users"], name, limit, offset, **{"X-Total-Count": "10"})

    assert received(odd(rows, users=users)) == [*_everybody()[1:], "u999"]


@pytest.mark.parametrize(
    "body",
    [
        {"users": None},
        {"users": {}},
        {},
        {"members": []},
        {"users": ["u1"]},
        {"users": [{"name": "x"}]},
        {"imsx_codeMajor": "failure", "imsx_severity": "error"},
        "users",
    ],
)
def test_an_answer_without_a_list_of_records_is_refused(odd: Odd, body: object) -> None:
    with pytest.raises(SourceIncomplete, match=r"users: (the service's answer|a record)"):
        odd(small_roster(), users=lambda *_: said(body))


def test_a_service_that_reports_it_cannot_sort_is_noted(odd: Odd) -> None:
    rows = small_roster()["users"]
    warned = {"imsx_CodeMinor": {"imsx_codeMinorField": [{"imsx_codeMinorFieldValue": "invalid_sort_field"}]}}

    def users(name: str, limit: int, offset: int) -> Reply:
        return said({name: rows[offset : offset + limit], "statusInfoSet": [warned]})

    assert odd(small_roster(), users=users).facts["noticed"]["unsorted"] == ["users"]


def test_a_roster_may_have_no_classes_and_no_enrollments(odd: Odd) -> None:
    rows = small_roster() | {"courses": [], "classes": [], "enrollments": []}
    fetched = odd(rows)
    assert fetched.facts["records"]["classes"] == 0
    assert judge(fetched).counts["accepted.users"] == 10


def test_an_unknown_role_quarantines_only_its_line(odd: Odd) -> None:
    rows = small_roster()
    rows["users"][3]["role"] = "wizard"
    judged = judge(odd(rows))
    codes = {(row["file"], row["line"]): row["code"] for row in judged.quarantine.to_pylist()}
    assert codes["roles.csv of users.json", 4] == "INVALID_ROLE"
    assert {f"user:u{at:03}" for at in range(10) if at != 3} <= {user[0] for user in roster(judged)["users"]}
