"""Delimited files: delimiters are detected, ragged lines become problems with their line, and no line is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.errors import ContractBroken, SourceIncomplete
from pipelines.sources.tables import Table
from pipelines.sources.tabular import delimited, encoding
from pipelines.sources.tabular.delimited import read
from tests.written import COLUMNS

HEADER = "student_id,student_first,class_id\n"


def table_of(tmp_path: Path, text: str | bytes) -> Table:
    path = tmp_path / "roster.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read(path, "roster.csv", COLUMNS)


def lines(table: Table) -> list[int]:
    return list(table.rows.column("line").to_pylist())


@pytest.mark.parametrize(("delimiter", "called"), [(",", "comma"), (";", "semicolon"), ("|", "pipe"), ("\t", "tab")])
def test_the_delimiter_is_detected_by_the_header(tmp_path: Path, delimiter: str, called: str) -> None:
    head = delimiter.join(["Student ID", "STUDENT_FIRST", "class.id", "note (a,b;c|d)".replace(delimiter, "/")])
    table = table_of(tmp_path, f"{head}\n{delimiter.join(['1', 'Ann', 'C1', 'x'])}\n")
    assert table.facts["delimiter"] == called
    assert table.rows.num_rows == 1


def test_excels_sep_line_is_understood(tmp_path: Path) -> None:
    table = table_of(tmp_path, "sep=;\nstudent_id;student_first;class_id\n1;Ann;C1\n")
    assert (table.facts["delimiter"], table.facts["header_line"], lines(table)) == ("semicolon", 2, [3])


def test_ragged_lines_are_problems_with_their_line_and_all_cells(tmp_path: Path) -> None:
    table = table_of(tmp_path, HEADER + "1,Ann,C1\n2,Bo\n3,Cy,C1,more\n4,Di,C1\n")
    assert [(problem.line, problem.code) for problem in table.problems] == [(3, "RAGGED_LINE"), (4, "RAGGED_LINE")]
    assert table.problems[1].raw == {"student_id": "3", "student_first": "Cy", "class_id": "C1", "column 4": "more"}
    assert (lines(table), table.received) == ([2, 5], 4)


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_line_numbers_are_correct_after_values_that_span_lines(tmp_path: Path, line_end: str) -> None:
    text = HEADER + '1,"An\nn\n",C1\n\n2,Bo,C1\n3,Cy\n,,\n4,"D\ni",C1'
    table = table_of(tmp_path, text.replace("\n", line_end))
    assert lines(table) == [2, 6, 9]
    assert [problem.line for problem in table.problems] == [7]
    assert table.rows.column("student_first").to_pylist() == ["An\nn\n", "Bo", "D\ni"]
    assert table.facts["blank_lines"] == 2


def test_line_numbers_are_correct_across_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = HEADER + "".join(f'{n},"Ann ""{n}""\nof line {n}",5" pipe\n\n{n}b,Bo,\n' for n in range(200))
    whole = table_of(tmp_path, text)
    assert lines(whole)[:4] == [2, 5, 6, 9]
    monkeypatch.setattr(delimited, "_COMPACT_AFTER", 5)
    for size in (61, 97, 1024):
        monkeypatch.setattr(encoding, "CHUNK", size)
        cut = table_of(tmp_path, text)
        assert cut.rows.to_pylist() == whole.rows.to_pylist()


def test_delimiters_after_the_last_column_are_accepted(tmp_path: Path) -> None:
    table = table_of(tmp_path, HEADER + "1,Ann,C1,,\n2,Bo,C1\n3,Cy,C1,\n4,Di,C1,,x\n")
    assert lines(table) == [2, 3, 4]
    assert table.rows.column("student_id").to_pylist() == ["1", "2", "3"]
    assert [problem.line for problem in table.problems] == [5]


def test_rows_may_be_shorter_than_a_header_with_nameless_columns_at_its_end(tmp_path: Path) -> None:
    table = table_of(tmp_path, "student_id,student_first,class_id,,\n1,Ann,C1\n2,Bo,C1,,\n3,Cy\n")
    assert lines(table) == [2, 3]
    assert [problem.line for problem in table.problems] == [4]


def test_a_row_with_malformed_quotes_is_a_problem(tmp_path: Path) -> None:
    table = table_of(tmp_path, HEADER + '1,"Ann "Annie" Lee",C1\n2,Bo "Bobby" Lee,C1\n')
    assert [(problem.line, problem.code) for problem in table.problems] == [(2, "RAGGED_LINE")]
    assert table.rows.column("student_first").to_pylist() == ['Bo "Bobby" Lee']


def test_a_quote_that_swallows_lines_is_refused_by_its_line(tmp_path: Path) -> None:
    with pytest.raises(ContractBroken) as refused:
        table_of(tmp_path, HEADER + '1,Ann,C1\n2,"Bo,C1\n3,Cy,C1\n4,"Di, Jr",C1\n')
    assert refused.value.place.line == 3


def test_a_quote_that_never_closes_is_refused_by_its_line(tmp_path: Path) -> None:
    with pytest.raises(SourceIncomplete) as cut:
        table_of(tmp_path, HEADER + '1,Ann,C1\n2,"Bo,C1\n3,Cy,C1\n')
    assert cut.value.place.line == 3
    with pytest.raises(ContractBroken) as refused:
        table_of(tmp_path, HEADER + '1,Ann,C1\n2,"Bo,C1\n' + "3,Cy,C1\n" * 300_000)
    assert refused.value.place.line == 3


def test_a_missing_column_is_named_without_values_of_rows(tmp_path: Path) -> None:
    with pytest.raises(ContractBroken, match="'class_id', did you mean 'clas_id'") as refused:
        table_of(tmp_path, "student_id,student_first,clas_id\n77123,Zebulon,C1\n")
    assert "77123" not in str(refused.value)
    assert "Zebulon" not in str(refused.value)


def test_the_error_for_a_missing_header_does_not_quote_the_first_row(tmp_path: Path) -> None:
    with pytest.raises(ContractBroken) as refused:
        table_of(tmp_path, "77123,Zebulon,C1\n77124,Yolanda,C1\n")
    assert "Zebulon" not in str(refused.value)


def test_a_trailer_is_not_a_row_with_or_without_padding(tmp_path: Path) -> None:
    for trailer in ("#EOF,2", "#EOF,2,", "TRAILER|2\n\n", '"EOF","2"\n'):
        table = table_of(tmp_path, HEADER + "1,Ann,C1\n2,Bo,C1\n" + trailer)
        assert (table.facts["trailer_rows"], table.received, table.problems) == (2, 2, ())


def test_a_file_with_only_ragged_lines_gives_an_empty_table(tmp_path: Path) -> None:
    table = table_of(tmp_path, HEADER + "1\n2\n")
    assert table.rows.column_names == ["student_id", "student_first", "class_id", "line"]
    assert (table.rows.num_rows, table.received) == (0, 2)


def test_an_empty_file_and_blank_lines_are_refused(tmp_path: Path) -> None:
    for text in ("", "\n\n"):
        with pytest.raises(ContractBroken):
            table_of(tmp_path, text)


def test_a_very_long_ragged_line_is_a_problem(tmp_path: Path) -> None:
    table = table_of(tmp_path, HEADER + f'1,Ann\n2,"{"x" * 300_000}"\n3,Cy,C1\n')
    assert [problem.line for problem in table.problems] == [2, 3]
    assert lines(table) == [4]
