"""The same content gives the same rows in any format, delimiter and encoding (GC-08)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.sources.tables import TEXT, Table
from pipelines.sources.tabular import Columns, read
from tests.written import COLUMNS, HEADER, as_csv, write_csv, write_xls, write_xlsx

# All of it can be written in Windows-1252 (without what then reads as UTF-8, as "ß€" does), and most of it is special
# to one of the formats.
ALPHABET = st.sampled_from([*"abZ019éßÜñ ,;|\t\"'\n=+-@#.%_<&", "1e5", "00", "TRUE"])
CELL = st.lists(ALPHABET, max_size=6).map("".join)
NAMED = st.lists(ALPHABET, min_size=1, max_size=6).map("".join).filter(lambda cell: cell.strip() != "")
TABLE = st.lists(st.tuples(NAMED, CELL, CELL), min_size=1, max_size=8)


def content(table: Table) -> list[list[str]]:
    return [list(row.values()) for row in table.rows.drop_columns("line").to_pylist()]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=TABLE)
def test_a_table_is_read_identically_in_every_format_delimiter_and_encoding(
    tmp_path: Path, rows: list[tuple[str, str, str]]
) -> None:
    table = [HEADER, *rows]
    files = [
        write_csv(tmp_path / f"{number}.csv", table, delimiter, encoding)
        for number, (delimiter, encoding) in enumerate(
            (delimiter, encoding)
            for delimiter in ",;|\t"
            for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252")
        )
    ]
    files += [write_xlsx(tmp_path / "same.xlsx", table), write_xls(tmp_path / "same.xls", table)]
    expected = [list(row) for row in rows]
    for file in files:
        found = read(file, file.name, COLUMNS)
        assert content(found) == expected, (file.name, found.facts)
        assert (found.received, found.problems) == (len(rows), ())


def test_numbers_and_dates_of_a_workbook_are_read_as_in_a_csv_file(tmp_path: Path) -> None:
    columns = Columns(required=("student_id", "period", "begin", "active"), ids=frozenset({"student_id"}))
    header = ["student_id", "period", "begin", "active"]
    typed = [[4021, 3, dt.date(2026, 8, 17), True], [4022.0, 1.5, dt.date(2027, 1, 4), False]]
    written = [["4021", "3", "2026-08-17", "TRUE"], ["4022", "1.5", "2027-01-04", "FALSE"]]
    for file in (
        write_csv(tmp_path / "a.csv", [header, *written]),
        write_xlsx(tmp_path / "a.xlsx", [header, *typed]),
        write_xls(tmp_path / "a.xls", [header, *typed]),
    ):
        assert content(read(file, file.name, columns)) == written


def test_ids_and_formulas_stay_text(tmp_path: Path) -> None:
    rows = [["00123", "=1+1", "1.23E+10"], ["4021.0", "@SUM(A1)", "-5"]]
    for file in (
        write_csv(tmp_path / "a.csv", [HEADER, *rows]),
        write_xlsx(tmp_path / "a.xlsx", [HEADER, *rows]),
        write_xls(tmp_path / "a.xls", [HEADER, *rows]),
    ):
        assert content(read(file, file.name, COLUMNS)) == rows


@pytest.mark.parametrize("name", ["a.xls", "a.xlsx", "a.csv", "a"])
def test_the_content_decides_the_format_and_a_wrong_suffix_is_reported(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(as_csv([HEADER, ["1", "Ann", "C1"]], "\t"))
    table = read(tmp_path / name, name, COLUMNS)
    assert table.facts["format"] == "tsv"
    assert table.facts.get("called") == (name[1:] if name.startswith("a.xls") else None)


def test_a_workbook_called_csv_is_read_as_a_workbook(tmp_path: Path) -> None:
    file = write_xlsx(tmp_path / "a.xlsx", [HEADER, ["1", "Ann", "C1"]]).rename(tmp_path / "a.csv")
    table = read(file, file.name, COLUMNS)
    assert (table.facts["format"], table.facts["called"]) == ("xlsx", ".csv")


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "xls"])
def test_columns_are_dictionaries_and_blank_rows_are_not_rows_in_any_format(tmp_path: Path, suffix: str) -> None:
    rows = [HEADER, ["1", "Ann", "C1"], ["", "", ""], ["2", "", "C1"], ["", "", ""]]
    write = {"csv": write_csv, "xlsx": write_xlsx, "xls": write_xls}[suffix]
    table = read(write(tmp_path / f"a.{suffix}", rows), "a", COLUMNS)
    assert [field.type for field in table.rows.schema][:-1] == [TEXT] * 3
    assert table.rows.column("line").to_pylist() == [2, 4]
    assert table.received == 2
    assert table.facts["absent_columns"] == ["class_name", "student_email"]


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "xls"])
def test_a_title_above_the_header_is_skipped_in_any_format(tmp_path: Path, suffix: str) -> None:
    rows = [["Roster of the night", "", ""], ["", "", ""], HEADER, ["1", "Ann", "C1"]]
    write = {"csv": write_csv, "xlsx": write_xlsx, "xls": write_xls}[suffix]
    table = read(write(tmp_path / f"a.{suffix}", rows), "a", COLUMNS)
    assert (table.facts["header_line"], table.rows.column("line").to_pylist()) == (3, [4])


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "xls"])
def test_a_trailer_is_not_a_row_in_any_format(tmp_path: Path, suffix: str) -> None:
    rows = [HEADER, ["1", "Ann", "C1"], ["#EOF", "1", ""]]
    write = {"csv": write_csv, "xlsx": write_xlsx, "xls": write_xls}[suffix]
    table = read(write(tmp_path / f"a.{suffix}", rows), "a", COLUMNS)
    assert (table.facts["trailer_rows"], table.received, table.rows.num_rows) == (1, 1, 1)
