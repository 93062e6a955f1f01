"""Trailers are distinguished from rows."""

from __future__ import annotations

import pytest

from pipelines.sources.tabular.trailer import Trailer, read_trailer


@pytest.mark.parametrize(
    "line",
    [
        "#EOF,350",
        "TRAILER|350",
        '"EOF";"350"',
        "TOTAL 350",
        "END OF FILE: 350",
        "total rows\t350",
        "#EOF,350,,,",
        "TRL,350",
    ],
)
def test_a_trailer_with_a_count_is_recognised(line: str) -> None:
    assert read_trailer(line) == Trailer(350)


@pytest.mark.parametrize("line", ["#EOF", "END OF FILE", "trailer,,"])
def test_a_trailer_without_a_count_is_recognised(line: str) -> None:
    assert read_trailer(line) == Trailer(None)


@pytest.mark.parametrize("line", ["1,Ann,C1", "EOF,Ann,C1", "Total,350,C1", "", "350", 'EOF,350"', "Endicott,350,1"])
def test_ordinary_rows_are_not_trailers(line: str) -> None:
    assert read_trailer(line) is None
