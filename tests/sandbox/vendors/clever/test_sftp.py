from __future__ import annotations

import csv

from sandbox.vendors import view
from sandbox.vendors.clever.sftp import write_files


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_uploaded_files_describe_the_generated_district(tmp_path, world):
    files = {path.stem: read(path) for path in write_files(view.opening(world), tmp_path)}
    assert set(files) == {"schools", "students", "teachers", "sections", "enrollments", "staff"}
    assert [one["School_id"] for one in files["schools"]] == ["0101", "0102", "0103"]
    assert {one["Student_id"] for one in files["students"]} == set(world.students["student_id"])
    seats = {(one["Student_id"], one["Section_id"]) for one in files["enrollments"]}
    keys, classes = world.students["student_id"], world.classes["class_id"]
    assert seats == {(keys[row], classes[at]) for row, places in enumerate(world.enrolled) for at in places}
    assert {one["Teacher_2_id"] != "" for one in files["sections"]} == {True, False}
    assert files["sections"][0]["Term_start"] == "08/17/2026"
    assert (tmp_path / "students.csv").read_bytes().endswith(b"\r\n")


def test_contacts_are_left_out_if_they_are_not_shared(tmp_path, world):
    with_, without = (
        read(write_files(view.opening(world), tmp_path / str(contacts), contacts=contacts)[1])
        for contacts in (True, False)
    )
    assert any(one["Contact_sis_id"] for one in with_)
    assert not any(one["Contact_sis_id"] for one in without)
