"""Files of one kind are laid end to end, and every line keeps its file and its number."""

from __future__ import annotations

import pyarrow as pa
import pytest

from pipelines.errors import ContractBroken, SourceIncomplete
from pipelines.sources.tables import Table
from tests.delivery import ids, judge, line, other, table


def test_a_class_that_spans_two_files_is_one_class() -> None:
    judged = judge([table([line()], "north.csv"), table([other()], "south.csv")])
    assert judged.accepted["enrollments"].num_rows == 3
    assert ids(judged, "classes") == {"C1"}


def test_a_finding_names_its_file_and_lines() -> None:
    north = table([line(), other()], "north.csv")
    south = table([line(term=""), line(term="")], "south.csv", lines=[7, 9])
    judged = judge([north, south])
    (finding,) = [finding for finding in judged.findings if finding.code == "MISSING_TERM"]
    assert (finding.file, finding.lines) == ("south.csv", (7, 9))
    assert set(judged.quarantine.column("file").to_pylist()) == {"south.csv"}


def test_a_contradiction_between_two_files_quarantines_the_lines_of_both() -> None:
    judged = judge(
        [table([line()], "north.csv"), table([line(student_grade="9"), line(student_grade="8")], "south.csv")]
    )
    assert judged.counts["quarantined"] == 3


def test_an_optional_column_may_be_in_only_one_of_two_files() -> None:
    judged = judge([table([line(course_id="M1", course_name="Math")], "a.csv"), table([other()], "b.csv")])
    assert judged.counts["quarantined"] == 0
    assert ids(judged, "courses") == {"M1"}


def test_a_table_without_a_required_column_is_refused() -> None:
    rows = [{field: value for field, value in line().items() if field != "school_id"}]
    with pytest.raises(ContractBroken, match="school_id"):
        judge([table(rows)])


def test_a_table_whose_received_count_exceeds_its_rows_is_refused() -> None:
    whole = table([line(), other()])
    with pytest.raises(SourceIncomplete):
        judge([Table(whole.name, whole.rows, (), 3, {})])


def test_a_file_without_rows_is_an_empty_delivery() -> None:
    empty = table([line()])
    judged = judge([Table(empty.name, empty.rows.slice(0, 0), (), 0, {})])
    assert judged.counts == judged.counts | {"received": 0, "accepted": 0, "accepted.users": 0}


def test_missing_cells_of_a_table_count_as_empty() -> None:
    whole = table([line(), other()])
    at = whole.rows.column_names.index("student_email")
    holes = pa.array([None, "alan@school.example"], pa.string()).dictionary_encode()
    judged = judge([Table(whole.name, whole.rows.set_column(at, "student_email", holes), (), 2, {})])
    assert judged.counts["quarantined"] == 0
    assert [user["email"] for user in judged.accepted["users"].to_pylist()][:2] == [None, "alan@school.example"]
