"""The validations' page: findings in the order to fix them, by school, and line by line."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from pipelines import runs
from pipelines.operations.pages import access_log, validations
from pipelines.operations.pages.paging import PER_PAGE
from schemas.combined import COMBINED
from schemas.rules import RULES
from tests.exported import rows
from tests.rows import person, row, write
from tests.town import FIRST, Town, world


def spoiled_night(town: Town) -> None:
    """A night with every mistake that a file can carry."""
    town.settle(expectations={"quarantined_percent": 100})
    town.night(world(students=800), dirty=3)


@pytest.fixture
def spoiled(after: Callable[..., Town]) -> Town:
    """The district after that night, which is its first."""
    here = after(spoiled_night)
    here.settle(expectations={"quarantined_percent": 100})
    return here


def test_causes_are_listed_before_consequences_and_errors_before_warnings(spoiled: Town) -> None:
    found = validations.causes(runs.load(1))
    gravity = [("error", "warning", "note").index(one["severity"]) for one in found]
    assert len(set(gravity)) > 1
    assert gravity == sorted(gravity)
    errors = [one["code"] for one in found if one["severity"] == "error"]
    assert len(errors) > 5
    follows = [code for code in errors if code in ("DEPENDS_ON_QUARANTINED", "UNKNOWN_CLASS", "UNKNOWN_USER")]
    assert errors[len(errors) - len(follows) :] == follows
    for one in found:
        rule = RULES[one["code"]]
        assert (one["what"], one["owner"], one["fix"]) == (rule.what, rule.owner, rule.fix)


def test_each_schools_text_counts_its_lines_and_names_nobody(spoiled: Town) -> None:
    night = runs.load(1)
    told = validations.by_school(night)
    quarantined = spoiled.one("select count(*) from runs.quarantine")
    assert sum(one["lines"] for one in told) == quarantined > 50
    assert len({one["school"] for one in told} - {""}) == 3
    for one in told:
        assert f"{one['lines']:,} lines" in one["text"]
        causes = [line for line in one["text"].splitlines() if re.match(r"\d+\. ", line)]
        assert causes
        assert all(re.search(r"lines [\d, ]+", line) for line in causes)
    said = "\n".join(one["text"].replace(one["school"], "") for one in told)  # a school may be called as a person is
    people = {
        value for one in rows(world(students=800)) for name, value in one.items() if "last" in name or "email" in name
    }
    assert [name for name in people if name and re.search(rf"\b{re.escape(name)}\b", said)] == []


def test_a_lines_columns_are_in_the_order_of_its_layout(town: Town) -> None:
    town.settle(expectations={"quarantined_percent": 100})
    file = town.drop / FIRST.isoformat() / "combined" / "combined.csv"
    write(file, *(person(str(number)) for number in range(1, 6)), row(student_id="9", school_id=""))
    night = runs.load(town.sync(FIRST).run_id)
    (told,) = validations.lines(night, 1)
    there = {*file.read_text(encoding="utf-8").splitlines()[0].split(",")}
    order = [name for name in COMBINED.columns if name in there]
    assert [*told["row"]] == order
    assert order != sorted(order, key=lambda name: (len(name), name))


def test_beyond_the_row_limit_only_the_first_lines_are_counted_and_the_text_says_so(
    spoiled: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    night = runs.load(1)
    everything = validations.lines(night, None)
    monkeypatch.setattr(validations, "DOWNLOADED", 60)
    told = validations.by_school(night)
    assert sum(one["lines"] for one in told) == 60 < len(everything)
    assert all(f"At least {one['lines']:,} lines of the export" in one["text"] for one in told)
    page = validations.lines(night, 2)
    assert [{**one, "found": 0} for one in page] == [{**one, "found": 0} for one in everything[PER_PAGE : 2 * PER_PAGE]]
    assert {one["found"] for one in page} == {60}


def test_a_line_without_a_school_is_listed_with_its_classs_school(town: Town) -> None:
    town.settle(expectations={"quarantined_percent": 100})
    file = town.drop / FIRST.isoformat() / "combined" / "combined.csv"
    write(file, *(person(str(number), school_name="Lincoln") for number in range(1, 6)))
    town.sync(FIRST)
    write(
        file, *(person(str(number), school_name="Lincoln") for number in range(1, 6)), row(student_id="9", school_id="")
    )
    night = runs.load(town.sync(FIRST).run_id)
    assert [(one["school"], one["lines"]) for one in validations.by_school(night)] == [("Lincoln", 1)]


def test_quarantined_lines_are_paged_as_delivered_with_their_total(spoiled: Town) -> None:
    night = runs.load(1)
    first, second = (validations.lines(night, page) for page in (1, 2))
    assert len(first) == PER_PAGE
    assert {one["found"] for one in (*first, *second)} == {spoiled.one("select count(*) from runs.quarantine")}
    places = [(one["file"], one["line"]) for one in (*first, *second)]
    assert places == sorted(places)
    assert len(set(places)) == len(places)
    chosen = validations.lines(night, 1, code="MISSING_STUDENT_ID", column="student_id")
    assert {(one["code"], one["row"]["student_id"]) for one in chosen} == {("MISSING_STUDENT_ID", "")}
    assert validations.lines(night, 1, file="another.csv") == []
    assert len(validations.lines(night, None)) == first[0]["found"]


def test_a_refused_import_has_its_reason(town: Town) -> None:
    town.deliver(world(), columns={"student_id": "student_no"})
    night = runs.load(town.sync(FIRST).run_id)
    (refused,) = validations.refusals(night)
    assert (refused["status"], refused["code"]) == ("refused", "CONTRACT_BROKEN")
    assert "did you mean 'student_no'" in refused["reason"]
    assert validations.causes(night) == []


def test_the_access_log_records_who_read_what(town: Town) -> None:
    access_log.record(town.district_id, "the registrar", "quarantined lines", run_id=7, code="MISSING_NAME", file="")
    kept = town.ask("select actor, act, details from runs.audit_log")
    assert kept == [("the registrar", "look: quarantined lines", {"run_id": 7, "code": "MISSING_NAME"})]


def test_an_unknown_school_is_not_repeated_in_the_text(town: Town) -> None:
    town.settle(expectations={"quarantined_percent": 100})
    file = town.drop / FIRST.isoformat() / "combined" / "combined.csv"
    write(file, *(person(str(number), school_name="Lincoln") for number in range(1, 6)))
    town.sync(FIRST)
    shifted = row(student_id="9", school_id="Ann Lee", class_id="another")
    write(file, *(person(str(number), school_name="Lincoln") for number in range(1, 6)), shifted)
    (told,) = validations.by_school(runs.load(town.sync(FIRST).run_id))
    assert (told["school"], told["lines"]) == ("", 1)
    assert "Ann" not in told["text"]
