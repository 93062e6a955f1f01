"""What the simulator found: each case is the shrunk list of steps. Those marked xfail wait for their correction."""

from __future__ import annotations

from contextlib import suppress

import pytest

from pipelines.errors import RollbookError
from pipelines.operations.approval import approve
from pipelines.runs import recent
from tests.simulate import compare
from tests.simulate.events import Step
from tests.simulate.operators import PERSON, Year
from tests.simulate.years import district, repeat
from tests.warehouse import Server

pytestmark = pytest.mark.slow


def test_a_late_night_does_not_replace_a_later_night_that_was_unchanged(server: Server) -> None:
    steps = [
        Step(0, "night", day=4),
        Step(1, "same", day=10),
        Step(2, "late", day=6, changes=(("becomes", "P9", "2"),)),
    ]
    assert repeat(server, 1, steps) is None


def test_people_who_come_back_after_an_undo_count_as_created(server: Server) -> None:
    steps = [
        Step(0, "night"),
        Step(1, "undo", about=0),
        Step(2, "limits", limits="all"),
        Step(3, "cut", day=15, changes=(("cut", "9"),)),
        Step(4, "night", day=19, changes=(("leaves", "P3"),)),
    ]
    assert repeat(server, 2, steps) is None


@pytest.mark.xfail(
    strict=True, reason="an undo counts as a run of its date, so a night before that date counts as late"
)
def test_a_night_before_an_undone_night_is_the_newest_and_its_bytes_are_unchanged(server: Server) -> None:
    steps = [
        Step(0, "night", day=6),
        Step(1, "undo", about=0),
        Step(2, "late", day=2, changes=(("leaves", "C1"),)),
        Step(3, "same", day=3),
    ]
    assert repeat(server, 9, steps) is None


@pytest.mark.xfail(
    strict=True,
    raises=AssertionError,
    reason="an undo looks for later enrollments in what was created, not in what came back",
)
@pytest.mark.parametrize(("returned", "later"), [("P3", ("enters", "P3", "C3")), ("C1", ("enters", "P5", "C1"))])
def test_an_undo_leaves_nobody_enrolled_as_an_archived_person_or_in_an_archived_class(
    server: Server, returned: str, later: tuple[str, ...]
) -> None:
    steps = [
        Step(0, "night"),
        Step(1, "night", day=1, changes=(("leaves", returned),)),
        Step(2, "night", day=2, changes=(("enters", "P3", "C1"),)),
        Step(3, "night", day=3, changes=(later,)),
        Step(4, "undo", about=2),
    ]
    assert repeat(server, 1, steps) is None


@pytest.mark.xfail(
    strict=True, raises=AssertionError, reason="an undo restores an enrollment even if a later run archived its person"
)
def test_an_undo_does_not_enroll_a_person_whom_a_later_night_archived(server: Server) -> None:
    steps = [
        Step(0, "night"),
        Step(1, "night", day=6, changes=(("quits", "P3", "C1"),)),
        Step(2, "night", day=12, changes=(("leaves", "P3"),)),
        Step(3, "undo", about=1),
    ]
    assert repeat(server, 5, steps) is None


@pytest.mark.xfail(strict=True, raises=AssertionError, reason="an approval is applied again without its night's rows")
def test_a_late_night_is_applied_after_a_night_was_undone_of_which_a_part_was_approved(server: Server) -> None:
    steps = [
        Step(0, "night"),
        Step(1, "limits", limits="departures"),
        Step(2, "night", day=5, changes=(("leaves", "P3"), ("becomes", "P4", "1"))),
        Step(3, "approve", about=2),
        Step(4, "undo", about=2),
        Step(5, "late", day=2, changes=(("becomes", "P6", "2"),)),
    ]
    assert repeat(server, 1, steps) is None


@pytest.mark.xfail(
    strict=True,
    raises=AssertionError,
    reason="landing the same bytes again for a date does not make them its newest snapshot",
)
def test_a_replay_reads_what_was_landed_last(server: Server) -> None:
    steps = [
        Step(0, "night"),
        Step(1, "night", day=1, changes=(("becomes", "P3", "1"),)),
        Step(2, "night", day=1, changes=(("becomes", "P3", "2"),)),
        Step(3, "night", day=1, changes=(("becomes", "P3", "1"),)),
        Step(4, "night", day=2, changes=(("becomes", "P4", "1"),)),
        Step(5, "replay", day=1),
    ]
    assert repeat(server, 1, steps) is None


def test_nothing_of_a_killed_run_is_lost_after_somebody_approves_its_holds(server: Server) -> None:
    changes = (("leaves", "P3"), ("becomes", "P4", "1"), ("enters", "P6", "C6"))
    with district(server) as town:
        year = Year(town, 1)
        for step in [
            Step(0, "night"),
            Step(1, "limits", limits="departures"),
            Step(2, "killed", day=1, changes=changes),
        ]:
            year.do(step)
        with suppress(RollbookError):  # a refusal is right
            approve(recent(town.district_id, 1)[0]["run_id"], PERSON)
        year.limits(Step(3, "limits", limits="none"))
        year.night(Step(4, "night", day=2))
        assert compare.short_of(town, year.world.delivery()) == []
