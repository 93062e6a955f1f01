"""Which school an organisation stands for."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from pipelines.sources.assertions import Coded, Part
from pipelines.sources.layouts.orgs import schools_of

KINDS = ["school", "department", "District"]
SCHOOL, DEPARTMENT, DISTRICT = range(3)


def schools(*lines: tuple[int, int, int]) -> list[int]:
    """The school of each of six orgs; a line is an org, its kind and its parent."""
    own, kind, above = (np.array(column, dtype=np.int32) for column in zip(*lines, strict=True))
    orgs = Part("orgs.csv", 0, len(lines), {"type": Coded(kind, pa.array(KINDS))})
    return schools_of(orgs, own, above, 6).tolist()


def test_an_org_inside_an_org_of_a_school_stands_for_the_school() -> None:
    assert schools((0, SCHOOL, -1), (1, DEPARTMENT, 0), (2, DEPARTMENT, 1)) == [0, 0, 0, 3, 4, 5, -1]


def test_an_org_outside_any_school_stands_for_itself() -> None:
    assert schools((0, DISTRICT, -1), (1, DEPARTMENT, 0), (2, DEPARTMENT, -1)) == [0, 1, 2, 3, 4, 5, -1]


def test_orgs_that_are_each_others_parents_stand_for_themselves() -> None:
    assert schools((0, DEPARTMENT, 1), (1, DEPARTMENT, 0)) == [0, 1, 2, 3, 4, 5, -1]


@pytest.mark.parametrize("turn", [1, -1])
def test_an_org_whose_lines_disagree_stands_for_itself_in_any_order(turn: int) -> None:
    lines = [(0, SCHOOL, -1), (1, SCHOOL, -1), (1, DEPARTMENT, 0), (2, DEPARTMENT, 1)]
    assert schools(*lines[::turn]) == [0, 1, 2, 3, 4, 5, -1]
