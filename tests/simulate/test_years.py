"""A few simulated years, always the same, and a proof that the comparison notices a broken rule."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, text

from pipelines.runs import Run, standing
from tests.simulate.events import Step
from tests.simulate.years import repeat, simulate
from tests.warehouse import Server

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("seed", [3, 8])
def test_a_year_is_as_the_model_says(server: Server, seed: int) -> None:
    told = simulate(server, seed, 20)
    assert told.difference is None, (told.difference, [step.script() for step in told.steps])
    assert min(told.tried["night"], told.tried["undo"]) > 0


def test_a_standing_that_is_always_recorded_is_found(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = [
        Step(0, "night"),
        Step(1, "limits", limits="departures"),
        Step(2, "night", day=1, changes=(("leaves", "P3"),)),
        Step(3, "same", day=2),
    ]
    assert repeat(server, 1, steps) is None
    monkeypatch.setattr(standing, "replace", _record_always)
    difference = repeat(server, 1, steps)
    assert difference is not None
    assert (difference.step.number, difference.found[0]) == (3, "the run ended as unchanged, the model says applied")


def _record_always(connection: Connection, run: Run) -> None:
    """Record the snapshots of a run even if a part of its plan was not applied."""
    connection.execute(text("delete from runs.standing"))
    connection.execute(
        text(
            "insert into runs.standing (district_id, source_n, source, run_id, as_of, digest, rules_version)"
            " select i.district_id, i.source_n, i.source, i.run_id, r.as_of, i.digest, i.rules_version"
            " from runs.imports as i inner join runs.runs as r on i.run_id = r.run_id where i.run_id = :run_id"
        ),
        {"run_id": run.run_id},
    )
