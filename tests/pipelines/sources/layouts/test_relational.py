"""Files that refer to each other by sourcedId: which lines an error quarantines, and who never becomes a user."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.runs.request import Scope
from pipelines.validate.result import ReferenceData, Validated
from tests.delivery import Row, found, ids, judge, present, protected, roster, table
from tests.sds import Files, group, role_row, seat, user_row, whole_set


def _judge(files: Files, **more: Any) -> Validated:
    return judge([table(rows, f"{name}.csv") for name, rows in files.items() if rows], "sds_v21", **more)


def _refused(judged: Validated) -> set[tuple[str, int, str]]:
    return {(row["file"], row["line"], row["code"]) for row in judged.quarantine.to_pylist()}


def test_a_clean_set_becomes_a_roster() -> None:
    judged = _judge(whole_set())
    assert judged.counts["accepted"] == judged.counts["received"]
    entities = roster(judged)
    assert entities["schools"] == {("S1", "North High"), ("S2", "South High")}
    assert ("C1", "Class C1", None, "S1", "M", frozenset({"F", "Y"})) in entities["classes"]
    assert ("user:s1", None, "student", "Gs1", "Fs1", "s1@x.example", "10", ("S1",)) in entities["users"]
    assert ("C3", "user:t2", "teacher", False) in entities["enrollments"]


def test_a_department_stands_for_the_school_above_it() -> None:
    assert {group[3] for group in roster(_judge(whole_set()))["classes"] if group[0] == "C2"} == {"S1"}


def test_an_organisation_of_another_type_that_a_class_refers_to_is_a_school() -> None:
    files = whole_set()
    files["classes"].append(group("C4", "D"))
    files["enrollments"].append(seat("C4", "t1", "teacher"))
    assert ("D", "District") in roster(_judge(files))["schools"]


def test_departments_that_are_each_others_parents_are_no_schools() -> None:
    files = whole_set()
    files["orgs"] += [
        {"sourcedId": name, "name": name, "type": "department", "parentSourcedId": parent}
        for name, parent in (("X", "Z"), ("Z", "X"))
    ]
    assert ids(_judge(files), "schools") == {"S1", "S2"}


@pytest.mark.parametrize("first", [0, 1])
def test_an_organisation_with_contradicting_lines_stands_for_itself(first: int) -> None:
    files = whole_set()
    school = files["orgs"].pop(2)
    files["orgs"].insert(3 * first, school | {"type": "department", "parentSourcedId": "S1"})
    files["orgs"].insert(3 * (1 - first), school)
    judged = _judge(files)
    assert ids(judged, "schools") == {"S1", "S2"}
    assert {group[3] for group in roster(judged)["classes"] if group[0] == "C3"} == {"S2"}


def test_a_school_without_an_id_is_nobodys_parent() -> None:
    files = whole_set()
    files["orgs"][2] |= {"sourcedId": ""}
    files["orgs"][3] |= {"parentSourcedId": ""}
    judged = _judge(files)
    assert ("orgs.csv", 4, "MISSING_ID") in _refused(judged)
    assert {group[3] for group in roster(judged)["classes"] if group[0] == "C2"} == {"P1"}


def test_a_guardian_is_a_note_and_never_a_user() -> None:
    judged = _judge(whole_set())
    assert found(judged, "ROLE_NOT_SYNCED") == {"role": 1}
    assert "user:g1" not in ids(judged, "users")


def test_a_user_without_any_role_is_a_note_and_never_a_user() -> None:
    files = whole_set()
    files["users"].append(user_row("x"))
    judged = _judge(files)
    assert found(judged, "ROLE_NOT_SYNCED") == {"role": 1, "sourcedId": 1}
    assert "user:x" not in ids(judged, "users")


def test_a_user_without_a_role_gets_role_and_school_from_an_enrollment() -> None:
    files = whole_set()
    files["users"].append(user_row("x"))
    files["enrollments"].append(seat("C3", "x", "student"))
    (user,) = [user for user in roster(_judge(files))["users"] if user[0] == "user:x"]
    assert (user[2], user[7]) == ("student", ("S2",))


@settings(max_examples=10, deadline=None)
@given(
    words=st.lists(st.sampled_from(["administrator", "Principal", "itAdmin", "guardian", "alumni"]), min_size=1),
    place=st.sampled_from(["teacher", "student"]),
)
def test_a_person_with_only_roles_that_are_not_synced_is_present_and_not_created(words: list[str], place: str) -> None:
    files = whole_set()
    files["users"].append(user_row("x"))
    files["roles"] += [role_row("x", "S1", word) for word in words]
    files["enrollments"].append(seat("C1", "x", place))
    judged = _judge(files)
    assert "user:x" not in ids(judged, "users")
    assert "user:x" in present(judged, "users")
    assert not [one for one in roster(judged)["enrollments"] if one[1] == "user:x"]


def test_an_administrator_who_also_teaches_is_created_as_a_teacher() -> None:
    files = whole_set()
    files["roles"].append(role_row("t1", "S1", "administrator"))
    assert {user[2] for user in roster(_judge(files))["users"] if user[0] == "user:t1"} == {"teacher"}


def test_the_primary_school_comes_first() -> None:
    files = whole_set()
    files["roles"] += [role_row("s1", "S2", "student", isPrimary="TRUE"), role_row("s1", "S1", "student")]
    (user,) = [user for user in roster(_judge(files))["users"] if user[0] == "user:s1"]
    assert user[7] == ("S2", "S1")


def test_a_sign_in_name_is_the_email_of_a_user_without_one() -> None:
    files = whole_set()
    files["users"][2] |= {"email": "Own@x.example"}
    files["users"][3] |= {"username": "not-an-address"}
    emails = {user[0]: user[5] for user in roster(_judge(files))["users"]}
    assert (emails["user:s1"], emails["user:s2"], emails["user:t1"]) == ("own@x.example", None, "t1@x.example")


@pytest.mark.parametrize(
    ("file", "at", "change", "code"),
    [
        ("orgs", 2, {"name": ""}, "MISSING_TITLE"),
        ("orgs", 2, {"sourcedId": ""}, "MISSING_ID"),
        ("academicSessions", 0, {"startDate": "1/9/2026"}, "INVALID_DATE"),
        ("classes", 0, {"title": ""}, "MISSING_TITLE"),
        ("classes", 0, {"orgSourcedId": ""}, "MISSING_SCHOOL_ID"),
        ("classes", 0, {"orgSourcedId": "S9"}, "UNKNOWN_SCHOOL"),
        ("classes", 0, {"sessionSourcedIds": "F,Q"}, "UNKNOWN_TERM"),
        ("users", 2, {"familyName": ""}, "MISSING_NAME"),
        ("users", 2, {"sourcedId": "1.5E+9"}, "ID_MANGLED"),
        ("roles", 2, {"role": "wizard"}, "INVALID_ROLE"),
        ("roles", 2, {"role": ""}, "INVALID_ROLE"),
        ("roles", 2, {"userSourcedId": "nobody"}, "UNKNOWN_USER"),
        ("enrollments", 3, {"classSourcedId": "C9"}, "UNKNOWN_CLASS"),
        ("enrollments", 3, {"userSourcedId": "nobody"}, "UNKNOWN_USER"),
        ("enrollments", 3, {"classSourcedId": ""}, "MISSING_CLASS_ID"),
    ],
)
def test_a_line_of_a_relational_file_that_breaks_a_rule_is_quarantined(
    file: str, at: int, change: Row, code: str
) -> None:
    files = whole_set()
    files[file][at] |= change
    assert (f"{file}.csv", at + 2, code) in _refused(_judge(files))


def test_all_that_depends_on_a_quarantined_school_is_quarantined_and_present() -> None:
    files = whole_set()
    files["orgs"][2] |= {"name": ""}
    judged = _judge(files)
    assert _refused(judged) == {
        ("orgs.csv", 4, "MISSING_TITLE"),
        ("classes.csv", 4, "DEPENDS_ON_QUARANTINED"),
        ("roles.csv", 3, "DEPENDS_ON_QUARANTINED"),
        ("roles.csv", 5, "DEPENDS_ON_QUARANTINED"),
        ("users.csv", 3, "DEPENDS_ON_QUARANTINED"),
        ("users.csv", 5, "DEPENDS_ON_QUARANTINED"),
        ("enrollments.csv", 4, "DEPENDS_ON_QUARANTINED"),
        ("enrollments.csv", 7, "DEPENDS_ON_QUARANTINED"),
    }
    assert present(judged, "classes") == {"C3"}
    assert present(judged, "users") == {"user:t2", "user:s2", "user:g1"}
    assert protected(judged) == {("C3", "user:t2"), ("C3", "user:s2")}


def test_a_class_of_a_quarantined_teacher_depends_on_the_quarantined_line() -> None:
    files = whole_set()
    files["users"][1] |= {"givenName": ""}
    quarantined = _refused(_judge(files))
    assert ("users.csv", 3, "MISSING_NAME") in quarantined
    assert ("classes.csv", 4, "DEPENDS_ON_QUARANTINED") in quarantined
    assert not [line for line in quarantined if line[2] == "CLASS_WITHOUT_TEACHER"]


def test_a_class_without_a_teacher_is_quarantined_with_its_enrollments() -> None:
    files = whole_set()
    del files["enrollments"][2]
    assert _refused(_judge(files)) == {
        ("classes.csv", 4, "CLASS_WITHOUT_TEACHER"),
        ("enrollments.csv", 6, "DEPENDS_ON_QUARANTINED"),
    }


def test_one_sourced_id_for_two_people_is_quarantined() -> None:
    files = whole_set()
    files["users"].append(user_row("s2") | {"givenName": "Other", "familyName": "Person", "username": "o@x.example"})
    quarantined = {line for line in _refused(_judge(files)) if line[0] == "users.csv"}
    assert quarantined == {("users.csv", 5, "ID_TWO_PEOPLE"), ("users.csv", 7, "ID_TWO_PEOPLE")}


def test_a_class_of_an_unknown_course_is_accepted_with_a_warning() -> None:
    files = whole_set()
    files["classes"][1] |= {"courseSourcedId": "K"}
    judged = _judge(files)
    assert found(judged, "UNKNOWN_COURSE") == {"courseSourcedId": 1}
    assert {group[4] for group in roster(judged)["classes"] if group[0] == "C2"} == {None}


def test_without_the_optional_files_terms_have_only_ids_and_courses_are_absent() -> None:
    judged = _judge(whole_set() | {"academicSessions": [], "courses": []})
    assert judged.counts["quarantined"] == 0
    assert {term[:2] for term in roster(judged)["terms"]} == {("F", "F"), ("Y", "Y")}
    assert judged.accepted["courses"].num_rows == 0


def test_a_new_school_with_its_own_row_is_created_with_a_warning() -> None:
    judged = _judge(whole_set(), reference=ReferenceData(frozenset({"S1"}), frozenset({"F", "Y"})))
    assert judged.counts["quarantined"] == 0
    assert sum(found(judged, "NEW_SCHOOL").values()) == 1


def test_schools_that_are_not_shared_are_out_of_scope_with_their_people() -> None:
    judged = _judge(whole_set(), settings={"schools": ["S1"]})
    assert judged.counts["quarantined"] == 0
    assert ids(judged, "schools") == {"S1"}
    assert ids(judged, "classes") == {"C1", "C2"}
    assert ids(judged, "users") == {"user:t1", "user:s1"}
    assert present(judged, "classes") == set()


def test_a_student_of_another_school_in_a_shared_class_gets_the_classs_school() -> None:
    files = whole_set()
    files["enrollments"].append(seat("C1", "s2", "student"))
    judged = _judge(files, settings={"schools": ["S1"]})
    (user,) = [user for user in roster(judged)["users"] if user[0] == "user:s2"]
    assert user[7] == ("S1",)


def test_people_and_classes_of_other_schools_are_present_in_a_run_for_one_school() -> None:
    judged = _judge(whole_set(), scope=Scope(schools=("S1",)))
    assert ids(judged, "users") == {"user:t1", "user:s1"}
    assert {"user:t2", "user:s2"} <= present(judged, "users")
    assert present(judged, "classes") == {"C3"}


def test_an_unlisted_term_is_out_of_scope_and_its_class_quarantined() -> None:
    judged = _judge(whole_set(), settings={"terms": ["F"]})
    assert ids(judged, "terms") == {"F"}
    assert ("classes.csv", 2, "UNKNOWN_TERM") in _refused(judged)


def test_a_class_of_two_terms_is_in_scope_of_a_run_for_one_of_them() -> None:
    judged = _judge(whole_set(), scope=Scope(term="Y"))
    assert ids(judged, "classes") == {"C1"}
    assert ids(judged, "terms") == {"Y"}


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_order_of_lines_does_not_matter_and_every_line_is_counted(seed: int) -> None:
    chance = random.Random(seed)
    files = whole_set()
    for _ in range(6):
        rows = files[chance.choice(list(files))]
        chance.choice(rows)[chance.choice(list(rows[0]))] = chance.choice(["", "S2", "s1", "C1", "F", "1.0", "student"])
    lists = {name: list(enumerate(rows, 2)) for name, rows in files.items()}
    straight = judge([table(rows, f"{name}.csv") for name, rows in files.items()], "sds_v21")
    mixed = {name: chance.sample(rows, len(rows)) for name, rows in lists.items()}
    tables = [
        table([row for _, row in rows], f"{name}.csv", lines=[at for at, _ in rows]) for name, rows in mixed.items()
    ]
    shuffled = judge(tables, "sds_v21")
    assert roster(shuffled) == roster(straight)
    assert _refused(shuffled) == _refused(straight)
    counts = straight.counts
    assert counts["received"] == counts["accepted"] + counts["quarantined"] + counts["out_of_scope"]
    assert straight.quarantine.num_rows == counts["quarantined"]
