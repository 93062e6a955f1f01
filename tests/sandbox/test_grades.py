"""A generated gradebook depends only on the seed and the district, and changes exactly as it reports."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest

from sandbox import grades
from sandbox.district import World
from tests.town import world


@pytest.fixture(scope="module")
def town() -> World:
    return world()


def test_the_seed_determines_the_gradebook(town: World) -> None:
    one, again, other = (grades.invent(town, seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(one.scores, again.scores)
    pd.testing.assert_frame_equal(one.activities, again.activities)
    assert not one.scores["points"].equals(other.scores["points"])


def test_every_student_of_a_class_has_one_score_for_each_activity(town: World) -> None:
    book = grades.invent(town, 1, activities_per_class=3)
    assert len(book.activities) == 3 * len(town.classes)
    assert book.activities["activity_id"].is_unique
    assert not book.scores.duplicated(["activity_id", "student_id"]).any()
    class_of = dict(zip(book.activities["activity_id"], book.activities["class_id"], strict=True))
    pairs = {(student, class_of[activity]) for activity, student in book.scores.iloc[:, :2].itertuples(index=False)}
    ids, names = town.students["student_id"], town.classes["class_id"]
    assert pairs == {(ids[at], names[row]) for at in range(len(ids)) for row in town.enrolled[at]}


def test_few_scores_are_blank_fewer_are_excused_and_excused_scores_have_no_points(town: World) -> None:
    scores = grades.invent(town, 1).scores
    blank, excused = scores["points"] == "", scores["excused"] == "true"
    assert 0.03 < (blank & ~excused).mean() < 0.07
    assert 0.003 < excused.mean() < 0.02
    assert blank[excused].all()
    assert scores["points"].str.contains(".", regex=False).any()


def test_only_the_requested_number_of_classes_is_graded(town: World) -> None:
    book = grades.invent(town, 1, classes=2)
    assert set(book.activities["class_id"]) == set(town.classes["class_id"][:2])


def test_evolve_changes_exactly_the_grades_that_it_reports(town: World) -> None:
    before = grades.invent(town, 1, classes=2)
    night = grades.evolve(town, before, 5, rescored=7)
    after = night.grades
    size = len(before.scores)
    assert (after.scores["points"][:size] != before.scores["points"]).sum() == night.rescored == 7
    assert len(after.scores) == size + night.added_scores
    assert night.added_scores > 0
    assert set(after.activities["activity_id"]) - set(before.activities["activity_id"]) == {night.added}
    known = len(before.activities)
    renamed = after.activities[:known][after.activities["title"][:known] != before.activities["title"]]
    assert list(renamed["activity_id"]) == [night.renamed]


def test_the_written_files_equal_the_tables(town: World, tmp_path: Path) -> None:
    book = grades.invent(town, 1, classes=1)
    paths = grades.write(book, tmp_path / "drop")
    assert [path.name for path in paths] == ["activities.csv", "scores.csv"]
    for path, frame in zip(paths, (book.activities, book.scores), strict=True):
        with path.open(encoding="utf-8", newline="") as file:
            assert list(csv.reader(file)) == [list(frame.columns), *frame.to_numpy().tolist()]
