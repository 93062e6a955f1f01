"""A chain of undos leads to its first run, which every second undo puts in force again."""

from __future__ import annotations

from pipelines import runs
from pipelines.runs import undo_chain
from pipelines.runs.request import NightRequest, UndoRequest
from tests.town import FIRST, Town


def test_every_second_undo_leaves_the_original_run_in_force(town: Town) -> None:
    first = newest = runs.start(NightRequest(district_id=town.district_id, as_of=FIRST))
    in_force = []
    for _ in range(5):
        original, is_in_force = undo_chain.original(runs.load(newest))
        assert original.run_id == first
        in_force.append(is_in_force)
        newest = runs.start(UndoRequest(district_id=town.district_id, as_of=FIRST, reverts=newest, by="she"))
    assert in_force == [True, False, True, False, True]
