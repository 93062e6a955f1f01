"""docs/performance.md is what its template and the measured results give."""

from __future__ import annotations

from pathlib import Path

from bench import document


def test_the_performance_page_is_written_from_its_template_and_the_measured_results(tmp_path: Path) -> None:
    written = tmp_path / "performance.md"
    document.write(page=written)
    assert document.PAGE.read_text(encoding="utf-8") == written.read_text(encoding="utf-8")
