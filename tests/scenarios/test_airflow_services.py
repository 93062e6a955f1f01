"""A real Airflow, with its scheduler, on a real PostgreSQL: it is started, used through its API, and stopped."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from sandbox.demo import processes, rest, services
from tests.airflow_town import AirflowTown, dag_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_a_run_with_invalid_settings_fails_and_names_the_key(airflow: AirflowTown) -> None:
    dag_id = dag_of("mistyped")
    rest.wait_for_dag(airflow.airflow, airflow.session, dag_id)
    airflow.ask("PATCH", f"/dags/{dag_id}", json={"is_paused": False})
    run = airflow.trigger("mistyped")
    assert run.state == "failed"
    assert run.tasks["extract"] == "failed"
    assert "did you mean 'enabled'?" in rest.error_of(airflow.airflow, airflow.session, run)


def test_the_dag_of_a_disabled_district_is_paused_and_has_no_runs(airflow: AirflowTown) -> None:
    dag_id = dag_of("dormant")
    rest.wait_for_dag(airflow.airflow, airflow.session, dag_id)
    assert airflow.ask("GET", f"/dags/{dag_id}")["is_paused"] is True
    assert airflow.ask("GET", f"/dags/{dag_id}/dagRuns")["dag_runs"] == []


def test_a_parameter_of_a_wrong_type_is_refused_before_a_run_starts(airflow: AirflowTown) -> None:
    dag_id = dag_of("dormant")
    rest.wait_for_dag(airflow.airflow, airflow.session, dag_id)
    with pytest.raises(services.DemoError, match="plan_only"):
        rest.trigger(airflow.airflow, airflow.session, dag_id, {"plan_only": "perhaps"})


def test_a_second_airflow_uses_other_ports_and_can_be_stopped_alone(airflow: AirflowTown, tmp_path: Path) -> None:
    first = airflow.airflow
    second = services.start(tmp_path / "second", f"sqlite:///{tmp_path}/second.db", {})
    began = [process.pid for process in processes.running(second.home)]
    assert second.url != first.url
    assert len(began) == len(services.COMPONENTS)
    assert processes.stop(second.home) == len(began)
    assert [pid for pid in began if psutil.pid_exists(pid)] == []
    assert len(processes.running(first.home)) == len(services.COMPONENTS)
    assert processes.stop(second.home) == 0


def test_other_logins_can_not_read_airflows_secrets(airflow: AirflowTown) -> None:
    home = airflow.airflow.home
    for name in ("airflow.cfg", "passwords.json"):
        assert (home / name).stat().st_mode & 0o077 == 0, name
    assert home.stat().st_mode & 0o077 == 0
