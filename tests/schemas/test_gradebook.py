"""The valid words and numbers of a gradebook: points, flags, kinds and due dates."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandera.pandas import Column

from schemas.gradebook import ACTIVITIES, SCORES, decimals_of, moment
from schemas.rules import RULES

CHICAGO = ZoneInfo("America/Chicago")


def broken(column: Column, value: str) -> list[str]:
    """Return the codes of the rules that a value breaks."""
    series = pd.Series([value], dtype="str")
    return [str(check.error) for check in column.checks if not check(series).check_output.all()]


@pytest.mark.parametrize("value", ["8", "8.5", ".5", "-1", "+3", "0", "008", "999999999", "-999999999", "0.000001", ""])
def test_plain_numbers_and_empty_cells_are_valid_points(value: str) -> None:
    assert broken(SCORES.columns["points"], value) == []


@pytest.mark.parametrize(
    ("value", "code"),
    [
        *(
            (value, "INVALID_POINTS")
            for value in ("8.", "1e5", "nan", "inf", "85%", "EX", "A", "--1", "+", ".", "1 000")
        ),
        *((value, "INVALID_POINTS") for value in ("٣", "8\u00a0", "0x10", "1_000", "true", "-", "½")),
        *((value, "COMMA_IN_POINTS") for value in ("1,000", "8,5", ",5", "-1.000,50", "1,000.5")),
        *((value, "POINTS_OUT_OF_RANGE") for value in ("1000000000", "-999999999.5", "9" * 200)),
        *((value, "POINTS_TOO_FINE") for value in ("0.0000001", "-8.1234567")),
    ],
)
def test_points_that_canvas_could_misread_break_exactly_one_rule(value: str, code: str) -> None:
    assert broken(SCORES.columns["points"], value) == [code]


def test_an_activity_needs_possible_points_that_are_not_negative() -> None:
    assert broken(ACTIVITIES.columns["points"], "-0.5") == ["NEGATIVE_POINTS"]
    assert broken(ACTIVITIES.columns["points"], "") == ["MISSING_POINTS"]
    assert broken(ACTIVITIES.columns["points"], "0") == []


@given(st.decimals(min_value=-999_999_999, max_value=999_999_999, places=6))
def test_every_decimal_number_in_range_is_valid_points(number: Decimal) -> None:
    assert broken(SCORES.columns["points"], format(number, "f")) == []


@given(st.text(max_size=12))
def test_valid_points_are_finite_and_fit_the_warehouses_column(value: str) -> None:
    if not broken(SCORES.columns["points"], value) and value:
        assert abs(Decimal(value)) <= 999_999_999
        assert (decimals_of(value) or 0) <= 6


@pytest.mark.parametrize("value", ["true", "FALSE", "1", "0", "Yes", "no", "x", "X", ""])
def test_words_for_a_flag_are_valid_in_any_case(value: str) -> None:
    assert broken(SCORES.columns["excused"], value) == []


@pytest.mark.parametrize("value", ["maybe", "2", "ja", "null", "-"])
def test_any_other_word_for_a_flag_breaks_invalid_flag(value: str) -> None:
    assert broken(ACTIVITIES.columns["selected"], value) == ["INVALID_FLAG"]


def test_a_kind_may_be_given_by_a_synonym() -> None:
    for value in ("Poll", "quiz", "ASSIGNMENT", "homework", "Test", ""):
        assert broken(ACTIVITIES.columns["kind"], value) == []
    assert broken(ACTIVITIES.columns["kind"], "extra credit") == ["INVALID_KIND"]


def test_a_title_may_have_at_most_255_characters() -> None:
    assert broken(ACTIVITIES.columns["title"], "é" * 255) == []
    assert broken(ACTIVITIES.columns["title"], "é" * 256) == ["TITLE_TOO_LONG"]
    assert broken(ACTIVITIES.columns["title"], "") == ["ACTIVITY_WITHOUT_TITLE"]


def test_a_due_day_means_its_end_in_the_districts_zone_and_a_due_time_means_itself() -> None:
    assert moment("2026-11-01", CHICAGO) == datetime(2026, 11, 2, 5, 59, 59, tzinfo=UTC)  # clocks went back that day
    assert moment("2026-09-04T23:59:00-05:00", CHICAGO) == datetime(2026, 9, 5, 4, 59, tzinfo=UTC)
    assert moment("2026-09-04 23:59Z", CHICAGO) == datetime(2026, 9, 4, 23, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        *("09/04/2026", "2026-9-4", "2026-02-30", "20260904", "2026-W36-5", "2026-09-04T23:59:00", "tomorrow"),
        *("9999-12-31", "0001-01-01", "2026-09-04T23:59:00+23:00", "2026-09-04T24:01:00Z", "٢٠٢٦-09-04"),
    ],
)
def test_ambiguous_and_invalid_due_dates_break_invalid_due(value: str) -> None:
    assert moment(value, CHICAGO) is None
    assert broken(ACTIVITIES.columns["due"], value) == ["INVALID_DUE"]


def test_every_gradebook_rule_is_in_the_catalogue_with_an_owner_and_a_fix() -> None:
    columns = [*ACTIVITIES.columns.values(), *SCORES.columns.values()]
    codes = {str(check.error) for column in columns for check in column.checks}
    assert len(codes) > 12
    assert all(RULES[code].owner and RULES[code].fix for code in codes)
