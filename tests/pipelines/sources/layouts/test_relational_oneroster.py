"""OneRoster's files: what School Data Sync lacks, and which rules are only warnings."""

from __future__ import annotations

from datetime import date
from typing import Any

from pipelines.validate.result import Validated
from tests.delivery import found, judge, roster, table
from tests.sds import Files, seat, whole_set


def _refused(judged: Validated) -> set[tuple[str, int, str]]:
    return {(row["file"], row["line"], row["code"]) for row in judged.quarantine.to_pylist()}


def test_oneroster_has_periods_primary_teachers_identifiers_and_enrollment_days() -> None:
    judged = _judge()
    assert judged.counts["quarantined"] == 0
    entities = roster(judged)
    assert ("C1", "Class C1", "3", "S1", "M", frozenset({"F", "Y"})) in entities["classes"]
    assert {one for one in entities["enrollments"] if one[3]} == {("C1", "user:t1", "teacher", True)}
    assert {user[0]: user[1] for user in entities["users"]}["user:s1"] == "100234"
    days = judged.accepted["enrollments"].select(["begin_date", "end_date"]).to_pylist()
    assert {"begin_date": date(2026, 8, 17), "end_date": date(2027, 1, 9)} in days


def test_a_class_without_a_teacher_is_only_a_warning_in_oneroster() -> None:
    files = oneroster_set()
    del files["enrollments"][2]
    judged = _judge(files)
    assert judged.counts["quarantined"] == 0
    assert found(judged, "CLASS_WITHOUT_TEACHER") == {"sourcedId": 1}
    strict = _judge(files, settings={"rules": {"CLASS_WITHOUT_TEACHER": "error"}})
    assert ("classes.csv", 4, "CLASS_WITHOUT_TEACHER") in _refused(strict)


def test_a_class_whose_term_is_not_shared_is_accepted_without_the_term() -> None:
    files = oneroster_set()
    files["classes"][1] |= {"termSourcedIds": "F,nowhere"}
    judged = _judge(files)
    assert judged.counts["quarantined"] == 0
    assert found(judged, "UNKNOWN_TERM") == {"termSourcedIds": 1}
    assert {group[5] for group in roster(judged)["classes"] if group[0] == "C2"} == {frozenset({"F"})}


def test_a_class_of_a_quarantined_term_is_quarantined() -> None:
    files = oneroster_set()
    files["academicSessions"][1] |= {"startDate": "9/1/2026"}
    quarantined = _refused(_judge(files))
    assert {line[:2] for line in quarantined if line[2] == "DEPENDS_ON_QUARANTINED"} >= {
        ("classes.csv", 2),
        ("classes.csv", 3),
    }


def test_an_enrollment_of_a_person_who_is_not_shared_is_the_only_quarantined_line() -> None:
    files = oneroster_set()
    files["enrollments"].append(seat("C1", "unshared", "student"))
    assert _refused(_judge(files)) == {("enrollments.csv", 8, "UNKNOWN_USER")}


def _judge(files: Files | None = None, **more: Any) -> Validated:
    files = files or oneroster_set()
    return judge([table(rows, f"{name}.csv") for name, rows in files.items()], "oneroster", **more)


def oneroster_set() -> Files:
    """The same set in OneRoster's words, with what only OneRoster says."""
    files = whole_set()
    words = {"orgSourcedId": "schoolSourcedId", "sessionSourcedIds": "termSourcedIds"}
    files["classes"] = [{words.get(name, name): value for name, value in row.items()} for row in files["classes"]]
    files["courses"] = [
        {"courseCode" if name == "code" else name: row[name] for name in row} for row in files["courses"]
    ]
    files["classes"][0]["periods"] = "3"
    files["users"][2]["identifier"] = "100234"
    files["enrollments"][0]["primary"] = "true"
    files["enrollments"][3] |= {"primary": "false", "beginDate": "2026-08-17", "endDate": "2027-01-09"}
    return files
