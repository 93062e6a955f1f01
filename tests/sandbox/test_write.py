from __future__ import annotations

import csv
import hashlib
import json

import pytest
import python_calamine

from sandbox import district, layouts, write

ENCODINGS = {"utf-8": "utf-8", "utf-8-sig": "utf-8-sig", "utf-16": "utf-16"}


@pytest.fixture(scope="module")
def world() -> district.World:
    return district.generate(seed=7, students=600, schools=2)


@pytest.fixture(scope="module")
def rows(world) -> list[list[str]]:
    frame = layouts.sheets(world, "combined")[0].frame()
    return [list(frame.columns), *frame.to_numpy().tolist()]


def read(path, encoding="utf-8", delimiter=",") -> list[list[str]]:
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.reader(file, delimiter=delimiter))


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    ("kind", "delimiter", "line_ending"), [("csv", ",", "\n"), ("tsv", "\t", "\r\n"), ("csv", ";", "\r\n")]
)
def test_text_files_are_read_back_equal(world, rows, tmp_path, encoding, kind, delimiter, line_ending):
    (path,) = write.write(world, tmp_path, format=kind, encoding=encoding, delimiter=delimiter, line_ending=line_ending)
    assert path.name == f"roster.{kind}"
    assert read(path, encoding, delimiter) == rows
    with path.open(encoding=encoding, newline="") as file:
        assert file.read().count(line_ending) == len(rows)


@pytest.mark.parametrize("kind", ["xls", "xlsx"])
def test_workbooks_are_read_back_equal_with_every_cell_as_text(world, rows, tmp_path, kind):
    (path,) = write.write(world, tmp_path, format=kind)
    assert python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python() == rows


def test_letters_outside_the_encoding_lose_their_accents(world, rows, tmp_path):
    (path,) = write.write(world, tmp_path, encoding="cp1252")
    last = rows[0].index("student_last")
    written = {row[last] for row in read(path, "cp1252")}
    assert {"Núñez", "Wisniewski"} <= written
    assert "Wiśniewski" in {row[last] for row in rows}


@pytest.mark.parametrize(
    "form", [{}, {"format": "xlsx"}, {"format": "xls", "dirty": 7}, {"layout": "sds_v21", "dirty": 7}]
)
def test_the_same_seed_gives_the_same_bytes(tmp_path, form):
    digests = []
    for folder in ("one", "two"):
        world = district.generate(seed=3, students=700)
        files = write.write(world, tmp_path / folder, **form)
        digests.append([hashlib.sha256(file.read_bytes()).hexdigest() for file in files])
    assert digests[0] == digests[1]


def test_headers_can_be_renamed_and_fields_left_out(world, rows, tmp_path):
    left_out = ("student_email", "term_end")
    (path,) = write.write(world, tmp_path, name="export", columns={"student_id": "Stu #, local"}, without=left_out)
    expected = ["Stu #, local" if name == "student_id" else name for name in rows[0] if name not in left_out]
    assert path.name == "export.csv"
    assert read(path)[0] == expected
    assert [row[7] for row in read(path)[1:]] == [row[7] for row in rows[1:]]


def test_a_trailer_and_a_manifest_have_the_number_of_rows(world, rows, tmp_path):
    path, manifest = write.write(world, tmp_path, trailer=True, manifest=True)
    assert read(path)[-1] == ["#EOF", str(len(rows) - 1)]
    assert manifest.name == "roster.csv.manifest.json"
    assert json.loads(manifest.read_text()) == {
        "rows": len(rows) - 1,
        "bytes": path.stat().st_size,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }


def test_every_staff_member_and_student_is_written_once(world, tmp_path):
    (staff,) = write.write(world, tmp_path, layout="staff", name="staff")
    (students,) = write.write(world, tmp_path, layout="students", name="students")
    assert {row[4] for row in read(staff)[1:]} == set(world.teachers["teacher_id"])
    assert len(read(staff)) == len(world.teachers) + 1
    assert sorted(row[4] for row in read(students)[1:]) == sorted(world.students["student_id"])


def test_the_files_of_school_data_sync_refer_only_to_each_other(world, tmp_path):
    files = {path.stem: read(path) for path in write.write(world, tmp_path, layout="sds_v21")}
    assert list(files) == ["orgs", "academicSessions", "courses", "classes", "users", "roles", "enrollments"]

    def column(file: str, name: str) -> set[str]:
        return {row[files[file][0].index(name)] for row in files[file][1:]}

    assert column("enrollments", "classSourcedId") == column("classes", "sourcedId")
    assert column("enrollments", "userSourcedId") == column("users", "sourcedId") == column("roles", "userSourcedId")
    assert column("classes", "courseSourcedId") == column("courses", "sourcedId")
    assert column("classes", "sessionSourcedIds") <= column("academicSessions", "sourcedId")
    assert column("classes", "orgSourcedId") | column("roles", "orgSourcedId") <= column("orgs", "sourcedId")
    assert len(files["enrollments"]) - 1 == 600 * 7 + len(world.classes)


def test_too_many_rows_and_unknown_formats_and_layouts_are_refused(tmp_path):
    world = district.generate(seed=1, students=9_400)
    with pytest.raises(ValueError, match="65800 rows do not fit"):
        write.write(world, tmp_path, format="xls")
    with pytest.raises(ValueError, match="no format 'ods'"):
        write.write(world, tmp_path, format="ods")
    with pytest.raises(ValueError, match="no layout 'wide'"):
        write.write(world, tmp_path, layout="wide")
