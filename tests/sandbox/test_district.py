from __future__ import annotations

import unicodedata

import numpy as np
import pytest

from sandbox import district, layouts


@pytest.fixture(scope="module")
def world() -> district.World:
    return district.generate(seed=5, students=1300, schools=4)


def test_the_seed_determines_the_district(world):
    again, other = (district.generate(seed=seed, students=1300, schools=4) for seed in (5, 6))
    first, second, third = (layouts.sheets(each, "combined")[0].rows() for each in (world, again, other))
    assert first.equals(second)
    assert not first.equals(third)


@pytest.mark.parametrize(
    ("students", "schools", "expected"), [(50, None, 1), (600, 2, 2), (2500, None, 3), (9000, 12, 12)]
)
def test_a_district_has_the_requested_size(students, schools, expected):
    world = district.generate(seed=1, students=students, schools=schools)
    assert len(world.students) == students
    assert len(world.schools) == expected
    assert set(world.students["grade"]) == set(range(13))
    assert set(world.students["school"]) == set(range(expected))


def test_every_student_has_seven_classes_of_different_courses_in_their_school_and_grade(world):
    classes = world.enrolled
    course = world.classes["course"].to_numpy()[classes]
    assert classes.shape == (1300, 7)
    assert all(len(set(row)) == 7 for row in course.tolist())
    assert (world.classes["school"].to_numpy()[classes] == world.students["school"].to_numpy()[:, None]).all()
    assert (world.courses["grade"].to_numpy()[course] == world.students["grade"].to_numpy()[:, None]).all()


def test_every_class_has_students_and_a_teacher_of_its_school(world):
    sizes = np.bincount(world.enrolled.ravel(), minlength=len(world.classes))
    assert sizes.min() >= 5
    assert sizes.max() <= 30
    teachers = world.teachers.iloc[world.classes["teacher"]]
    assert (teachers["school"].to_numpy() == world.classes["school"].to_numpy()).all()
    assert set(world.classes["teacher"]) == set(range(len(world.teachers)))


def test_ids_are_unique_and_some_begin_with_zero(world):
    for ids in (world.students["student_id"], world.classes["class_id"], world.teachers["teacher_id"]):
        assert ids.is_unique
    assert world.students["student_id"].str.fullmatch(r"\d{7}").all()
    assert world.students["student_id"].str.startswith("0").any()
    assert world.teachers["email"].is_unique
    assert world.schools["school_id"].is_unique


def test_names_have_special_letters_in_nfc(world):
    people = set(world.students["last"]) | set(world.students["first"])
    assert {"O'Brien", "Núñez", "Łukasz"} <= people
    assert all(unicodedata.is_normalized("NFC", name) for name in people)


def test_nine_in_ten_students_have_a_unique_email(world):
    emails = world.students["email"]
    assert 0.85 < (emails != "").mean() < 0.95
    assert emails[emails != ""].is_unique
    assert emails[emails != ""].map(str.isascii).all()


def test_an_underscore_of_a_district_id_becomes_a_hyphen_in_the_mail_domain():
    world = district.generate(seed=1, students=100, district="north_haven")
    assert {email.partition("@")[2] for email in world.teachers["email"]} == {"north-haven.example"}


def test_co_teachers_are_other_teachers_of_the_school():
    world = district.generate(seed=1, students=800, co_teacher_percent=20)
    joined = world.classes[world.classes["co_teacher"] >= 0]
    assert len(joined) > 0
    assert (joined["co_teacher"] != joined["teacher"]).all()
    rows = layouts.sheets(world, "combined")[0].frame()
    assert set(rows.loc[rows["co_teacher_id"] != "", "class_id"]) == set(joined["class_id"])
