"""Reused ids are quarantined (GC-16); people without an email are accepted with a warning (SL-26)."""

from __future__ import annotations

import pyarrow as pa
import pytest

from pipelines.validate.result import ReferenceData
from tests.delivery import found, ids, judge, line, other, present, protected, refused, staff, student


def _reference(
    status: str, given: str, family: str, email: str | None, source_id: str = "student:000123"
) -> ReferenceData:
    row = {"source_id": source_id, "status": status, "given_name": given, "family_name": family, "email": email}
    return ReferenceData(schools=frozenset({"0012"}), terms=frozenset({"2026-S1"}), people=pa.Table.from_pylist([row]))


def test_an_archived_id_reused_for_another_person_is_quarantined() -> None:
    judged = judge([line(), other()], reference=_reference("archived", "Grace", "Hopper", "grace@school.example"))
    assert refused(judged) == {2: "ID_REUSED"}
    assert present(judged, "users") == {"student:000123"}
    assert "student:000456" in ids(judged, "users")


@pytest.mark.parametrize(("given", "family"), [("Ada", "King"), ("Augusta", "Lovelace"), ("ADA", "LOVELACE")])
def test_an_archived_id_that_returns_for_the_same_person_is_accepted(given: str, family: str) -> None:
    assert refused(judge([line()], reference=_reference("archived", given, family, None))) == {}


def test_an_active_id_whose_names_and_email_all_change_is_quarantined() -> None:
    assert refused(judge([line()], reference=_reference("active", "Grace", "Hopper", "grace@school.example"))) == {
        2: "ID_REUSED"
    }


def test_an_active_student_who_changes_both_names_and_keeps_the_email_is_accepted() -> None:
    assert refused(judge([line()], reference=_reference("active", "Augusta", "King", "ADA@school.example"))) == {}


def test_a_student_and_a_staff_member_may_have_the_same_id() -> None:
    reference = _reference("archived", "Grace", "Hopper", None, "staff:000123")
    assert refused(judge([line()], reference=reference)) == {}


def test_a_student_without_an_email_is_imported_and_counted_once() -> None:
    judged = judge([line(student_email=""), line(class_id="C2", student_email=""), other()])
    assert refused(judged) == {}
    assert found(judged, "MISSING_EMAIL") == {"student_email": 1}
    assert {"student:000123", "student:000456"} <= ids(judged, "users")


def test_a_file_without_an_email_column_warns_of_every_student() -> None:
    row = student()
    del row["student_email"]
    judged = judge([row, row | {"student_id": "2"}], "students")
    assert sum(found(judged, "MISSING_EMAIL").values()) == 2


def test_an_email_shared_by_two_people_is_a_warning_for_both() -> None:
    judged = judge([line(), other(student_email="ADA@school.example")])
    assert refused(judged) == {}
    assert found(judged, "EMAIL_SHARED") == {"student_email": 2}


def test_a_teacher_without_an_id_is_identified_by_email() -> None:
    judged = judge([staff(teacher_id="", teacher_email="Noether@School.example")], "staff")
    (user,) = judged.accepted["users"].to_pylist()
    assert (user["source_id"], user["identifier"], user["email"]) == (
        "staff:noether@school.example",
        None,
        "noether@school.example",
    )


def test_an_email_with_and_without_an_id_is_one_teacher() -> None:
    judged = judge([line(), other(teacher_id="")])
    assert {user for user in ids(judged, "users") if user.startswith("staff:")} == {"staff:T7"}
    assert refused(judged) == {}


def test_an_email_shared_by_two_staff_ids_identifies_nobody() -> None:
    rows = [
        line(),
        line(class_id="C2", teacher_id="T8", teacher_first="Max", teacher_last="Born"),
        other(teacher_id=""),
    ]
    judged = judge(rows)
    assert refused(judged) == {4: "EMAIL_TWO_STAFF"}
    assert {"staff:T7", "staff:T8"} <= ids(judged, "users")
    assert ("C1", None) in protected(judged)


def test_a_teacher_with_neither_id_nor_email_is_quarantined() -> None:
    assert refused(judge([line(), other(teacher_id="", teacher_email="")])) == {3: "MISSING_STAFF_KEY"}
    assert refused(judge([staff(), staff(teacher_id="", teacher_email="")], "staff")) == {3: "MISSING_STAFF_KEY"}


def test_a_teacher_without_a_name_is_quarantined() -> None:
    assert refused(judge([line(), other(teacher_last="")])) == {3: "MISSING_NAME"}
