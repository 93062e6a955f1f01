"""An incomplete file is refused before a run plans anything from it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import ContractBroken, SourceIncomplete
from pipelines.settings import Completeness
from pipelines.sources.tabular import read
from pipelines.sources.tabular.completeness import MANIFEST, check
from tests.written import COLUMNS, HEADER, as_csv, write_csv, write_xls, write_xlsx

ROWS = [[str(number), "Ann", "C1"] for number in range(10)]
FORMATS = pytest.mark.parametrize("suffix", ["csv", "xlsx", "xls"])


def written(tmp_path: Path, suffix: str, rows: list[list[str]]) -> Path:
    write = {"csv": write_csv, "xlsx": write_xlsx, "xls": write_xls}[suffix]
    return write(tmp_path / f"roster.{suffix}", rows)


def facts(path: Path, previous_rows: int | None = None, **completeness: Any) -> dict[str, Any]:
    return check(path, path.name, Completeness(**completeness), previous_rows)


@FORMATS
def test_the_rows_of_a_complete_file_equal_the_readers_count(tmp_path: Path, suffix: str) -> None:
    path = written(tmp_path, suffix, [HEADER, *ROWS, ["", "", ""], ["#EOF", "10", ""]])
    found = facts(path, previous_rows=10, trailer_required=True)
    assert (found["rows"], found["trailer_rows"], found["manifest"]) == (10, 10, False)
    assert found["bytes"] == path.stat().st_size
    assert read(path, path.name, COLUMNS).received == 10


@pytest.mark.parametrize(
    "text",
    [
        'student_id,student_first,class_id\n1,"An\nn",C1\n\n2,Bo\n,,\n"","",""\n3,Cy,C1,\n4,"Di "D" Lee",C1\n',
        "student_id;student_first;class_id\r\n1;Ann;C1\r\n;;\r\n",
        "student_id\tstudent_first\tclass_id\n1\tAnn\tC1",
    ],
)
def test_the_count_of_rows_equals_the_readers_count(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode())
    assert facts(path)["rows"] == read(path, "a.csv", COLUMNS).received


def test_a_title_above_the_header_is_not_counted_if_the_columns_are_given(tmp_path: Path) -> None:
    path = written(tmp_path, "csv", [["Roster"], HEADER, *ROWS, ["#EOF", "10"]])
    assert check(path, "roster.csv", Completeness(), None, COLUMNS)["rows"] == 10


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").touch()
    with pytest.raises(SourceIncomplete, match="is empty"):
        facts(tmp_path / "a.csv")


@FORMATS
def test_a_header_without_rows_is_refused(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(SourceIncomplete, match="header and no rows"):
        facts(written(tmp_path, suffix, [HEADER]))
    with pytest.raises(SourceIncomplete, match="header and no rows"):
        facts(written(tmp_path, suffix, [HEADER, ["", "", ""], ["#EOF", "0", ""]]))


@FORMATS
def test_a_file_of_blank_lines_is_refused(tmp_path: Path, suffix: str) -> None:
    path = written(tmp_path, suffix, [["", ""], ["", ""]])
    with pytest.raises(SourceIncomplete, match="blank lines"):
        facts(path)


def test_a_file_that_ends_in_the_middle_of_a_row_is_refused_by_line(tmp_path: Path) -> None:
    whole = as_csv([HEADER, *ROWS], line_end="\n")
    path = tmp_path / "a.csv"
    path.write_text(whole[: whole.rindex(",Ann")])
    with pytest.raises(SourceIncomplete, match="middle of a row") as cut:
        facts(path)
    assert cut.value.place.line == 11
    path.write_text(whole + '11,"An')
    with pytest.raises(SourceIncomplete, match="quoted value") as cut:
        facts(path)
    assert cut.value.place.line == 12
    path.write_text(whole.rstrip("\n"))
    assert facts(path)["rows"] == 10


@FORMATS
def test_a_trailer_with_another_count_is_refused(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(SourceIncomplete, match="states 11 rows, and the file has 10"):
        facts(written(tmp_path, suffix, [HEADER, *ROWS, ["#EOF", "11", ""]]))


def test_a_missing_required_trailer_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "csv", [HEADER, *ROWS])
    with pytest.raises(SourceIncomplete, match="trailer"):
        facts(path, trailer_required=True)
    path.write_text(path.read_text() + "#EOF\n")
    assert facts(path, trailer_required=True)["rows"] == 10


def test_a_file_with_far_fewer_rows_than_the_last_run_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "csv", [HEADER, *ROWS])
    with pytest.raises(SourceIncomplete, match="10 rows and the last applied run had 21"):
        facts(path, previous_rows=21)
    assert facts(path, previous_rows=20)["rows"] == 10
    assert facts(path, previous_rows=21, shrink_percent=60)["rows"] == 10


@FORMATS
def test_a_file_is_compared_with_its_manifest(tmp_path: Path, suffix: str) -> None:
    path = written(tmp_path, suffix, [HEADER, *ROWS])
    manifest = path.with_name(path.name + MANIFEST)
    content = path.read_bytes()
    right = {"rows": 10, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest().upper()}
    manifest.write_text(json.dumps(right))
    assert facts(path)["manifest_rows"] == 10
    for wrong, message in (
        ({"rows": 12}, "12 rows"),
        ({"bytes": len(content) + 1}, "size"),
        ({"sha256": "0" * 64}, "checksum"),
    ):
        manifest.write_text(json.dumps({**right, **wrong}))
        with pytest.raises(SourceIncomplete, match=message):
            facts(path)


@pytest.mark.parametrize("content", ["", "[]", "{", '{"rows": "ten"}', '{"rows": true}', "\xff"])
def test_a_malformed_manifest_is_refused_by_name(tmp_path: Path, content: str) -> None:
    path = written(tmp_path, "csv", [HEADER, *ROWS])
    path.with_name(path.name + MANIFEST).write_bytes(content.encode("latin-1"))
    with pytest.raises(ContractBroken, match="manifest is not a JSON object") as refused:
        facts(path)
    assert refused.value.place.file == "roster.csv.manifest.json"
