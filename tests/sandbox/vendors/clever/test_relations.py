from __future__ import annotations

import pytest


@pytest.fixture
def section(pull_clever):
    return pull_clever("sections?limit=1000")[5]


def test_a_sections_relations_are_the_records_that_it_names(pull_clever, clever, section):
    people = {one["id"] for one in pull_clever(f"sections/{section['id']}/users")}
    assert people == {*section["students"], *section["teachers"]}
    students = pull_clever(f"sections/{section['id']}/users?role=student")
    assert {one["id"] for one in students} == set(section["students"])
    for relation, name in (("school", "school"), ("course", "course"), ("term", "term_id"), ("district", "district")):
        assert clever(f"sections/{section['id']}/{relation}").json()["data"]["id"] == section[name]


def test_a_schools_relations_equal_the_filtered_lists(pull_clever):
    school = pull_clever("schools")[1]["id"]
    sections = [one for one in pull_clever("sections?limit=1000") if one["school"] == school]
    assert pull_clever(f"schools/{school}/sections?limit=1000") == sections
    students = [
        one for one in pull_clever("users?role=student&limit=1000") if one["roles"]["student"]["school"] == school
    ]
    assert pull_clever(f"schools/{school}/users?role=student&limit=1000") == students


def test_students_teachers_and_contacts_refer_to_each_other(pull_clever, section):
    student, teacher = section["students"][0], section["teacher"]
    assert teacher in {one["id"] for one in pull_clever(f"users/{student}/myteachers")}
    assert student in {one["id"] for one in pull_clever(f"users/{teacher}/mystudents?limit=1000")}
    contact = pull_clever("users?role=contact&limit=1")[0]
    related = {one["student"] for one in contact["roles"]["contact"]["student_relationships"]}
    assert {one["id"] for one in pull_clever(f"users/{contact['id']}/mystudents")} == related
    for student in related:
        assert [one["id"] for one in pull_clever(f"users/{student}/mycontacts")] == [contact["id"]]


def test_unknown_roles_and_sections_of_a_relation_are_refused(clever, section):
    assert clever(f"sections/{section['id']}/users?role=contact").status_code == 400
    assert clever(f"sections/{'0' * 24}/users").status_code == 404
