"""A real Airflow, with its scheduler, on a real PostgreSQL: started, used through its API, and ended again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from sandbox.demo import processes, rest, services
from tests import warehouse as postgresql
from tests.warehouse import Server

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

BROKEN = "district_id: ogdenville\nname: Ogdenville\nenabeld: true\nsources: [{kind: sis_file}]\n"
SOUND = "district_id: springfield\nname: Springfield\nsources: [{kind: sis_file, path: none.csv}]\n"


@pytest.fixture(scope="module")
def metadata_url(server_18: Server) -> Iterator[str]:
    """Give an empty metadata database."""
    with postgresql.database(server_18, "services_metadata", template="template0") as url:
        yield url


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory, metadata_url: str) -> Iterator[services.Airflow]:
    """Start Airflow for one sound, disabled district and one with a typing error in its settings."""
    config, home = tmp_path_factory.mktemp("config"), tmp_path_factory.mktemp("airflow")
    (config / "districts").mkdir()
    (config / "districts" / "ogdenville.yaml").write_text(BROKEN, encoding="utf-8")
    (config / "districts" / "springfield.yaml").write_text(SOUND, encoding="utf-8")
    try:
        yield services.start(home, metadata_url, {"ROLLBOOK_CONFIG": str(config)})
    finally:
        processes.stop(home)


def test_a_night_with_broken_settings_is_red_and_says_which_key(airflow: services.Airflow) -> None:
    session = rest.sign_in(airflow)
    dag_id = "roster_nightly__ogdenville"
    rest.wait_for_dag(airflow, session, dag_id)
    rest.call(airflow, session, "PATCH", f"/dags/{dag_id}", json={"is_paused": False})
    dag_run_id = rest.trigger(airflow, session, dag_id, {})
    run = rest.wait_for_run(airflow, session, dag_id, dag_run_id, seconds=120)
    assert run.state == "failed"
    assert run.tasks["extract"] == "failed"
    assert "did you mean 'enabled'?" in rest.error_of(airflow, session, run)


def test_a_disabled_districts_dag_waits_paused_and_without_runs(airflow: services.Airflow) -> None:
    session = rest.sign_in(airflow)
    dag_id = "roster_nightly__springfield"
    rest.wait_for_dag(airflow, session, dag_id)
    assert rest.call(airflow, session, "GET", f"/dags/{dag_id}")["is_paused"] is True
    assert rest.call(airflow, session, "GET", f"/dags/{dag_id}/dagRuns")["dag_runs"] == []


def test_a_form_with_a_wrong_type_is_refused_before_there_is_a_run(airflow: services.Airflow) -> None:
    session = rest.sign_in(airflow)
    rest.wait_for_dag(airflow, session, "roster_nightly__springfield")
    with pytest.raises(services.DemoError, match="plan_only"):
        rest.trigger(airflow, session, "roster_nightly__springfield", {"plan_only": "perhaps"})


def test_a_second_airflow_takes_other_ports_and_stop_ends_it_and_only_it(
    airflow: services.Airflow, tmp_path: Path
) -> None:
    second = services.start(tmp_path / "second", f"sqlite:///{tmp_path}/second.db", {})
    began = [process.pid for process in processes.running(second.home)]
    assert second.url != airflow.url
    assert len(began) == len(services.COMPONENTS)
    assert processes.stop(second.home) == len(began)
    assert [pid for pid in began if psutil.pid_exists(pid)] == []
    assert len(processes.running(airflow.home)) == len(services.COMPONENTS)
    assert processes.stop(second.home) == 0


def test_nothing_secret_is_readable_by_others(airflow: services.Airflow) -> None:
    for name in ("airflow.cfg", "passwords.json"):
        assert (airflow.home / name).stat().st_mode & 0o077 == 0, name
    assert airflow.home.stat().st_mode & 0o077 == 0
