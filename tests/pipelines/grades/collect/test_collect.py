"""Collecting a gradebook run by run: which lines are stored, quarantined or unchanged."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from pipelines import runs
from pipelines.errors import ContractBroken, SourceUnavailable
from pipelines.grades.collect import collect
from pipelines.settings import load_district
from sandbox import grades
from tests.graded import Graded
from tests.oneroster import as_zip
from tests.town import FIRST, Town, world
from tests.warehouse import BOTH

LATER = FIRST + timedelta(days=1)


@pytest.fixture
def graded(synced: Town) -> Graded:
    here = Graded(synced)
    here.settle()
    return here


@BOTH
def test_a_whole_gradebook_is_stored_and_the_next_run_writes_only_changes(graded: Graded) -> None:
    book = grades.invent(world(), 3)
    grades.write(book, graded.drop)
    counts = graded.collect()
    assert counts == {
        "received": len(book.activities) + len(book.scores),
        "accepted": len(book.activities) + len(book.scores),
        "activities.new": len(book.activities),
        "scores.new": len(book.scores),
    }
    first = graded.town.one("select max(changed_at) from gradebook.scores")
    night = grades.evolve(world(), book, 4, rescored=9)
    grades.write(night.grades, graded.drop)
    counts = graded.collect(LATER)
    assert {name: count for name, count in counts.items() if "." in name} == {
        "activities.new": 1,
        "activities.changed": 1,
        "scores.new": night.added_scores,
        "scores.changed": 9,
    }
    assert (
        graded.town.one("select count(*) from gradebook.scores where changed_at > %s", first) == 9 + night.added_scores
    )


# A line of the worst export, and what becomes of it; ONE and TWO are classes, ADA sits in the first.
WORST_ACTIVITIES = {
    "A1, Quiz ,ONE,  Chapter 1  ,+10.0,2026-09-04,YES": None,
    "A2,poll,ONE,,5,,": "ACTIVITY_WITHOUT_TITLE",
    f"A3,quiz,ONE,{'x' * 256},5,,": "TITLE_TOO_LONG",
    "A4,quiz,ONE,T,-5,,": "NEGATIVE_POINTS",
    "A5,quiz,ONE,T,,,": "MISSING_POINTS",
    "A6,exam paper,ONE,T,5,,": "INVALID_KIND",
    'A7,quiz,ONE,T,"1,000",,': "COMMA_IN_POINTS",
    "A8,quiz,ONE,T,5,09/04/2026,": "INVALID_DUE",
    "A9,quiz,ONE,T,5,,maybe": "INVALID_FLAG",
    "A10,quiz,NOWHERE,T,5,,": "UNKNOWN_CLASS",
    "A11,quiz,ONE,T,5,,": "ACTIVITY_TWO_CLASSES",
    "A11,quiz,TWO,T,5,,": "ACTIVITY_TWO_CLASSES",
    "A12,quiz,ONE,T,5,,": "CONFLICTING_DUPLICATE",
    "A12,quiz,ONE,U,5,,": "CONFLICTING_DUPLICATE",
    "A13,quiz,ONE,T,5,,no,surplus": "RAGGED_LINE",
    ",quiz,ONE,T,5,,": "MISSING_ACTIVITY_ID",
}
WORST_SCORES = {
    "A1,ADA,85%,": "INVALID_POINTS",
    "A1,ADA,7,": "CONFLICTING_DUPLICATE",
    "A1,1.23E+10,7,": "ID_MANGLED",
    "A1,nobody,7,": "UNKNOWN_STUDENT",
    "A10,ADA,7,": "DEPENDS_ON_QUARANTINED",
    "A99,ADA,7,": "UNKNOWN_ACTIVITY",
    "A11,ADA,7,true": "EXCUSED_WITH_POINTS",
    "A1,,7,": "MISSING_STUDENT_ID",
    ",ADA,7,": "MISSING_ACTIVITY_ID",
}


def test_bad_lines_are_quarantined_and_the_other_lines_are_stored(graded: Graded) -> None:
    (one, ada), (two, _) = graded.seats()[:2]

    def said(line: str) -> str:
        return line.replace("ONE", one).replace("TWO", two).replace("ADA", ada)

    counts = graded.night([*map(said, WORST_ACTIVITIES)], [*map(said, WORST_SCORES)])
    assert (counts["received"], counts["accepted"], counts["quarantined"]) == (25, 1, 24)
    assert (counts["activities.new"], counts.get("scores.new")) == (1, None)
    wanted = [("activities", list(WORST_ACTIVITIES.values())), ("scores", list(WORST_SCORES.values()))]
    assert graded.quarantined() == {
        (f"{part}/{part}.csv", line, code) for part, codes in wanted for line, code in enumerate(codes, 2) if code
    }
    stored = graded.town.ask("select kind, title, points, due_at, selected from gradebook.activities")
    end_of_day = datetime(2026, 9, 5, 4, 59, 59, tzinfo=UTC)  # in Chicago
    assert stored == [("quiz", "Chapter 1", Decimal("10"), end_of_day, True)]


def test_a_duplicate_line_is_stored_once_and_a_blank_differs_from_an_excuse(graded: Graded) -> None:
    (one, ada), (two, bob) = graded.seats()[:2]
    activities = [f"A1,,{one},T,5,,", f"A1,,{one},T,5.0,,", f"A2,,{two},T,5,,"]
    counts = graded.night(activities, [f"A1,{ada},.5,", f"A1,{ada},0.50,no", f"A2,{bob},,x", f"A1,{bob},,"])
    assert counts["found.DUPLICATE_ROW"] == 2
    assert counts["accepted"] == 7
    assert graded.scores() == {
        ("A1", ada): (Decimal("0.5"), False),
        ("A2", bob): (None, True),
        ("A1", bob): (None, False),
    }


def test_the_same_files_again_are_not_even_read(graded: Graded) -> None:
    (one, ada), *_ = graded.seats()
    graded.night([f"A1,,{one},T,5,,"], [f"A1,{ada},4,"])
    before = graded.town.dump("gradebook")
    assert graded.collect(LATER) == {"unchanged": 1}
    assert graded.collect(LATER) == {"unchanged": 1}
    assert graded.town.dump("gradebook") == before
    told = graded.town.ask("select status, received_rows from runs.imports where layout = 'gradebook' order by run_id")
    assert told == [("applied", 2), ("unchanged", 2), ("unchanged", 2)]


def test_a_quarantined_score_is_stored_from_the_same_file_once_the_roster_has_its_student(
    graded: Graded,
) -> None:
    (one, _), *_ = graded.seats()
    counts = graded.night([f"A1,,{one},T,5,,"], ["A1,0000042,4,"])
    assert (counts["quarantined"], counts["found.UNKNOWN_STUDENT"]) == (1, 1)
    again = graded.collect()
    assert again["found.UNKNOWN_STUDENT"] == 1
    graded.town.ask(
        "insert into roster.users (district_id, user_id, identifier, role, origin, status, as_of)"
        " values ('springfield', gen_random_uuid(), '0000042', 'student', 'local', 'active', '2026-09-01')"
    )
    counts = graded.collect(LATER)
    assert (counts["scores.new"], counts["accepted"], counts["found.STUDENT_NOT_ENROLLED"]) == (1, 2, 1)
    assert graded.collect(LATER) == {"unchanged": 1}


def test_missing_lines_change_nothing_and_scores_may_come_without_their_activity(graded: Graded) -> None:
    (one, ada), (two, bob) = graded.seats()[:2]
    graded.night([f"A1,,{one},T,5,,", f"A2,,{two},U,5,,"], [f"A1,{ada},4,", f"A2,{bob},4,"])
    counts = graded.night([f"A2,,{two},U,5,,"], [f"A1,{ada},5,"], LATER)
    assert {name: count for name, count in counts.items() if "." in name} == {"scores.changed": 1}
    assert graded.scores() == {("A1", ada): (Decimal(5), False), ("A2", bob): (Decimal(4), False)}


def test_an_older_night_does_not_overwrite_a_newer_one(graded: Graded) -> None:
    (one, ada), *_ = graded.seats()
    graded.night([f"A1,,{one},T,5,,"], [f"A1,{ada},5,"], LATER)
    assert graded.night([f"A1,,{one},T,5,,"], [f"A1,{ada},1,"], FIRST) == {"older": 1}
    assert graded.scores() == {("A1", ada): (Decimal(5), False)}


def test_a_second_try_of_collect_keeps_the_first_trys_imports(graded: Graded) -> None:
    (one, ada), *_ = graded.seats()
    graded.deliver([f"A1,,{one},T,5,,"], [f"A1,{ada},5,", "A1,nobody,5,"])
    night, district = graded.begin(), load_district("springfield")
    assert collect(night, district)["quarantined"] == 1
    assert collect(night, district) == {"unchanged": 1}
    (listed,) = runs.imports(night)
    assert (listed["status"], listed["counts"]["quarantined"]) == ("applied", 1)
    assert len(graded.quarantined()) == 1


def test_missing_files_and_files_without_a_column_are_listed_as_refused(graded: Graded) -> None:
    with pytest.raises(SourceUnavailable):
        graded.collect()
    (one, _), *_ = graded.seats()
    graded.deliver([f"A1,,{one},T,5,,"], ["A1,1,5,"])
    path = graded.drop / "scores.csv"
    path.write_text(path.read_text().replace("points", "point"), encoding="utf-8")
    with pytest.raises(ContractBroken, match="did you mean 'point'"):
        graded.collect()
    told = graded.town.ask(
        "select source, layout, status, facts ->> 'code' from runs.imports where run_id > 1 order by run_id"
    )
    assert told == [
        ("gradebook.grade_file", "gradebook", "refused", "SOURCE_UNAVAILABLE"),
        ("gradebook.grade_file", "gradebook", "refused", "CONTRACT_BROKEN"),
    ]
    assert graded.town.ask("select * from gradebook.activities") == []


def test_logs_and_records_contain_no_title_score_or_id(graded: Graded, caplog: pytest.LogCaptureFixture) -> None:
    (one, ada), *_ = graded.seats()
    graded.deliver([f"SECRET1,,{one},Confidential,5,,"], [f"SECRET1,{ada},98765,", "SECRET1,SECRET2,4,"])
    with caplog.at_level(logging.DEBUG):
        counts = graded.collect()
    told = caplog.text + str(counts)
    told += str(
        graded.town.ask("select i.*, r.* from runs.imports i join runs.runs r using (run_id) where r.run_id > 1")
    )
    assert [word for word in ("SECRET", "Confidential", "98765", ada, one) if word in told] == []


def test_an_unchanged_package_is_read_again_only_if_lines_are_quarantined(graded: Graded) -> None:
    (one, ada), *_ = graded.seats()
    path = graded.town.folder / "package.zip"
    source = {"kind": "oneroster_csv", "path": str(path), "completeness": {"settle_seconds": 0}}
    graded.town.settle(gradebook={"sources": [source]})
    nothing = {"manifest.csv": as_bytes("propertyName,value", "manifest.version,1.0", "oneroster.version,1.1", *ABSENT)}
    as_zip(path, nothing)
    assert graded.collect() == {"unchanged": 1}
    scores = "sourcedId,lineItemSourcedId,studentSourcedId,scoreStatus,score"
    items = as_bytes("sourcedId,title,classSourcedId,resultValueMax", f"L1,Quiz,{one},10")
    results = as_bytes(scores, f"R1,L1,{ada},fully graded,7", "R2,L1,0000042,fully graded,8")
    as_zip(path, {"lineItems.csv": items, "results.csv": results})
    assert graded.collect()["found.UNKNOWN_STUDENT"] == 1
    as_zip(path, nothing)
    again = graded.collect(LATER)
    assert (again["received"], again["accepted"], again["found.UNKNOWN_STUDENT"]) == (3, 2, 1)
    graded.town.ask("update roster.users set identifier = '0000042' where role = 'student' and identifier <> %s", ada)
    assert graded.collect(LATER)["found.AMBIGUOUS_STUDENT"] == 1
    assert graded.scores() == {("L1", ada): (Decimal(7), False)}


ABSENT = [f"file.{kind},absent" for kind in ("lineItems", "results", "categories", "users", "classes")]


def as_bytes(*lines: str) -> bytes:
    return "\n".join([*lines, ""]).encode()
