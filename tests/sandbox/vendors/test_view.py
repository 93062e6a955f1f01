from __future__ import annotations

from dataclasses import replace

import numpy as np

from sandbox.vendors import view


def test_only_rows_of_shared_schools_are_visible(world):
    opened = view.opening(world)
    less = replace(opened, shared=np.array([True, False, False]))
    for kind in ("students", "classes", "teachers", "courses"):
        assert len(less.rows(kind)) < len(opened.rows(kind)) == len(getattr(world, kind))
        assert set(getattr(world, kind)["school"].iloc[less.rows(kind)]) == {0}
    assert less.rows("schools").tolist() == [0]
    assert len(less.rows("terms")) == len(world.terms)


def test_people_who_left_are_not_visible(world):
    students = world.students.copy()
    students.loc[5, "present"] = False
    assert 5 not in view.opening(replace(world, students=students)).students()


def test_moments_are_a_day_apart(world):
    opened = view.opening(world)
    assert opened.moment(0) == "2026-09-01T06:15:40.221Z"
    assert opened.moment(30) == "2026-10-01T06:15:40.221Z"
