"""Two exported files become one book, from any store and in any format; incomplete files are refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from pipelines.errors import ContractBroken, SettingsInvalid, SourceIncomplete, SourceUnavailable
from pipelines.sources.contract import Bookmark, ExtractRequest, ExtractResult
from pipelines.sources.gradebooks.book import ACTIVITIES, OPTIONAL, SCORES, Book
from pipelines.sources.gradebooks.grade_file import Settings, fetch, understand
from schemas.gradebook import GRADEBOOK
from tests import drops

NIGHT = date(2026, 9, 1)
BOTH = {
    "activities.csv": "activity_id,class_id,title,points\nA1,C1,Quiz 1,10\n",
    "scores.csv": "activity_id,student_id,points,excused\nA1,007,8.5,\nA1,008,,yes\n",
}
Asking = Callable[..., tuple[ExtractResult, Book]]


def settings(drop: str, **facts: Any) -> Settings:
    fields = {"kind": "grade_file", "completeness": {"settle_seconds": 0}}
    fields |= {part: f"{drop}/{part}.csv" for part in ("activities", "scores")}
    return Settings.model_validate(fields | facts)


def put(folder: Path, files: Mapping[str, str]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8")
    return folder


@pytest.fixture
def ask(tmp_path: Path) -> Asking:
    """Fetch and understand a night."""

    def one_night(source: Settings, last: Bookmark | None = None) -> tuple[ExtractResult, Book]:
        to = tmp_path / f"to-{len(list(tmp_path.iterdir()))}"
        to.mkdir()
        fetched = fetch(source, ExtractRequest("springfield", NIGHT, to, last))
        return fetched, understand(fetched.files, source)

    return one_night


def cells(book: Book) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    activities, scores = (
        [row for table in tables for row in table.rows.to_pylist()] for tables in (book.activities, book.scores)
    )
    return activities, scores


def test_two_files_become_a_book_with_ids_as_text(ask: Asking, tmp_path: Path) -> None:
    fetched, book = ask(settings(str(put(tmp_path / "drop", BOTH))))
    assert list(fetched.files) == ["activities/activities.csv", "scores/scores.csv"]
    assert {name: facts["rows"] for name, facts in fetched.facts.items()} == {
        "activities/activities.csv": 1,
        "scores/scores.csv": 2,
    }
    activities, scores = cells(book)
    assert activities == [{"activity_id": "A1", "class_id": "C1", "title": "Quiz 1", "points": "10", "line": 2}]
    assert scores[0] == {"activity_id": "A1", "student_id": "007", "points": "8.5", "excused": "", "line": 2}


def test_the_columns_of_a_book_equal_the_columns_of_the_gradebook_schema() -> None:
    assert set(ACTIVITIES) == set(GRADEBOOK["activities"].columns)
    assert set(SCORES) == set(GRADEBOOK["scores"].columns)
    optional = {name for schema in GRADEBOOK.values() for name, column in schema.columns.items() if not column.required}
    assert optional == OPTIONAL


def test_each_file_may_have_its_own_headers(ask: Asking, tmp_path: Path) -> None:
    drop = put(
        tmp_path / "drop",
        {
            "activities.csv": "Item #,Section,Item Name,Max\nA1,C1,Quiz 1,10\n",
            "scores.csv": "Item #\tSIS Id\tEarned\nA1\t007\t8\n",
        },
    )
    named = {
        "activities": {"activity_id": "Item #", "class_id": "Section", "title": "Item Name", "points": "Max"},
        "scores": {"activity_id": "Item #", "student_id": "SIS Id", "points": "Earned"},
    }
    activities, scores = cells(ask(settings(str(drop), columns=named))[1])
    assert (activities[0]["points"], scores[0]["points"]) == ("10", "8")


def test_missing_columns_and_unknown_fields_are_refused_with_a_suggestion(ask: Asking, tmp_path: Path) -> None:
    drop = put(tmp_path / "drop", BOTH | {"scores.csv": "activity_id,studentid2,points\nA1,007,8\n"})
    with pytest.raises(ContractBroken, match=r"'student_id', did you mean 'studentid2'.*scores/scores.csv"):
        ask(settings(str(drop)))
    with pytest.raises(SettingsInvalid, match="did you mean 'points'"):
        ask(settings(str(drop), columns={"activities": {"point": "Max"}}))


def test_encodings_trailers_and_headers_are_read_as_for_a_roster(ask: Asking, tmp_path: Path) -> None:
    drop = put(tmp_path / "drop", BOTH)
    (drop / "activities.csv").write_bytes("Activity ID;Class.Id;Title;POINTS\r\nA1;C1;Prüfung;10\r\n".encode("cp1252"))
    (drop / "scores.csv").write_text("activity_id,student_id,points\nA1,007,8\n#EOF,1\n", encoding="utf-16")
    activities, scores = cells(ask(settings(str(drop)))[1])
    assert (activities[0]["title"], len(scores)) == ("Prüfung", 1)


def test_mangled_ids_of_a_workbook_are_problems(ask: Asking, tmp_path: Path) -> None:
    drop = put(tmp_path / "drop", BOTH)
    with xlsxwriter.Workbook(str(drop / "scores.xlsx")) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate([("activity_id", "student_id", "points"), ("A1", "007", 8.5), ("A1", 1.5, 8)]):
            sheet.write_row(at, 0, row)
    _, understood = ask(settings(str(drop), scores=f"{drop}/scores.xlsx"))
    (table,) = understood.scores
    assert [(row["student_id"], row["points"]) for row in table.rows.to_pylist()] == [("007", "8.5")]
    assert [(problem.line, problem.column, problem.code) for problem in table.problems] == [
        (3, "student_id", "ID_MANGLED")
    ]


def test_a_pattern_may_match_several_files_and_both_tables_may_share_file_names(ask: Asking, tmp_path: Path) -> None:
    for part, content in zip(("activities", "scores"), BOTH.values(), strict=True):
        put(tmp_path / part, {"2026-09-01-north.csv": content, "2026-09-01-south.csv": content, "2026-08-31.csv": "x"})
    paths = {part: f"{tmp_path}/{part}/{{as_of}}-*.csv" for part in ("activities", "scores")}
    fetched, book = ask(settings("", **paths))
    assert (len(fetched.files), len(book.activities), len(book.scores)) == (4, 2, 2)
    assert [table.name for table in book.scores] == ["scores/2026-09-01-north.csv", "scores/2026-09-01-south.csv"]


@pytest.mark.parametrize("gone", ["activities.csv", "scores.csv"])
def test_one_missing_file_makes_the_source_unavailable(ask: Asking, tmp_path: Path, gone: str) -> None:
    drop = put(tmp_path / "drop", BOTH)
    (drop / gone).unlink()
    with pytest.raises(SourceUnavailable):
        ask(settings(str(drop)))


@pytest.mark.parametrize(
    "scores",
    [
        "",
        "\n\n",
        "activity_id,student_id,points,excused\nA1,007,8.5,\nA1,0",
        "activity_id,student_id,points\nA1,007,8\n#EOF,2\n",
        "activity_id,student_id,points\n#EOF,2\n",
    ],
)
def test_an_incomplete_gradebook_file_is_refused(ask: Asking, tmp_path: Path, scores: str) -> None:
    drop = put(tmp_path / "drop", BOTH | {"scores.csv": scores})
    with pytest.raises(SourceIncomplete, match=r"scores/scores\.csv"):
        ask(settings(str(drop)))


def test_a_file_without_rows_is_accepted_until_there_were_rows(ask: Asking, tmp_path: Path) -> None:
    drop = put(tmp_path / "drop", BOTH | {"scores.csv": "activity_id,student_id,points\n"})
    fetched, book = ask(settings(str(drop)))
    assert book.scores[0].received == 0
    assert ask(settings(str(drop)), Bookmark(fetched.facts, None, None))[0].facts == fetched.facts
    with pytest.raises(SourceIncomplete):
        ask(settings(str(drop)), Bookmark({"scores/yesterday.csv": {"rows": 3}}, None, None))
    with pytest.raises(SourceIncomplete):
        ask(settings(str(drop), completeness={"settle_seconds": 0, "trailer_required": True}))
    put(drop, {"scores.csv.manifest.json": json.dumps({"rows": 3})})
    with pytest.raises(SourceIncomplete):
        ask(settings(str(drop)))


def test_a_gradebook_file_is_compared_with_its_manifest(ask: Asking, tmp_path: Path) -> None:
    drop = put(tmp_path / "drop", BOTH | {"scores.csv.manifest.json": json.dumps({"rows": 2})})
    fetched, _ = ask(settings(str(drop)))
    assert fetched.facts["scores/scores.csv"]["manifest"] is True
    put(drop, {"scores.csv.manifest.json": json.dumps({"rows": 3})})
    with pytest.raises(SourceIncomplete, match="manifest states 3 rows"):
        ask(settings(str(drop)))


def test_gradebook_files_are_fetched_from_sftp_by_the_sources_connection(
    ask: Asking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = put(tmp_path / "drop", BOTH)
    with drops.sftp(folder) as server:
        connection = server.connection()
        fields = ("conn_type", "host", "port", "login", "password", "extra")
        facts = {name: getattr(connection, name) for name in fields}
        monkeypatch.setenv("AIRFLOW_CONN_DROP", json.dumps(facts))
        paths = {part: server.url(f"{part}.csv") for part in ("activities", "scores")}
        _, book = ask(settings("", connection="drop", **paths))
    assert [len(rows) for rows in cells(book)] == [1, 2]
