"""A layout is found by its name and gives the columns and the files that it reads."""

from __future__ import annotations

import pytest

from pipelines.errors import SettingsInvalid
from pipelines.sources.layouts import layout

REQUIRED = {
    *("term", "school_id", "class_name", "class_id", "class_period", "student_first", "student_last", "student_id"),
    *("teacher_first", "teacher_last", "teacher_email"),
}


def test_the_combined_layout_requires_exactly_the_documented_columns() -> None:
    assert set(layout("combined").columns_for("roster.csv").required) == REQUIRED


@pytest.mark.parametrize("name", ["combined", "staff", "students"])
def test_every_import_requires_a_school_id(name: str) -> None:
    assert "school_id" in layout(name).columns_for("any.xlsx").required


def test_the_districts_headers_are_passed_to_the_reader() -> None:
    columns = layout("combined", {"student_id": "Stu #"}).columns_for("roster.csv")
    assert columns.named == {"student_id": "Stu #"}


def test_id_columns_are_marked_for_the_reader() -> None:
    ids = layout("combined").columns_for("roster.csv").ids
    assert {"student_id", "class_id", "school_id", "teacher_id", "course_id"} == ids - {"co_teacher_id"}


def test_a_class_key_of_other_columns_requires_them_instead_of_class_id() -> None:
    columns = layout("combined", {}, ("course_id", "section")).columns_for("roster.csv")
    assert {"course_id", "section"} <= set(columns.required)
    assert "class_id" in columns.optional


def test_an_unknown_layout_is_refused_with_a_suggestion() -> None:
    with pytest.raises(SettingsInvalid, match="did you mean 'students'"):
        layout("student")


@pytest.mark.parametrize("name", ["users.csv", "Users.CSV", "users.xlsx", "users.csv.gz"])
def test_a_file_of_a_set_is_recognised_by_its_stem(name: str) -> None:
    assert layout("sds_v21").part_of(name) == "users.csv"


def test_passwords_and_other_private_columns_are_never_read() -> None:
    sds = layout("sds_v21")
    assert sds.part_of("demographics.csv") is None
    assert sds.part_of("userFlags.csv") is None
    assert sds.part_of("relationships.csv") is None
    fields = {field for file in sds.files for field in sds.columns_for(file).fields}
    assert not {field for field in fields if field.casefold() in {"password", "phone", "sms", "birthdate", "sex"}}


def test_a_file_that_the_layout_does_not_read_is_refused() -> None:
    with pytest.raises(SettingsInvalid, match=r"orgs\.csv"):
        layout("sds_v21").columns_for("gossip.csv")


def test_each_layout_covers_only_the_entities_that_it_lists() -> None:
    assert layout("staff").covers == {"users:teacher"}
    assert layout("students").covers == {"users:student"}
    assert layout("combined").covers == {
        *("classes", "users:student", "users:teacher", "enrollments:student", "enrollments:teacher"),
    }
