from __future__ import annotations

import pandas as pd
import pytest

from schemas.clever_csv import FILES, any_date, iso_day


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("8/7/2026", "2026-08-07"),
        ("08/17/2026 00:00", "2026-08-17"),
        ("2026-08-17", "2026-08-17"),
        (" 2026-08-17T00:00:00.000Z ", "2026-08-17"),
        ("17.8.2026", "17.8.2026"),
        ("", ""),
    ],
)
def test_a_day_is_read_in_each_of_clevers_formats(written: str, meant: str) -> None:
    assert iso_day(written) == meant


def test_an_invalid_day_breaks_invalid_date_and_an_empty_cell_does_not() -> None:
    rule = next(check for check in any_date().checks if check.error == "INVALID_DATE")
    values = pd.Series(["8/17/2026", "", "2/30/2026", "someday"])
    assert rule(values).check_output.tolist() == [True, True, False, False]


def test_contacts_passwords_phones_birth_dates_and_addresses_are_not_read() -> None:
    fields = {field for schema in FILES.values() for field in schema.columns}
    assert len(fields) > 20
    private = ("contact", "password", "phone", "dob", "street", "zip", "race", "gender", "status", "language")
    assert not [field for field in fields if any(word in field for word in private)]
