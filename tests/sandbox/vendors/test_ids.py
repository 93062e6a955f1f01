from __future__ import annotations

import re

import numpy as np

from sandbox import district, nights
from sandbox.vendors import ids


def test_a_clever_id_depends_only_on_the_sis_id(world):
    later = nights.evolve(world, seed=1, percent=5).world
    old, new = (
        dict(zip(one.students["student_id"], ids.clever_all(one, "students"), strict=True)) for one in (world, later)
    )
    assert all(new[key] == value for key, value in old.items())
    assert all(re.fullmatch("[0-9a-f]{24}", value) for value in new.values())
    assert len(set(new.values())) == len(new)


def test_a_new_student_gets_the_last_clever_id(world):
    later = nights.evolve(world, seed=1, percent=2, kinds=("add",)).world
    before, after = ids.clever_all(world, "students"), ids.clever_all(later, "students")
    assert min(after[len(before) :]) > max(before)


def test_a_student_who_gets_a_new_sis_id_gets_a_new_clever_id_and_keeps_the_canvas_id(world):
    later = nights.evolve(world, seed=1, percent=2, kinds=("rekey",)).world
    changed = np.flatnonzero(world.students["student_id"] != later.students["student_id"])
    assert len(changed)
    assert not set(ids.clever_all(world, "students")[changed]) & set(ids.clever_all(later, "students"))
    assert np.array_equal(ids.canvas_users(world, "student"), ids.canvas_users(later, "student"))


def test_the_same_sis_id_gives_different_clever_ids_by_district_and_kind(world):
    other = district.generate(seed=3, students=240, schools=3, district="shelbyville")
    assert ids.clever(world, "students", "1", 1) != ids.clever(other, "students", "1", 1)
    assert ids.clever(world, "students", "1", 1) != ids.clever(world, "teachers", "1", 1)


def test_running_numbers_are_recovered_from_student_ids():
    numbers = np.array([0, 1, 77, 9_999_999])
    assert district.student_numbers(district.student_ids(numbers)).tolist() == numbers.tolist()
