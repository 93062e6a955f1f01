"""The kinds of column check distinct values and name the rule that is broken, never the value."""

from __future__ import annotations

import pandas as pd
import pytest
from pandera.pandas import Column

from schemas.columns import email, identifier, iso_date, kind_of, name, text


def _broken(column: Column, *values: str) -> dict[str, list[str]]:
    said = pd.Series(list(values), dtype="str")
    passed = {str(check.error): check(said).check_output for check in column.checks}
    return {code: list(said[~ok]) for code, ok in passed.items() if not ok.all()}


@pytest.mark.parametrize("kind", [identifier, name, text, email, iso_date])
def test_an_empty_cell_breaks_only_the_rule_that_asks_for_a_value(kind: type[Column]) -> None:
    assert _broken(kind("MISSING_ID"), "") == {"MISSING_ID": [""]}
    assert _broken(kind(), "") == {}


@pytest.mark.parametrize("value", ["1.5E+10", "1.23e10", "4021.0", "4021.00", "#N/A", "#NAME?", "####"])
def test_what_a_spreadsheet_makes_of_ids_is_refused(value: str) -> None:
    assert _broken(identifier(), value) == {"ID_MANGLED": [value]}


@pytest.mark.parametrize("value", ["12E3", "1.5", "10.05", "#12", "E+3", "0.0.0", "1-2", "00123", "A.0"])
def test_ids_that_only_look_a_little_like_numbers_are_kept(value: str) -> None:
    assert _broken(identifier(), value) == {}


@pytest.mark.parametrize("value", ["a@b", "@b.example", "a@.example", "a@b.", "a b@c.d", "a@b@c.d", "a@b_c.d", "x"])
def test_addresses_that_reach_nobody_are_refused(value: str) -> None:
    assert _broken(email(), value) == {"INVALID_EMAIL": [value]}


def test_a_local_part_longer_than_any_mail_server_takes_is_refused() -> None:
    long, longer = f"{'a' * 64}@b.example", f"{'a' * 65}@b.example"
    assert _broken(email(), long, longer) == {"INVALID_EMAIL": [longer]}


@pytest.mark.parametrize("character", ["\x00", "\x1f", "\x7f", "\x85", "\u2028", "\u202e", "\ufffe"])
def test_control_characters_are_refused_in_every_kind_of_text(character: str) -> None:
    assert _broken(name(), f"a{character}b") == {"CONTROL_CHARACTER": [f"a{character}b"]}


def test_a_name_of_several_scripts_is_a_name() -> None:
    assert _broken(name(), "M\u00fcller", "\u738b\u5c0f\u660e", "\u05d3\u05d5\u05d3", "O'Neil", "\U0001f600") == {}


def test_a_leap_day_is_a_day_only_in_a_leap_year() -> None:
    assert _broken(iso_date(), "2028-02-29", "2027-02-29") == {"INVALID_DATE": ["2027-02-29"]}


def test_a_column_tells_its_kind() -> None:
    kinds = {"id": identifier, "name": name, "text": text, "email": email, "date": iso_date}
    assert {told: kind_of(kind()) for told, kind in kinds.items()} == {told: told for told in kinds}
