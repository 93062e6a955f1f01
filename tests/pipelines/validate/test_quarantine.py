"""A quarantined line is stored whole, and the people and classes that it mentions are present."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest

from pipelines.sources.tables import Problem
from pipelines.validate import quarantine
from pipelines.validate.result import ReferenceData
from tests.delivery import judge, line, other, present, protected, refused, table


def test_a_quarantined_line_is_stored_as_written() -> None:
    odd = {"student_last": "", "class_name": ' "Quotes", \\ and\ttabs ', "student_first": "Zoe\u0308"}
    judged = judge([line(), other(**odd)])
    (row,) = judged.quarantine.to_pylist()
    assert (row["file"], row["line"], row["column"]) == ("roster.csv", 3, "class_name")
    assert json.loads(row["row"]) == other(**odd)


def test_a_nul_is_stored_as_a_replacement_character() -> None:
    (row,) = judge([line(student_last="Love\x00lace")]).quarantine.to_pylist()
    assert json.loads(row["row"])["student_last"] == "Love\ufffdlace"


def test_many_quarantined_lines_are_written_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine, "_CHUNK", 7)
    judged = judge([line(student_id=str(at), term="") for at in range(20)])
    rows = [json.loads(row) for row in judged.quarantine.column("row").to_pylist()]
    assert [row["student_id"] for row in rows] == [str(at) for at in range(20)]


def test_people_and_classes_of_a_quarantined_line_are_present_unless_accepted() -> None:
    judged = judge([line(), other(class_id="C2", student_last="")])
    assert present(judged, "users") == {"student:000456"}
    assert present(judged, "classes") == {"C2"}
    assert protected(judged) == {("C2", "student:000456"), ("C2", "staff:T7")}


@pytest.mark.parametrize("student_id", ["", "1.23E+10"])
def test_a_quarantined_line_without_a_student_id_protects_its_whole_class(student_id: str) -> None:
    judged = judge([line(), other(student_id=student_id)])
    assert ("C1", None) in protected(judged)


def test_a_quarantined_line_without_a_class_id_protects_all_of_its_students_classes() -> None:
    judged = judge([line(), other(class_id="")])
    assert (None, "student:000456") in protected(judged)


def test_an_unidentifiable_co_teacher_protects_the_whole_class() -> None:
    judged = judge([line(), other(co_teacher_email="nonsense")])
    assert refused(judged) == {3: "INVALID_EMAIL"}
    assert ("C1", None) in protected(judged)


def test_a_line_without_student_and_class_protects_nobody() -> None:
    nobody = dict.fromkeys(line(), "")
    judged = judge([line(), nobody | {"school_id": "0012", "term": "Total"}])
    assert protected(judged) == set()


def test_a_ragged_line_is_quarantined_and_protects_every_id_in_it() -> None:
    people = pa.Table.from_pylist(
        [
            {"source_id": "student:777", "status": "active", "given_name": "A", "family_name": "B", "email": None},
            {"source_id": "student:888", "status": "active", "given_name": "C", "family_name": "D", "email": None},
        ]
    )
    raw = {"term": "2026-S1", "student_last": "Doe, Jr.|777", "5": "C1", "6": " Noether@School.example "}
    judged = judge(
        [table([line(teacher_id="")], problems=[Problem(3, None, "RAGGED_LINE", raw)])],
        reference=ReferenceData(frozenset({"0012"}), frozenset({"2026-S1"}), people),
    )
    assert refused(judged) == {3: "RAGGED_LINE"}
    assert present(judged, "users") == {"student:777", "staff:noether@school.example"}
    assert protected(judged) == {("C1", None), (None, "student:777"), (None, "staff:noether@school.example")}
    assert json.loads(judged.quarantine.column("row")[0].as_py()) == raw
    assert judged.counts["received"] == 2


def test_a_mangled_id_is_quarantined_and_the_other_ids_of_its_line_are_present() -> None:
    problem = Problem(3, "student_id", "ID_MANGLED", line(student_id="45170", class_id="C2"))
    judged = judge([table([line()], problems=[problem])])
    assert refused(judged) == {3: "ID_MANGLED"}
    assert present(judged, "classes") == {"C2"}
    assert ("C2", None) in protected(judged)
    assert "student:45170" not in present(judged, "users")


def test_a_clean_delivery_has_an_empty_quarantine_of_the_same_columns() -> None:
    judged = judge([line()])
    assert judged.quarantine.num_rows == 0
    assert judged.quarantine.column_names == ["file", "line", "code", "column", "row"]
