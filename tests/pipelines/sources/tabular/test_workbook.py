"""Workbooks: mangled ids become problems, altered ids are refused, and no sheet is chosen silently."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import ContractBroken
from pipelines.sources.tables import Table
from pipelines.sources.tabular import workbook
from pipelines.sources.tabular.header import Columns
from pipelines.sources.tabular.workbook import read
from tests.written import COLUMNS, HEADER, write_xls, write_xlsx

WRITERS = pytest.mark.parametrize(("kind", "write"), [("xlsx", write_xlsx), ("xls", write_xls)])
Write = Callable[..., Path]


def table_of(tmp_path: Path, kind: str, write: Write, *sheets: list[list[Any]], **how: Any) -> Table:
    return read(write(tmp_path / f"roster.{kind}", *sheets, **how), "roster", kind, COLUMNS)


@WRITERS
def test_ids_changed_by_a_spreadsheet_are_problems_by_line_and_column(tmp_path: Path, kind: str, write: Write) -> None:
    ids = [4021, 4021.0, 999_999_999_999_999, 1e15, 12.5, True, dt.date(2026, 1, 2), -5]
    table = table_of(tmp_path, kind, write, [HEADER, *([one, "Ann", "C1"] for one in ids)])
    assert table.rows.column("student_id").to_pylist() == ["4021", "4021", "999999999999999", "-5"]
    assert [(problem.line, problem.column, problem.code) for problem in table.problems] == [
        (line, "student_id", "ID_MANGLED") for line in (5, 6, 7, 8)
    ]
    assert table.problems[3].raw == {"student_id": "2026-01-02", "student_first": "Ann", "class_id": "C1"}
    assert table.received == len(ids)


@WRITERS
def test_an_id_stored_as_a_number_with_leading_zeros_is_refused(tmp_path: Path, kind: str, write: Write) -> None:
    rows = [HEADER, ["0007", "Ann", "C1"], [123, "Bo", "C1"]]
    with pytest.raises(ContractBroken) as refused:
        table_of(tmp_path, kind, write, rows, formats={(2, 0): "00000"})
    assert (refused.value.place.line, refused.value.place.column) == (3, "student_id")
    assert "123" not in str(refused.value)


@WRITERS
def test_number_formats_that_change_no_id_are_accepted(tmp_path: Path, kind: str, write: Write) -> None:
    rows = [HEADER, [123, 7, "C1"], ["00123", "Bo", "C1"]]
    # A number that is no id, a text in a column of numbers, and an id shown with decimals.
    formats = {(1, 1): "000", (2, 0): "00000", (1, 0): "0.00"}
    table = table_of(tmp_path, kind, write, rows, formats=formats)
    assert table.rows.column("student_id").to_pylist() == ["123", "00123"]


@WRITERS
def test_the_sheet_with_our_header_is_read_and_the_others_are_reported(tmp_path: Path, kind: str, write: Write) -> None:
    table = table_of(tmp_path, kind, write, [["notes"], ["x"]], [HEADER, ["1", "Ann", "C1"]], [])
    assert table.facts["sheet"] == "Sheet2"
    assert table.facts["other_sheets"] == ["Sheet1", "Sheet3"]
    assert table.rows.num_rows == 1


@WRITERS
def test_two_sheets_with_our_header_and_rows_are_refused(tmp_path: Path, kind: str, write: Write) -> None:
    sheet = [HEADER, ["1", "Ann", "C1"]]
    with pytest.raises(ContractBroken, match="sheets 1 and 3 all"):
        table_of(tmp_path, kind, write, sheet, [["notes"]], sheet)
    assert table_of(tmp_path, kind, write, sheet, [HEADER]).rows.num_rows == 1


@WRITERS
def test_a_missing_column_of_a_workbook_is_named(tmp_path: Path, kind: str, write: Write) -> None:
    with pytest.raises(ContractBroken, match="missing columns: 'class_id', did you mean 'clas_id'"):
        table_of(tmp_path, kind, write, [["student_id", "student_first", "clas_id"], ["1", "Ann", "C1"]])


def test_an_empty_workbook_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractBroken, match="every visible sheet"):
        table_of(tmp_path, "xlsx", write_xlsx, [])


def test_a_table_need_not_begin_in_the_first_cell(tmp_path: Path) -> None:
    rows = [["", ""], ["", "", *HEADER], ["", "", "1", "Ann", "C1"], ["", "", 77, "Bo", "C1"]]
    table = table_of(tmp_path, "xlsx", write_xlsx, rows)
    assert (table.facts["header_line"], table.rows.column("line").to_pylist()) == (2, [3, 4])
    with pytest.raises(ContractBroken) as refused:
        table_of(tmp_path, "xlsx", write_xlsx, rows, formats={(3, 2): "00000"})
    assert refused.value.place.line == 4


def test_rows_are_read_in_batches_without_loss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "_BATCH", 7)
    for count in (1, 6, 7, 8, 50):
        rows = [[str(number), "Ann", "C1"] for number in range(count)]
        table = table_of(tmp_path, "xlsx", write_xlsx, [HEADER, *rows])
        assert table.rows.column("student_id").to_pylist() == [row[0] for row in rows]


def test_numbers_outside_id_columns_are_no_problems(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", [HEADER, [1.5, True, "C1"]])
    table = read(path, "a", "xlsx", Columns(required=tuple(HEADER)))
    assert table.rows.drop_columns("line").to_pylist() == [
        {"student_id": "1.5", "student_first": "TRUE", "class_id": "C1"}
    ]
