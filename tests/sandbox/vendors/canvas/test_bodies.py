from __future__ import annotations

import pytest

from sandbox.vendors.canvas import bodies


def test_names_of_a_form_nest_by_brackets_and_empty_brackets_make_a_list():
    pairs = [
        ("a[b][posted_grade]", "1"),
        ("a[c][posted_grade]", ""),
        ("types[]", "x"),
        ("types[]", "y"),
        ("plain", "z"),
    ]
    assert bodies.nest(pairs) == {
        "a": {"b": {"posted_grade": "1"}, "c": {"posted_grade": ""}},
        "types": ["x", "y"],
        "plain": "z",
    }


def test_a_name_used_as_value_and_as_nest_keeps_only_the_value():
    assert bodies.nest([("a", "1"), ("a[b]", "2")]) == {"a": "1"}


@pytest.mark.parametrize(("said", "meant"), [(True, True), ("true", True), ("1", True), (1, True), ("no", False)])
def test_a_boolean_has_several_words(said, meant):
    assert bodies.is_true(said) is meant


def test_invalid_json_is_refused(room):
    broken = room.here("POST", "assignments", data="{", headers={"Content-Type": "application/json"})
    assert broken.status_code == 400


def test_a_form_and_json_have_the_same_effect(room):
    form = {"assignment[name]": "Form", "assignment[submission_types][]": "on_paper", "assignment[published]": "true"}
    column = room.here("POST", "assignments", data=form).json()
    assert (column["name"], column["submission_types"], column["published"]) == ("Form", ["on_paper"], True)
    first, second = room.students[:2]
    marks = {f"grade_data[{first}][posted_grade]": "7", f"grade_data[{second}][excuse]": "1"}
    room.here("POST", f"assignments/{column['id']}/submissions/update_grades", data=marks)
    found = room.read(column)
    assert (found[first]["score"], found[second]["excused"]) == (7.0, True)
