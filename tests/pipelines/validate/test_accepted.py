"""The accepted tables: each entity once, numbered from 0, with references as numbers; who is the primary teacher."""

from __future__ import annotations

from schemas.roster import ROSTER
from tests.delivery import judge, line, other, roster

CO = {"co_teacher_first": "Sofia", "co_teacher_last": "Kovalevskaya", "co_teacher_email": "sofia@school.example"}


def test_numbers_count_from_zero_in_every_table() -> None:
    judged = judge([line(course_id="M1"), other(class_id="C2", course_id="M2", school_id="0013", **CO)])
    for entity in ("schools", "terms", "courses", "classes", "users"):
        numbers = judged.accepted[entity].column("n").to_pylist()
        assert numbers == list(range(len(numbers)))
        assert numbers


def test_accepted_tables_have_the_columns_and_types_that_stage_copies() -> None:
    accepted = judge([line()]).accepted
    assert {name: table.column_names for name, table in accepted.items()} == {
        name: list(schema.columns) for name, schema in ROSTER.items()
    }
    assert str(accepted["terms"].schema.field("begin_date").type) == "date32[day]"


def test_the_teacher_is_primary_and_the_co_teacher_is_not() -> None:
    seats = roster(judge([line(**CO), other()]))["enrollments"]
    assert ("C1", "staff:T7", "teacher", True) in seats
    assert ("C1", "staff:sofia@school.example", "teacher", False) in seats
    assert ("C1", "student:000123", "student", False) in seats


def test_a_teacher_who_is_a_co_teacher_on_another_line_is_primary() -> None:
    swapped = {f"co_{field}": value for field, value in line().items() if field.startswith("teacher_")}
    second = {"teacher_first": "Sofia", "teacher_last": "K", "teacher_email": "sofia@school.example", "teacher_id": ""}
    for rows in ([line(), other(**(second | swapped))], [other(**(second | swapped)), line()]):
        seats = roster(judge(rows))["enrollments"]
        assert ("C1", "staff:T7", "teacher", True) in seats
        assert len(seats) == 4


def test_a_course_without_a_title_gets_its_id_as_title() -> None:
    judged = judge([line(course_id="M1")])
    assert roster(judged)["courses"] == {("M1", "M1", None)}


def test_an_empty_cell_becomes_null() -> None:
    row = line(class_period="", student_email="")
    judged = judge([row])
    assert judged.accepted["classes"].column("period").to_pylist() == [None]
    assert judged.accepted["users"].column("email").to_pylist() == [None, "noether@school.example"]
    assert judged.accepted["schools"].column("name").to_pylist() == [None]


def test_an_enrollment_has_the_number_of_its_first_line() -> None:
    seats = judge([line(), line(), other()]).accepted["enrollments"].to_pylist()
    assert sorted(seat["line"] for seat in seats) == [2, 2, 4]
