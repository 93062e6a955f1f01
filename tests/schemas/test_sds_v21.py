"""School Data Sync's files, and what of them is never read."""

from __future__ import annotations

import pytest

from schemas.rules import RULES
from schemas.sds_v21 import FILES, OPTIONAL


def test_only_sessions_and_courses_may_be_left_out() -> None:
    assert {"academicSessions.csv", "courses.csv"} == OPTIONAL
    assert set(FILES) - OPTIONAL == {"orgs.csv", "users.csv", "roles.csv", "classes.csv", "enrollments.csv"}


def test_no_file_has_a_column_for_secrets_or_for_what_a_roster_does_not_need() -> None:
    names = {name.casefold() for schema in FILES.values() for name in schema.columns}
    assert names.isdisjoint({"password", "phone", "sms", "birthdate", "sex", "flag", "activedirectorymatchid"})


@pytest.mark.parametrize("file", list(FILES))
def test_every_check_is_named_by_a_rule(file: str) -> None:
    checks = [check for column in FILES[file].columns.values() for check in column.checks]
    assert {check.error for check in checks} <= RULES.keys()
