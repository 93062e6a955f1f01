"""Each kind of column checks distinct values and names the broken rule, never the value."""

from __future__ import annotations

import pandas as pd
import pytest
from pandera.pandas import Column

from schemas.columns import email, identifier, iso_date, kind_of, name, text


def _broken(column: Column, *values: str) -> dict[str, list[str]]:
    series = pd.Series(list(values), dtype="str")
    passed = {str(check.error): check(series).check_output for check in column.checks}
    return {code: list(series[~ok]) for code, ok in passed.items() if not ok.all()}


@pytest.mark.parametrize("kind", [identifier, name, text, email, iso_date])
def test_an_empty_cell_breaks_only_the_rule_that_asks_for_a_value(kind: type[Column]) -> None:
    assert _broken(kind("MISSING_ID"), "") == {"MISSING_ID": [""]}
    assert _broken(kind(), "") == {}


@pytest.mark.parametrize("value", ["1.5E+10", "1.23e10", "4021.0", "4021.00", "#N/A", "#NAME?", "####"])
def test_ids_mangled_by_a_spreadsheet_break_id_mangled(value: str) -> None:
    assert _broken(identifier(), value) == {"ID_MANGLED": [value]}


@pytest.mark.parametrize("value", ["12E3", "1.5", "10.05", "#12", "E+3", "0.0.0", "1-2", "00123", "A.0"])
def test_ids_that_only_resemble_mangled_numbers_are_valid(value: str) -> None:
    assert _broken(identifier(), value) == {}


@pytest.mark.parametrize("value", ["a@b", "@b.example", "a@.example", "a@b.", "a b@c.d", "a@b@c.d", "a@b_c.d", "x"])
def test_impossible_email_addresses_break_invalid_email(value: str) -> None:
    assert _broken(email(), value) == {"INVALID_EMAIL": [value]}


def test_an_email_with_a_local_part_of_more_than_64_characters_is_invalid() -> None:
    long, longer = f"{'a' * 64}@b.example", f"{'a' * 65}@b.example"
    assert _broken(email(), long, longer) == {"INVALID_EMAIL": [longer]}


@pytest.mark.parametrize("character", ["\x00", "\x1f", "\x7f", "\x85", "\u2028", "\u202e", "\ufffe"])
def test_a_control_character_in_a_name_breaks_control_character(character: str) -> None:
    assert _broken(name(), f"a{character}b") == {"CONTROL_CHARACTER": [f"a{character}b"]}


def test_names_in_any_script_are_valid() -> None:
    assert _broken(name(), "M\u00fcller", "\u738b\u5c0f\u660e", "\u05d3\u05d5\u05d3", "O'Neil", "\U0001f600") == {}


def test_february_29_is_valid_only_in_a_leap_year() -> None:
    assert _broken(iso_date(), "2028-02-29", "2027-02-29") == {"INVALID_DATE": ["2027-02-29"]}


def test_kind_of_returns_the_kind_of_each_column() -> None:
    kinds = {"id": identifier, "name": name, "text": text, "email": email, "date": iso_date}
    assert {name: kind_of(kind()) for name, kind in kinds.items()} == {name: name for name in kinds}
