from __future__ import annotations

from sandbox import nights
from sandbox.vendors import people, view


def test_guardians_are_unchanged_while_their_students_are(world):
    later = view.opening(nights.evolve(world, seed=2, percent=5, kinds=("rename", "move")).world)
    assert people.guardians(view.opening(world)) == people.guardians(later)


def test_some_guardians_have_two_students_and_some_students_no_guardian(world):
    opened = view.opening(world)
    known = people.guardians(opened)
    assert 2 in {len(one.students) for one in known}
    assert len({row for one in known for row in one.students}) < len(opened.students())


def test_a_students_guardian_is_found_by_the_students_number(world):
    opened = view.opening(world)
    numbers = people.numbers(opened)
    for one in people.guardians(opened):
        assert {people.guardian_id(numbers[row]) for row in one.students} == {one.sis_id}


def test_children_in_kindergarten_are_five_and_graduates_seventeen():
    assert people.particulars(4, 0, 2026).born[0] == 2020
    assert people.particulars(4, 12, 2026).born[0] == 2008
