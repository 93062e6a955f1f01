"""Contradictions, unknown references and classes without a teacher, and which lines each of them quarantines."""

from __future__ import annotations

from tests.delivery import found, ids, judge, line, other, present, protected, refused, roster, student


def test_the_same_line_twice_is_one_enrollment_and_a_warning() -> None:
    judged = judge([line(), line(), other()])
    assert refused(judged) == {}
    assert found(judged, "DUPLICATE_ROW") == {None: 1}
    assert judged.accepted["enrollments"].num_rows == 3
    assert judged.counts["accepted"] == 3


def test_one_id_for_two_people_quarantines_every_line_of_the_id() -> None:
    judged = judge(
        [line(), line(student_first="Grace", student_last="Hopper", student_email="grace@school.example"), other()]
    )
    assert refused(judged) == {2: "ID_TWO_PEOPLE", 3: "ID_TWO_PEOPLE"}
    assert present(judged, "users") == {"student:000123"}


def test_two_names_with_the_same_id_and_email_are_conflicting_rows_of_one_person() -> None:
    judged = judge([line(), line(student_first="Augusta", student_last="King"), other()])
    assert set(refused(judged).values()) == {"CONFLICTING_DUPLICATE"}


def test_a_student_with_conflicting_rows_is_quarantined_without_class_and_teacher() -> None:
    judged = judge([line(student_grade="9"), line(class_id="C2", class_name="Art", student_grade="10"), other()])
    assert refused(judged) == {2: "CONFLICTING_DUPLICATE", 3: "CONFLICTING_DUPLICATE"}
    assert found(judged, "CONFLICTING_DUPLICATE") == {"student_grade": 2}
    assert ids(judged, "classes") == {"C1"}
    assert ids(judged, "users") == {"student:000456", "staff:T7"}
    assert present(judged, "classes") == {"C2"}
    assert protected(judged) >= {("C1", "student:000123"), ("C2", "student:000123"), ("C2", "staff:T7")}


def test_an_empty_cell_does_not_contradict_a_value() -> None:
    judged = judge([line(student_grade=""), line(class_id="C2", student_grade="9", student_email="")])
    assert refused(judged) == {}
    (pupil,) = [user for user in roster(judged)["users"] if user[2] == "student"]
    assert pupil[5:7] == ("ada@school.example", "9")


def test_a_teacher_with_conflicting_rows_is_quarantined_on_every_line() -> None:
    judged = judge(
        [line(), other(teacher_last="Nother"), line(class_id="C9", teacher_id="T8", teacher_email="b@school.example")]
    )
    assert refused(judged) == {2: "CONFLICTING_DUPLICATE", 3: "CONFLICTING_DUPLICATE"}
    assert "staff:T7" in present(judged, "users")


def test_a_class_in_two_schools_is_quarantined_and_present() -> None:
    judged = judge([line(), other(school_id="0013"), line(class_id="C2")])
    assert refused(judged) == {2: "CLASS_TWO_SCHOOLS", 3: "CLASS_TWO_SCHOOLS"}
    assert present(judged, "classes") == {"C1"}
    assert ("C1", "student:000456") in protected(judged)


def test_a_class_key_with_the_school_separates_two_classes_of_one_id() -> None:
    judged = judge([line(), other(school_id="0013")], class_key=("school_id", "class_id"))
    assert refused(judged) == {}
    assert ids(judged, "classes") == {"0012|C1", "0013|C1"}


def test_a_class_in_two_terms_is_one_class_with_both_terms() -> None:
    judged = judge([line(), line(term="2026-S2")])
    assert refused(judged) == {}
    ((*_, terms),) = roster(judged)["classes"]
    assert terms == {"2026-S1", "2026-S2"}


def test_a_class_without_a_teacher_is_quarantined() -> None:
    nobody = {"teacher_first": "", "teacher_last": "", "teacher_email": "", "teacher_id": ""}
    judged = judge([line(class_id="C2", **nobody), other(class_id="C2", **nobody), line()])
    assert refused(judged) == {2: "CLASS_WITHOUT_TEACHER", 3: "CLASS_WITHOUT_TEACHER"}
    assert ("C2", None) in protected(judged)


def test_a_teacher_on_one_line_of_a_class_is_enough() -> None:
    nobody = {"teacher_first": "", "teacher_last": "", "teacher_email": "", "teacher_id": ""}
    judged = judge([line(), other(**nobody)])
    assert refused(judged) == {}
    assert judged.accepted["enrollments"].num_rows == 3


def test_a_class_whose_only_teacher_is_on_a_quarantined_line_depends_on_that_line() -> None:
    nobody = {"teacher_first": "", "teacher_last": "", "teacher_email": "", "teacher_id": ""}
    judged = judge([line(student_last=""), other(**nobody)])
    assert refused(judged) == {2: "MISSING_NAME", 3: "DEPENDS_ON_QUARANTINED"}


def test_a_district_may_accept_classes_without_a_teacher() -> None:
    nobody = {"teacher_first": "", "teacher_last": "", "teacher_email": "", "teacher_id": ""}
    judged = judge([line(**nobody)], settings={"rules": {"CLASS_WITHOUT_TEACHER": "warning"}})
    assert refused(judged) == {}
    assert found(judged, "CLASS_WITHOUT_TEACHER") == {"class_id": 1}
    assert ids(judged, "classes") == {"C1"}


def test_rows_that_disagree_about_a_schools_name_are_accepted_with_the_most_frequent_name() -> None:
    rows = [line(school_name="North"), other(school_name="Nort"), other(class_id="C2", school_name="North")]
    judged = judge(rows)
    assert refused(judged) == {}
    assert roster(judged)["schools"] == {("0012", "North")}
    assert found(judged, "CONFLICTING_ATTRIBUTE") == {"school_name": 3}


def test_a_student_of_two_schools_is_one_user_with_the_most_frequent_school_first() -> None:
    rows = [student(school_id="1"), student(school_id="2"), student(school_id="2", student_grade="")]
    judged = judge(rows, "students")
    assert judged.accepted["users"].num_rows == 1
    ((*_, schools),) = roster(judged)["users"]
    assert schools == ("2", "1")
