"""Great Expectations checks measures: failed expectations are named, and a page shows only measures."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlparse
from urllib.request import url2pathname

import pytest

from pipelines.stage.suites import check


def _file(url: str) -> Path:
    return Path(url2pathname(urlparse(url).path))


def test_a_failed_critical_expectation_is_broken_and_any_other_is_a_warning(tmp_path: Path) -> None:
    measures = {"received_rows": 10, "orphan_percent": 7.5, "missing_percent": 1.0, "active_students": 0}
    limits = {
        "received_rows": (1, None, "critical"),
        "orphan_percent": (None, 5, "critical"),
        "missing_percent": (None, 1, "critical"),
        "active_students": (1, None, "warning"),
    }
    result = check("delivery 1", 7, measures, limits, tmp_path / "docs")
    assert result.broken == ("orphan_percent",)
    assert result.warned == ("active_students",)
    assert result.page is not None
    page = _file(result.page).read_text(encoding="utf-8")
    assert "orphan_percent" in page
    assert "delivery 1" in page


@pytest.mark.parametrize("value", [0, 5])
def test_a_met_expectation_is_neither_broken_nor_a_warning(tmp_path: Path, value: float) -> None:
    result = check("roster", 1, {"percent": value}, {"percent": (0, 5, "critical")}, tmp_path)
    assert (result.broken, result.warned) == ((), ())


def test_each_check_has_its_own_page_and_one_index_lists_all_pages(tmp_path: Path) -> None:
    pages = [
        check(suite, run_id, {"rows": 1}, {"rows": (1, None, "critical")}, tmp_path / "docs").page
        for run_id in (1, 2)
        for suite in ("delivery 1", "roster")
    ]
    assert len(set(pages)) == 4
    index = (tmp_path / "docs" / "index.html").read_text(encoding="utf-8")
    for page in pages:
        assert page is not None
        assert _file(page).exists()
        assert _file(page).parent.name in index


def test_the_stored_results_contain_only_measures(tmp_path: Path) -> None:
    check("roster", 1, {"rows": 4711.0}, {"rows": (None, 1, "critical")}, tmp_path)
    stored = [path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.json")]
    assert len(stored) == 2
    assert any("4711" in text for text in stored)
    assert not any(str(tmp_path) in text for text in stored)
