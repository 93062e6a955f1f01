"""School Data Sync's files, and which of their columns are never read."""

from __future__ import annotations

import pytest

from schemas.rules import RULES
from schemas.sds_v21 import FILES, OPTIONAL


def test_only_the_files_of_sessions_and_courses_are_optional() -> None:
    assert {"academicSessions.csv", "courses.csv"} == OPTIONAL
    assert set(FILES) - OPTIONAL == {"orgs.csv", "users.csv", "roles.csv", "classes.csv", "enrollments.csv"}


def test_no_file_has_a_column_for_passwords_phones_or_demographics() -> None:
    names = {name.casefold() for schema in FILES.values() for name in schema.columns}
    assert names.isdisjoint({"password", "phone", "sms", "birthdate", "sex", "flag", "activedirectorymatchid"})


@pytest.mark.parametrize("file", list(FILES))
def test_every_check_has_the_code_of_a_rule(file: str) -> None:
    checks = [check for column in FILES[file].columns.values() for check in column.checks]
    assert {check.error for check in checks} <= RULES.keys()
