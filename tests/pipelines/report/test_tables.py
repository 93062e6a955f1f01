"""Tables of a report: a row stays a row, whatever schools and activities are called."""

from __future__ import annotations

from pipelines.report.tables import cell, counted, table


def test_a_table_without_rows_is_not_there() -> None:
    assert table("Found", ("code", "count"), []) == []


def test_a_table_stands_under_its_title() -> None:
    assert table("Found", ("code", "count"), [("A", 1), ("B", 2)]) == [
        "## Found",
        "",
        "| code | count |",
        "| --- | --- |",
        "| A | 1 |",
        "| B | 2 |",
        "",
    ]


def test_what_a_file_says_neither_ends_its_cell_nor_its_line() -> None:
    assert cell("Art | Music\n# a title\t8") == "Art \\| Music # a title 8"


def test_counts_stand_in_one_line_without_those_of_nothing() -> None:
    assert counted({"sent": 1200, "held": 0, "changes": 3}) == "changes 3, sent 1,200"
