"""Grades in a OneRoster package: the same as by REST; a delta has only changes; an incomplete package is refused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import ContractBroken, RollbookError, SourceIncomplete
from pipelines.settings import SourceSettings
from pipelines.sources.contract import Bookmark, ExtractRequest, ExtractResult
from pipelines.sources.gradebooks import configured, oneroster_csv
from pipelines.sources.gradebooks.book import Book
from pipelines.sources.gradebooks.oneroster_csv import Settings
from sandbox.vendors.oneroster.package import write_package
from tests.at_gradebook import AtGradebook, rows_of, shared, told_by
from tests.oneroster import as_zip
from tests.oneroster_drop import NIGHT, last_of

ITEMS = "sourcedId,status,dateLastModified,title,dueDate,classSourcedId,categorySourcedId,resultValueMax\n"
RESULTS = "sourcedId,status,dateLastModified,lineItemSourcedId,studentSourcedId,scoreStatus,score,comment\n"
CATEGORIES = "sourcedId,status,dateLastModified,title\n"
ITEM = "L1,,,Unit 1,2026-10-01,C1,K1,10\n"
WHOLE = {
    "lineItems": f"{ITEMS}{ITEM}L2,,,Unit 2,2026-10-08,C1,K2,100\n",
    "results": f"{RESULTS}R1,,,L1,S1,fully graded,8.50,\nR2,,,L2,S1,exempt,0,\n",
    "categories": f"{CATEGORIES}K1,,,Quizzes\nK2,,,Homework\n",
}
NOW = "2026-11-24T06:00:00.000Z"


def settings(path: Path, **more: Any) -> Settings:
    given = {"kind": "oneroster_csv", "path": str(path), "completeness": {"settle_seconds": 0}}
    return Settings.model_validate(given | more)


class Drop:
    """Packages, and the nights on which they are fetched."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.numbers = folder, count()

    def fetch(
        self,
        files: Mapping[str, str],
        last: Bookmark | None = None,
        as_of: date = NIGHT,
        mode: str | None = "bulk",
        **modes: str,
    ) -> ExtractResult:
        """Deliver these files, all in one mode but for some, and fetch them; without a mode there is no manifest."""
        lines = [f"file.{kind},{modes.get(kind, mode)}" for kind in files] + [f"file.{k},{m}" for k, m in modes.items()]
        manifest = "\n".join(["propertyName,value", "oneroster.version,1.1", *dict.fromkeys(lines), ""])
        content = {f"{kind}.csv": text.encode() for kind, text in files.items()}
        path = self.folder / f"package-{next(self.numbers)}.zip"
        as_zip(path, content | ({"manifest.csv": manifest.encode()} if mode else {}))
        to = path.with_suffix("")
        to.mkdir()
        return oneroster_csv.fetch(settings(path), ExtractRequest("springfield", as_of, to, last))


@pytest.fixture
def drop(tmp_path: Path) -> Drop:
    return Drop(tmp_path)


def understood(fetched: ExtractResult) -> Book:
    return oneroster_csv.understand(fetched.files, settings(Path("package.zip")))


def test_gradebook_settings_are_the_rosters_settings_and_selected() -> None:
    source = configured(SourceSettings(kind="oneroster_csv", path="drop/*.zip", selected="all"))
    assert isinstance(source, Settings)
    assert (source.path, source.selected) == ("drop/*.zip", "all")


@pytest.mark.parametrize("version", ["1.1", "1.2"])
@pytest.mark.parametrize("target", ["package.zip", "folder"])
@pytest.mark.parametrize("stamped", [True, False])
def test_a_package_gives_the_same_book_as_the_service(
    at: AtGradebook, tmp_path: Path, version: Any, target: str, stamped: bool
) -> None:
    account = at.roster.sandbox.account
    path = write_package(account, tmp_path / target, version=version, stamped=stamped)
    (tmp_path / "to").mkdir()
    fetched = oneroster_csv.fetch(settings(path), ExtractRequest("springfield", NIGHT, tmp_path / "to"))
    assert set(fetched.files) == {"lineItems.csv", "results.csv", "categories.csv", "manifest.csv"}
    assert fetched.facts["records"]["results"] == len(shared(account)[1])
    assert "users" in fetched.facts["not_taken"]
    assert told_by(understood(fetched)) == at.told(version) == shared(account)


@pytest.mark.parametrize("mode", ["bulk", None])
def test_a_package_is_read_with_and_without_a_manifest(drop: Drop, mode: str | None) -> None:
    activities, scores = told_by(understood(drop.fetch(WHOLE, mode=mode)))
    assert activities == {
        ("L1", "quiz", "C1", "Unit 1", "10", "2026-10-01", "false"),
        ("L2", "assignment", "C1", "Unit 2", "100", "2026-10-08", "false"),
    }
    assert scores == {("L1", "S1", "8.50", "false"), ("L2", "S1", "", "true")}


def test_results_and_categories_may_be_missing_from_a_package(drop: Drop) -> None:
    book = understood(drop.fetch({"lineItems": WHOLE["lineItems"]}))
    assert {row["kind"] for row in rows_of(book.activities)} == {"assignment"}
    assert book.activities[0].facts["unknown_category"] == 2
    assert book.scores == ()


def test_a_delta_gives_only_changed_rows_and_counts_deleted_rows(drop: Drop) -> None:
    changed = f"{RESULTS}R1,active,{NOW},L1,S1,fully graded,9,\nR2,tobedeleted,{NOW},L2,S1,fully graded,1,\n"
    book = understood(drop.fetch({"results": changed}, mode="delta"))
    assert book.activities == ()
    assert told_by(book)[1] == {("L1", "S1", "9", "false")}
    assert book.scores[0].facts["tombstones"] == 1


def test_a_deleted_line_item_is_removed_with_its_results(drop: Drop) -> None:
    files = {"lineItems": f"{ITEMS}L1,tobedeleted,{NOW},Unit 1,,C1,K1,10\n{ITEM.replace('L1', 'L3')}"}
    files |= {"results": f"{RESULTS}R1,active,{NOW},L1,S1,fully graded,9,\nR3,active,{NOW},L3,S1,fully graded,7,\n"}
    book = understood(drop.fetch(files, mode="delta"))
    assert {row["activity_id"] for row in rows_of(book.activities)} == {"L3"}
    assert {row["activity_id"] for row in rows_of(book.scores)} == {"L3"}
    assert book.scores[0].facts["gone_with_tombstones"] == 1


def test_an_activity_keeps_its_kind_when_a_delta_has_no_categories(drop: Drop) -> None:
    first = drop.fetch(WHOLE)
    changed = {"lineItems": f"{ITEMS}L1,active,{NOW},Unit 1 (again),2026-10-01,C1,K1,10\n"}
    second = drop.fetch(changed, last_of(first), mode="delta")
    third = drop.fetch(changed | {"categories": f"{CATEGORIES}K1,active,{NOW},Polls\n"}, last_of(second), mode="delta")
    fourth = drop.fetch(changed, last_of(third), mode="delta")
    kinds = [rows_of(understood(one).activities)[0]["kind"] for one in (second, third, fourth)]
    assert kinds == ["quiz", "poll", "poll"]


def test_a_delta_is_refused_if_an_earlier_delta_may_be_missing(drop: Drop) -> None:
    last = last_of(drop.fetch(WHOLE))
    delta = {"results": f"{RESULTS}R1,active,{NOW},L1,S1,fully graded,9,\n"}
    with pytest.raises(SourceIncomplete, match="delta is 3 days newer than the last applied run"):
        drop.fetch(delta, last, NIGHT + timedelta(days=3), mode="delta")
    assert drop.fetch(delta, last, NIGHT + timedelta(days=1), mode="delta").facts["records"] == {"results": 1}
    assert drop.fetch(WHOLE, last, NIGHT + timedelta(days=3)).facts["records"]["results"] == 2


def test_a_delta_without_gradebook_files_is_unchanged(drop: Drop) -> None:
    last = last_of(drop.fetch(WHOLE))
    for files in ({}, {"users": "sourcedId,status\nS1,active\n"}):
        fetched = drop.fetch(files, last, mode="delta")
        assert fetched.unchanged
        assert fetched.facts["records"] == last.facts["records"]
        assert told_by(understood(fetched)) == (set(), set())


@pytest.mark.parametrize(
    ("files", "modes", "refused", "expected"),
    [
        ({"users": "sourcedId\nS1\n"}, {}, SourceIncomplete, "0 line items and 0 results"),
        ({"results": WHOLE["results"]}, {}, SourceIncomplete, "0 line items and 2 results"),
        ({"categories": WHOLE["categories"]}, {}, SourceIncomplete, "0 line items"),
        ({"lineItems": ITEMS}, {}, SourceIncomplete, "a header and no rows"),
        (WHOLE | {"results": f"{RESULTS}R1,,,L1,S1,fully graded,8,\nR2,,,L2,S1"}, {}, SourceIncomplete, "middle of"),
        ({"lineItems": WHOLE["lineItems"]}, {"results": "bulk"}, SourceIncomplete, r"lists results\.csv"),
        (WHOLE, {"results": "absent"}, SourceIncomplete, "calls the file absent"),
        (WHOLE, {"results": "some"}, ContractBroken, "neither bulk, delta nor absent"),
    ],
)
def test_an_incomplete_gradebook_package_is_refused(
    drop: Drop, files: dict[str, str], modes: dict[str, str], refused: type[RollbookError], expected: str
) -> None:
    with pytest.raises(refused, match=expected):
        drop.fetch(files, **modes)


def test_a_gradebook_whose_results_all_disappeared_is_refused(drop: Drop) -> None:
    last = last_of(drop.fetch(WHOLE))
    with pytest.raises(SourceIncomplete, match="2 line items and 0 results; nothing was changed"):
        drop.fetch({"lineItems": WHOLE["lineItems"]}, last)


@pytest.mark.parametrize("missing", ["score", "scoreStatus", "studentSourcedId"])
def test_a_results_file_without_a_score_column_is_refused(drop: Drop, missing: str) -> None:
    files = WHOLE | {"results": WHOLE["results"].replace(f",{missing},", ",other,")}
    with pytest.raises(ContractBroken, match=f"missing columns: '{missing}'"):
        understood(drop.fetch(files))


def test_a_ragged_result_line_keeps_only_its_ids(drop: Drop) -> None:
    ragged = f"{WHOLE['results']}R3,,,L1,S2,fully graded,5,cheated, as before\n"
    (scores,) = understood(drop.fetch(WHOLE | {"results": ragged})).scores
    (problem,) = scores.problems
    assert problem.raw == {"sourcedId": "R3", "lineItemSourcedId": "L1", "studentSourcedId": "S2"}
    assert scores.received == 3
