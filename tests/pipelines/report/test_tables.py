"""Tables of a report: a row stays one row, even if a name contains a pipe or a line break."""

from __future__ import annotations

from pipelines.report.tables import cell, counted, table


def test_a_table_without_rows_has_no_lines() -> None:
    assert table("Found", ("code", "count"), []) == []


def test_a_table_has_a_title_a_header_and_its_rows() -> None:
    assert table("Found", ("code", "count"), [("A", 1), ("B", 2)]) == [
        "## Found",
        "",
        "| code | count |",
        "| --- | --- |",
        "| A | 1 |",
        "| B | 2 |",
        "",
    ]


def test_pipes_and_white_space_of_a_value_are_escaped_or_joined() -> None:
    assert cell("Art | Music\n# a title\t8") == "Art \\| Music # a title 8"


def test_counts_are_listed_by_name_without_zeros() -> None:
    assert counted({"sent": 1200, "held": 0, "changes": 3}) == "changes 3, sent 1,200"
