from __future__ import annotations

from collections import Counter

import pandas as pd
import pytest

from sandbox import district, layouts, nights

ALL = ("add", "drop", "move", "rename", "period", "rekey", "return", "reassign")


@pytest.fixture(scope="module")
def world() -> district.World:
    return district.generate(seed=5, students=1300, schools=4)


def roster(world: district.World) -> pd.DataFrame:
    return layouts.sheets(world, "combined")[0].frame()


def compare(before: pd.DataFrame, after: pd.DataFrame, gone: set[str]) -> Counter[tuple[str, str]]:
    """Tell two nights' rows apart by their texts alone, without the generator's help."""
    changes: Counter[tuple[str, str]] = Counter()
    old, new = (rows.drop_duplicates("student_id").set_index("student_id") for rows in (before, after))
    emails = {email: key for key, email in old["student_email"].items() if email and key not in new.index}
    rekeyed = {
        key: emails[mail] for key, mail in new["student_email"].items() if key not in old.index and mail in emails
    }
    came = [key for key in new.index if key not in old.index and key not in rekeyed]
    left = [key for key in old.index if key not in new.index and key not in rekeyed.values()]
    changes["users", "rekey"] = len(rekeyed)
    changes["users", "create"] = sum(key not in gone for key in came)
    changes["users", "reactivate"] = sum(key in gone for key in came)
    changes["users", "archive"] = len(left)
    stayed = old.index.intersection(new.index)
    was, now = old.loc[stayed], new.loc[stayed]
    elsewhere = was["school_id"] != now["school_id"]
    named = ["student_first", "student_last", "student_email", "student_grade"]
    changes["users", "move"] = elsewhere.sum()
    changes["users", "update"] = ((was[named] != now[named]).any(axis=1) & ~elsewhere).sum()
    courses = dict(zip(before["class_id"], before["course_id"], strict=True))
    seats = set(zip(before["student_id"], before["class_id"], strict=True))
    later = {(rekeyed.get(key, key), cls) for key, cls in zip(after["student_id"], after["class_id"], strict=True)}
    lost = Counter((key, courses[cls]) for key, cls in seats - later)
    found = Counter((key, courses[cls]) for key, cls in later - seats if key not in came or key not in gone)
    changes["enrollments", "move"] = (lost & found).total()
    changes["enrollments", "archive"] = (lost - found).total()
    changes["enrollments", "create"] = (found - lost).total()
    changes["enrollments", "reactivate"] = sum(key in gone for key, _ in later - seats)
    periods = [dict(zip(rows["class_id"], rows["class_period"], strict=True)) for rows in (before, after)]
    changes["classes", "update"] = sum(periods[0][key] != periods[1][key] for key in periods[0])
    return +changes


@pytest.mark.parametrize("kinds", [nights.USUAL, ("add",), ("drop",), ("move",), ("rename",), ("rekey",), ("period",)])
@pytest.mark.parametrize("percent", [0.01, 1, 20])
def test_a_night_changes_exactly_what_it_reports(world, kinds, percent):
    night = nights.evolve(world, seed=3, percent=percent, kinds=kinds)
    assert compare(roster(world), roster(night.world), set()) == night.expected
    assert sum(night.expected.values()) >= len(kinds)


def test_a_sequence_of_nights_changes_exactly_what_they_report(world):
    gone: set[str] = set()
    for number in range(6):
        percent, kinds = (4, ALL) if number else (12, nights.USUAL)
        night = nights.evolve(world, seed=number, percent=percent, kinds=kinds)
        before, after = roster(world), roster(night.world)
        impostors = set(night.world.students.loc[night.world.students["refused"], "student_id"])
        assert night.refused.get("ID_REUSED", 0) == after["student_id"].isin(impostors).sum()
        accepted = (rows[~rows["student_id"].isin(impostors)] for rows in (before, after))
        assert compare(*accepted, gone) == night.expected
        gone = (gone | set(before["student_id"])) - set(after["student_id"])
        world = night.world


def test_a_night_of_zero_percent_changes_only_the_date(world):
    night = nights.evolve(world, seed=3, percent=0)
    assert night.expected == {}
    assert roster(night.world).equals(roster(world))
    assert (night.world.as_of - world.as_of).days == 1


def test_every_class_keeps_its_teacher_when_half_the_students_change(world):
    after = roster(nights.evolve(world, seed=9, percent=50).world)
    assert set(after["class_id"]) == set(world.classes["class_id"])
    teachers = {key: set(rows["teacher_id"]) for key, rows in roster(world).groupby("class_id")}
    assert {key: set(rows["teacher_id"]) for key, rows in after.groupby("class_id")} == teachers


def test_a_reassigned_id_belongs_to_a_person_with_another_name(world):
    night = nights.evolve(world, seed=1, percent=2, kinds=("drop",))
    former = night.world.students[~night.world.students["present"]].set_index("student_id")
    after = nights.evolve(night.world, seed=2, percent=0.5, kinds=("reassign",)).world.students
    reassigned = after[after["refused"]].set_index("student_id")
    held = former.loc[reassigned.index]
    assert len(reassigned) > 0
    assert (reassigned["first"] != held["first"]).all()
    assert (reassigned["last"] != held["last"]).all()


def test_the_first_night_creates_everything_in_the_files(world):
    sheets = {sheet.name: len(sheet) for sheet in layouts.sheets(world, "sds_v21")}
    assert nights.opening(world) == {
        ("users", "create"): sheets["users"],
        ("classes", "create"): sheets["classes"],
        ("enrollments", "create"): sheets["enrollments"],
    }


def test_renumber_changes_only_the_ids_of_classes_and_courses(world):
    night = nights.evolve(world, seed=3, percent=1, kinds=("renumber",))
    assert night.expected == {("classes", "rekey"): len(world.classes), ("courses", "rekey"): len(world.courses)}
    before, after = roster(world), roster(night.world)
    for column in ("class_id", "course_id"):
        assert not set(before[column]) & set(after[column])
        assert after.groupby([column, before[column]]).ngroups == before[column].nunique()
    same = before.columns.difference(["class_id", "course_id"])
    assert before[same].equals(after[same])
    with pytest.raises(ValueError, match="renumber without period"):
        nights.evolve(world, seed=3, percent=1, kinds=("period", "renumber"))


def test_reissued_ids_go_to_students_with_an_email_or_a_unique_name(world):
    night = nights.evolve(world, seed=3, percent=1, kinds=("reissue",))
    before, after = world.students, night.world.students
    new = before["student_id"] != after["student_id"]
    assert night.expected == {("users", "rekey"): new.sum()}
    assert not set(after.loc[new, "student_id"]) & set(before["student_id"])
    assert not before.loc[new, ["first", "last"]].duplicated().any()
    assert 0 < (before.loc[new, "email"] == "").sum() < new.sum()


def test_impossible_and_unknown_kinds_of_changes_are_refused(world):
    with pytest.raises(ValueError, match="too few students have left"):
        nights.evolve(world, seed=1, percent=1, kinds=("return",))
    with pytest.raises(ValueError, match="no kind 'expel'"):
        nights.evolve(world, seed=1, percent=1, kinds=("expel",))
