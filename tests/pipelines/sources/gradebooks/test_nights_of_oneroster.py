"""Runs that collect OneRoster's grades, by REST and as packages: every grade is stored, and none twice."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pipelines.runs import Counts
from sandbox.vendors.account import Account
from sandbox.vendors.oneroster import gradebook
from sandbox.vendors.oneroster.package import write_package
from sandbox.vendors.serving import serving
from tests.at_gradebook import AtGradebook
from tests.at_oneroster import AtOneRoster
from tests.graded import Graded
from tests.town import FIRST, Town, world

pytestmark = pytest.mark.slow


def test_the_same_grades_by_another_authentication_or_version_are_not_stored_again(
    synced: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graded = Graded(synced)
    with serving(worlds=[world()], seed=3, oneroster_gradebook=True) as sandbox:
        at = AtGradebook(AtOneRoster(sandbox, tmp_path, monkeypatch), tmp_path)
        book = gradebook.book(sandbox.account)
        _settle(synced, at.enter("1.2", page_rows=5000).model_dump(mode="json", exclude_unset=True))
        assert graded.collect() == {
            "received": len(book.activities) + len(book.scores),
            "accepted": len(book.activities) + len(book.scores),
            "activities.new": len(book.activities),
            "scores.new": len(book.scores),
        }
        scores = graded.scores()
        given = {key: str(points) for key, (points, excused) in scores.items() if points is not None and not excused}
        assert given == {
            (one.activity_id, one.student_id): one.points
            for one in book.scores.itertuples(index=False)
            if one.points != ""
        }
        _settle(synced, at.enter("oauth1", page_rows=5000).model_dump(mode="json", exclude_unset=True))
        again = graded.collect(FIRST + timedelta(days=1))
        nights = [_packed(graded, sandbox.account, version, days) for days, version in enumerate(("1.1", "1.2"), 2)]
    everything = len(book.activities) + len(book.scores)
    for counts in (again, nights[1]):
        assert counts == {"received": everything, "accepted": everything}
    assert nights[0]["scores.new"] == len(book.scores)  # another kind of source has activities of its own
    assert graded.scores() == scores


def _packed(graded: Graded, account: Account, version: Any, days: int) -> Counts:
    """Collect a package of the same grades."""
    path = write_package(account, graded.town.folder / f"package-{days}.zip", version=version)
    _settle(graded.town, {"kind": "oneroster_csv", "path": str(path), "completeness": {"settle_seconds": 0}})
    return graded.collect(FIRST + timedelta(days=days))


def _settle(town: Town, source: dict[str, Any]) -> None:
    town.settle(gradebook={"sources": [source]}, timezone="America/Chicago")
