from __future__ import annotations

import pytest

from sandbox.vendors.oneroster import query
from sandbox.vendors.oneroster.query import Refused

ROW = {
    "sourcedId": "7",
    "status": "active",
    "familyName": "O Brien AND Sons",
    "roles": [{"role": "teacher", "org": {"sourcedId": "0101"}}, {"role": "aide", "org": {"sourcedId": "0102"}}],
    "dateLastModified": "2026-09-02T06:15:40.221Z",
}


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("status='active'", True),
        ("status!='active'", False),
        ("dateLastModified>'2026-09-01T00:00:00.000Z'", True),
        ("dateLastModified>'2026-09-02T06:15:40.221Z'", False),
        ("dateLastModified>='2026-09-02T06:15:40.221Z'", True),
        ("familyName~'brien'", True),
        ("familyName='O Brien AND Sons'", True),
        ("familyName='O Brien AND Sons' AND status='active'", True),
        ("status='active' AND sourcedId='8'", False),
        ("status='tobedeleted' OR sourcedId='7'", True),
        ("roles.org.sourcedId='0102'", True),
        ("roles.org.sourcedId='0103'", False),
    ],
)
def test_a_filter_selects_rows(text, passes):
    assert query.compile_filter("users", text)(ROW) is passes


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("colour='red'", "invalid_filter_field"),
        ("status=active", "invaliddata"),
        ("status", "invaliddata"),
        ("status='a' AND status='b' AND status='c'", "invaliddata"),
    ],
)
def test_an_invalid_filter_is_refused(text, code):
    with pytest.raises(Refused) as refused:
        query.compile_filter("users", text)
    assert (refused.value.status, refused.value.code) == (400, code)


def test_parameters_have_defaults_and_limits_are_reduced():
    asked = query.read("users", {}, "1.2", 10_000)
    assert (asked.limit, asked.offset, asked.sort, asked.descending) == (100, 0, "", False)
    assert query.read("users", {"limit": "20000"}, "1.2", 10_000).limit == 10_000


def test_a_misspelt_order_is_ignored():
    assert query.read("users", {"sort": "sourcedId", "orderBy": "dsc"}, "1.1", 100).descending is False
    assert query.read("users", {"sort": "sourcedId", "orderBy": "desc"}, "1.1", 100).descending is True


@pytest.mark.parametrize(
    "given", [{"limit": "-1"}, {"limit": "0"}, {"limit": "x"}, {"offset": "-1"}, {"fields": "a,,b"}]
)
def test_invalid_numbers_and_names_are_refused(given):
    with pytest.raises(Refused):
        query.read("users", given, "1.2", 100)
