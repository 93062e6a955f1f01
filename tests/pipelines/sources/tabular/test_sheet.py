"""Cells as text, and ids that differ from what was typed."""

from __future__ import annotations

import datetime as dt

from pipelines.sources.tabular.sheet import Cell, filled, is_mangled, refused, shown


def test_cells_become_the_text_of_a_csv_file() -> None:
    midnight = dt.datetime.fromisoformat("2026-08-01")
    cells: list[Cell] = [
        4021.0,
        -0.0,
        0.1,
        1234567.25,
        True,
        midnight,
        midnight.replace(hour=9, minute=30),
        "a\r\nb\rc",
    ]
    texts = ["4021", "0", "0.1", "1234567.25", "TRUE", "2026-08-01", "2026-08-01T09:30:00", "a\nb\nc"]
    assert [shown(cell) for cell in cells] == texts
    assert [shown(dt.time(9, 30)), shown(dt.timedelta(hours=26)), shown(7)] == ["09:30:00", "1 day, 2:00:00", "7"]


def test_an_id_must_be_text_or_a_whole_number_of_at_most_fifteen_digits() -> None:
    assert not any(map(is_mangled, ["", "1.5", 0, 7.0, 10**15 - 1]))
    assert all(map(is_mangled, [True, 7.5, 10**15, float("inf"), float("nan"), dt.time(1), dt.timedelta(1)]))


def test_blank_rows_are_left_out_and_keep_their_numbers() -> None:
    assert list(filled([["a"], ["", ""], [], ["", 0.0], [False]])) == [(1, ["a"]), (4, ["", 0.0]), (5, [False])]


def test_an_error_of_a_workbook_names_the_file() -> None:
    assert refused("the workbook is damaged", "a.xls").place.file == "a.xls"
