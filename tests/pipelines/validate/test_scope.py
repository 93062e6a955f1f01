"""What the district does not share or the run was not asked for is out of scope; unknown schools are quarantined."""

from __future__ import annotations

import pytest

from pipelines.runs.request import Scope
from pipelines.validate.result import ReferenceData
from tests.delivery import found, ids, judge, line, other, present, protected, refused

REFERENCE = ReferenceData(schools=frozenset({"0012"}), terms=frozenset({"2026-S1"}))
ELSEWHERE = other(school_id="0099", class_id="C9", student_email="nonsense", student_last="")


def test_lines_of_unlisted_schools_are_out_of_scope_even_if_they_have_errors() -> None:
    judged = judge([line(), ELSEWHERE], settings={"schools": ["0012"]})
    assert refused(judged) == {}
    assert judged.counts["out_of_scope"] == 1
    assert ids(judged, "schools") == {"0012"}
    assert present(judged, "users") == set()


def test_a_line_without_a_school_is_quarantined_even_if_schools_are_listed() -> None:
    assert refused(judge([line(), other(school_id="")], settings={"schools": ["0012"]})) == {3: "MISSING_SCHOOL_ID"}


def test_a_first_load_creates_all_its_schools_and_terms_without_a_warning() -> None:
    judged = judge([line(), other(school_id="0099", class_id="C9", term="2027")])
    assert ids(judged, "schools") == {"0012", "0099"}
    assert not found(judged, "NEW_SCHOOL")
    assert not found(judged, "NEW_TERM")


def test_an_unknown_school_after_the_first_load_is_quarantined_and_its_people_present() -> None:
    judged = judge([line(), other(school_id="0O12", class_id="C9")], reference=REFERENCE)
    assert refused(judged) == {3: "UNKNOWN_SCHOOL"}
    assert present(judged, "users") == {"student:000456"}
    assert ("C9", "student:000456") in protected(judged)


def test_a_district_may_accept_new_schools_with_a_warning() -> None:
    rows = [line(), other(school_id="0099", class_id="C9"), line(school_id="0099", class_id="C9")]
    judged = judge(rows, settings={"new_schools": "create"}, reference=REFERENCE)
    assert refused(judged) == {}
    assert found(judged, "NEW_SCHOOL") == {"school_id": 1}


def test_a_listed_school_that_is_new_is_accepted() -> None:
    judged = judge([line(school_id="0099")], settings={"schools": ["0012", "0099"]}, reference=REFERENCE)
    assert refused(judged) == {}


def test_a_new_term_after_the_first_load_is_created_with_a_warning() -> None:
    judged = judge([line(), line(term="2027-S1")], reference=REFERENCE)
    assert refused(judged) == {}
    assert found(judged, "NEW_TERM") == {"term": 1}
    assert ids(judged, "terms") == {"2026-S1", "2027-S1"}


@pytest.mark.parametrize("term", ["2026-s1", "2026", "2026-S1 x"])
def test_a_term_outside_the_districts_list_is_quarantined(term: str) -> None:
    judged = judge([line(), other(term=term)], settings={"terms": ["2026-S1"]})
    assert refused(judged) == {3: "UNKNOWN_TERM"}


def test_schools_and_terms_compare_by_their_trimmed_text() -> None:
    judged = judge([line(school_id=" 0012 ", term=" 2026-S1")], settings={"terms": ["2026-S1"], "schools": ["0012"]})
    assert judged.counts["accepted"] == 1


def test_other_schools_are_out_of_scope_and_present_in_a_run_for_one_school() -> None:
    judged = judge([line(), other(school_id="0099", class_id="C9")], scope=Scope(schools=("0012",)))
    assert judged.counts == judged.counts | {"accepted": 1, "out_of_scope": 1, "quarantined": 0}
    assert present(judged, "users") == {"student:000456"}
    assert ("C9", "student:000456") in protected(judged)
    assert ids(judged, "schools") == {"0012"}


def test_other_terms_are_out_of_scope_in_a_run_for_one_term() -> None:
    judged = judge([line(), other(term="2027")], scope=Scope(term="2026-S1"))
    assert judged.counts["out_of_scope"] == 1
    assert ids(judged, "terms") == {"2026-S1"}


def test_a_run_for_a_school_that_the_district_does_not_share_accepts_nothing() -> None:
    scope = Scope(schools=("0099",))
    judged = judge([line(), other(school_id="0099", class_id="C9")], settings={"schools": ["0012"]}, scope=scope)
    assert judged.counts["out_of_scope"] == 2
    assert judged.accepted["users"].num_rows == 0


@pytest.mark.parametrize(
    ("listed", "asked", "missing"),
    [
        (["0012", "0013"], None, ["0013"]),
        (["0012"], None, None),
        ("all", None, None),
        (["0012", "0013", "0014"], ("0014",), ["0014"]),  # the run was asked only for this school
        (["0012", "0099"], None, None),  # its only line is quarantined, but the school was delivered
    ],
)
def test_a_listed_school_that_no_line_names_is_reported_as_missing(
    listed: object, asked: tuple[str, ...] | None, missing: list[str] | None
) -> None:
    judged = judge([line(), ELSEWHERE], settings={"schools": listed}, scope=Scope(schools=asked))
    assert judged.facts.get("missing_schools") == missing
