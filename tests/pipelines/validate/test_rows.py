"""Each row rule quarantines the lines that break it and names the column; valid lines are accepted."""

from __future__ import annotations

import pytest

from tests.delivery import found, ids, judge, line, other, refused, roster


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("term", "", "MISSING_TERM"),
        ("term", " \u00a0 ", "MISSING_TERM"),
        ("school_id", "", "MISSING_SCHOOL_ID"),
        ("class_id", "", "MISSING_CLASS_ID"),
        ("class_name", "", "MISSING_TITLE"),
        ("student_id", "", "MISSING_STUDENT_ID"),
        ("student_id", "\u200b", "MISSING_STUDENT_ID"),
        ("student_first", "", "MISSING_NAME"),
        ("student_last", "", "MISSING_NAME"),
        ("student_email", "ada@school", "INVALID_EMAIL"),
        ("student_email", "ada school.example", "INVALID_EMAIL"),
        ("student_email", "ada@a.example;eve@b.example", "INVALID_EMAIL"),
        ("student_email", "ada@@school.example", "INVALID_EMAIL"),
        ("student_email", "ada@school..example", "INVALID_EMAIL"),
        ("teacher_email", "n/a", "INVALID_EMAIL"),
        ("student_id", "1.23E+10", "ID_MANGLED"),
        ("student_id", "4021.0", "ID_MANGLED"),
        ("class_id", "#REF!", "ID_MANGLED"),
        ("school_id", "1E+05", "ID_MANGLED"),
        ("teacher_id", "########", "ID_MANGLED"),
        ("student_last", "Love\x07lace", "CONTROL_CHARACTER"),
        ("student_last", "Love\u202elace", "CONTROL_CHARACTER"),
        ("student_last", "Love\nlace", "CONTROL_CHARACTER"),
        ("class_id", "C\u200b1", "CONTROL_CHARACTER"),
        ("class_name", "x" * 256, "TOO_LONG"),
    ],
)
def test_a_broken_row_rule_quarantines_the_line_and_names_the_column(field: str, value: str, code: str) -> None:
    judged = judge([line(), other(**{field: value})])
    assert refused(judged) == {3: code}
    assert found(judged, code) == {field: 1}
    assert ids(judged, "users") == {"student:000123", "staff:T7"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("student_id", "12E3"),  # an E in an id is not an exponent
        ("class_id", "1234.10"),
        ("class_id", "A|B"),
        ("student_first", "X Æ A-12"),
        ("student_last", "O\u2019Neil-\u00d1u\u00f1ez"),
        ("student_last", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"),  # Persian needs the zero-width non-joiner
        ("student_email", "o'neil+x@sch-ool.k12.ca.us"),
        ("student_email", "b\u00fccher@b\u00fccher.example"),
        ("class_name", "x" * 255),
        ("class_period", ""),
        ("student_first", "Null"),
        ("student_first", "NA"),
    ],
)
def test_an_unusual_but_valid_value_is_accepted_as_written(field: str, value: str) -> None:
    judged = judge([line(**{field: value})])
    assert refused(judged) == {}
    assert judged.counts["accepted"] == 1


@pytest.mark.parametrize("day", ["2026/09/01", "1.9.2026", "2026-02-30", "20260901", "2026-9-1"])
def test_a_date_that_is_not_an_iso_day_is_quarantined(day: str) -> None:
    assert refused(judge([line(term_start=day)])) == {2: "INVALID_DATE"}


def test_the_first_and_last_day_of_a_term_become_dates() -> None:
    (term,) = judge([line(term_start="2026-08-20", term_end="")]).accepted["terms"].to_pylist()
    assert (term["begin_date"].isoformat(), term["end_date"]) == ("2026-08-20", None)


def test_spaces_around_values_are_removed_and_noted_once_for_each_column() -> None:
    judged = judge([line(), other(student_id="  000456 ", student_last="Turing\u00a0")])
    assert found(judged, "TRIMMED") == {"student_id": 1, "student_last": 1}
    assert ("student:000456", "Turing") in {(user[0], user[4]) for user in roster(judged)["users"]}


def test_names_are_brought_to_nfc_and_otherwise_unchanged() -> None:
    judged = judge([line(student_first="Zoe\u0308", student_last="McDONALD")])
    assert found(judged, "NAME_NORMALISED") == {"student_first": 1}
    assert ("Zo\u00eb", "McDONALD") in {user[3:5] for user in roster(judged)["users"]}


def test_emails_are_compared_without_case() -> None:
    judged = judge([line(teacher_id=""), other(teacher_id="", teacher_email="NOETHER@School.Example")])
    assert refused(judged) == {}
    assert "staff:noether@school.example" in ids(judged, "users")


def test_leading_zeros_of_ids_are_kept() -> None:
    judged = judge([line(student_id="000123", school_id="0012")])
    assert "student:000123" in ids(judged, "users")
    assert ids(judged, "schools") == {"0012"}


def test_a_line_with_several_errors_is_quarantined_once_and_each_error_is_a_finding() -> None:
    judged = judge([line(), other(term="", student_last="", student_email="x")])
    assert refused(judged) == {3: "MISSING_TERM"}
    assert {code for finding in judged.findings if (code := finding.code) and finding.severity == "error"} == {
        "MISSING_TERM",
        "MISSING_NAME",
        "INVALID_EMAIL",
    }


def test_a_column_that_is_empty_on_every_line_quarantines_every_line() -> None:
    judged = judge([line(student_id=str(number), term="") for number in range(50)])
    assert judged.counts["quarantined"] == 50
    (finding,) = [finding for finding in judged.findings if finding.severity == "error"]
    assert (finding.count, len(finding.lines), finding.lines[0]) == (50, 20, 2)
