"""The watcher under a real scheduler: it fails for a missing import, even if the nightly DAG is paused."""

from __future__ import annotations

import pytest

from sandbox.demo import rest
from tests.airflow_town import NIGHT_SECONDS, AirflowTown, dag_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

WATCH = "import_watch__watched"


def test_the_watcher_fails_for_a_missing_import_even_if_the_nightly_dag_is_paused(
    airflow: AirflowTown,
) -> None:
    rest.wait_for_dag(airflow.airflow, airflow.session, dag_of("watched"))
    airflow.ask("PATCH", f"/dags/{dag_of('watched')}", json={"is_paused": True})
    rest.wait_for_dag(airflow.airflow, airflow.session, WATCH)
    for _ in range(2):
        begun = rest.trigger(airflow.airflow, airflow.session, WATCH, {})
        run = rest.wait_for_run(airflow.airflow, airflow.session, WATCH, begun, NIGHT_SECONDS)
        assert (run.state, run.tasks) == ("failed", {"check_deadlines": "failed"})
    listed = airflow.district("watched").ask(
        "select r.as_of::text, r.status, r.code, i.source, i.status"
        " from runs.runs as r join runs.imports as i using (run_id) where r.district_id = 'watched'"
    )
    assert listed == [("2024-02-29", "stopped", "IMPORT_MISSING", "sis_file", "missing")]
