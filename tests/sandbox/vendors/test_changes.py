from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sandbox import nights
from sandbox.district import SLOTS
from sandbox.vendors import changes, view


def after(before: view.View, percent: float, kinds: tuple[str, ...], seed: int = 5) -> tuple[view.View, nights.Night]:
    night = nights.evolve(before.world, seed=seed, percent=percent, kinds=kinds)
    return replace(before, world=night.world, night=before.night + 1), night


@pytest.mark.parametrize("kinds", [nights.USUAL, ("add",), ("drop",), ("move",), ("rename",), ("period",)])
def test_the_change_between_two_nights_equals_the_generators_change(world, kinds):
    before = view.opening(world)
    later, night = after(before, 5, kinds)
    change = changes.compare(before, later)
    students, expected = change.of["students"], night.expected
    moved = expected.get(("enrollments", "move"), 0)
    assert len(students.came) == expected.get(("users", "create"), 0)
    assert len(students.left) == expected.get(("users", "archive"), 0)
    assert len(students.altered) == expected.get(("users", "update"), 0) + expected.get(("users", "move"), 0)
    assert len(change.of["classes"].altered) == expected.get(("classes", "update"), 0)
    assert len(change.seats_taken) == expected.get(("enrollments", "create"), 0) + moved
    assert len(change.seats_left) == expected.get(("enrollments", "archive"), 0) + moved


def test_a_student_with_a_new_id_counts_as_left_and_as_new(world):
    before = view.opening(world)
    later, night = after(before, 2, ("rekey",))
    delta = changes.compare(before, later).of["students"]
    assert night.expected["users", "rekey"] == len(delta.came) > 0
    assert np.array_equal(delta.came, delta.left)


def test_a_school_that_is_no_longer_shared_leaves_with_its_students_and_enrollments(world):
    before = view.opening(world)
    less = replace(before, shared=np.array([False, True, True]))
    change = changes.compare(before, less)
    gone = world.students.index[world.students["school"] == 0]
    assert np.array_equal(change.of["students"].left, gone)
    assert len(change.seats_left) == len(gone) * SLOTS
    assert change.of["schools"].left.tolist() == [0]
    assert not len(change.of["students"].came)


def test_only_changed_rows_are_stamped_with_the_night(world):
    before = view.opening(world)
    later, _ = after(before, 5, ("rename",))
    change = changes.compare(before, later)
    stamps = changes.stamp(before.stamps, change, later.world, 1)
    assert np.array_equal(np.flatnonzero(stamps.students), change.of["students"].altered)
    assert not stamps.born.any()
    assert not stamps.seats.any()
    assert not stamps.classes.any()
