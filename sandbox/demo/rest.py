"""What the demo asks of Airflow's REST API; the same calls an engineer would make."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import requests

from sandbox.demo.services import Airflow, DemoError

SEEN_SECONDS = 90  # a cold dag-processor needs up to half a minute for its first parse
FINISHED = {"success", "failed"}
TROUBLED = {"failed", "up_for_retry"}


@dataclass(frozen=True)
class DagRun:
    """One finished DAG run: its state, seconds from queued to ended, and the end state of each task."""

    dag_id: str
    dag_run_id: str
    state: str
    seconds: float
    tasks: dict[str, str]


def sign_in(airflow: Airflow) -> requests.Session:
    """Return a session that carries a token; its `base` is the API's address."""
    session = requests.Session()
    answer = session.post(
        f"{airflow.url}/auth/token", json={"username": airflow.user, "password": airflow.password}, timeout=30
    )
    answer.raise_for_status()
    session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return session


def call(airflow: Airflow, session: requests.Session, method: str, path: str, **body: Any) -> Any:
    """Call `path` under /api/v2 and return its JSON; what Airflow says about a refusal goes into the error."""
    answer = session.request(method, f"{airflow.url}/api/v2{path}", timeout=60, **body)
    if not answer.ok:
        raise DemoError(f"{method} {path}: {answer.status_code} {answer.text}")
    return answer.json() if answer.content else None


def wait_for_dag(airflow: Airflow, session: requests.Session, dag_id: str) -> None:
    """Wait until the dag-processor has seen the DAG; fail at once on an import error."""
    deadline = time.monotonic() + SEEN_SECONDS
    while time.monotonic() < deadline:
        if session.get(f"{airflow.url}/api/v2/dags/{dag_id}", timeout=30).ok:
            return
        errors = call(airflow, session, "GET", "/importErrors")["import_errors"]
        if errors:
            raise DemoError("\n".join(f"{error['filename']}: {error['stack_trace']}" for error in errors))
        time.sleep(0.5)
    raise DemoError(f"Airflow did not see {dag_id} within {SEEN_SECONDS} s; see {airflow.home / 'logs'}")


def trigger(
    airflow: Airflow, session: requests.Session, dag_id: str, conf: dict[str, Any], note: str | None = None
) -> str:
    """Trigger a run with these params and a note, as the form in the UI does; return its id."""
    body = {"logical_date": None, "conf": conf, "note": note}
    return str(call(airflow, session, "POST", f"/dags/{dag_id}/dagRuns", json=body)["dag_run_id"])


def wait_for_run(airflow: Airflow, session: requests.Session, dag_id: str, dag_run_id: str, seconds: float) -> DagRun:
    """Wait until the run has ended."""
    path, deadline = f"/dags/{dag_id}/dagRuns/{dag_run_id}", time.monotonic() + seconds
    while (run := call(airflow, session, "GET", path))["state"] not in FINISHED:
        if time.monotonic() > deadline:
            late = DagRun(dag_id, dag_run_id, run["state"], seconds, _tasks(airflow, session, path))
            raise DemoError(f"did not end within {seconds:.0f} s. {error_of(airflow, session, late)}")
        time.sleep(0.3)
    return DagRun(dag_id, dag_run_id, run["state"], run["duration"], _tasks(airflow, session, path))


def result_of(airflow: Airflow, session: requests.Session, run: DagRun, task_id: str, key: str) -> str | None:
    """What a task left in its XCom under `key`, or None."""
    path = f"/dags/{run.dag_id}/dagRuns/{run.dag_run_id}/taskInstances/{task_id}/xcomEntries"
    keys = [entry["key"] for entry in call(airflow, session, "GET", path)["xcom_entries"]]
    return str(call(airflow, session, "GET", f"{path}/{key}")["value"]) if key in keys else None


def page_of(airflow: Airflow, run: DagRun) -> str:
    """The run's page in the UI."""
    return f"{airflow.url}/dags/{run.dag_id}/runs/{run.dag_run_id}"


def error_of(airflow: Airflow, session: requests.Session, run: DagRun) -> str:
    """What the first task that failed or waits for another try logged as errors, and where to look."""
    where = f"See {page_of(airflow, run)}"
    for task_id, state in run.tasks.items():
        if state not in TROUBLED or task_id == "report":
            continue
        path = f"/dags/{run.dag_id}/dagRuns/{run.dag_run_id}/taskInstances/{task_id}/logs/1"
        lines = call(airflow, session, "GET", path, params={"full_content": "true"})["content"]
        errors = [line for line in lines if isinstance(line, dict) and line.get("level") in {"error", "critical"}]
        messages = [detail["exc_value"] for line in errors for detail in line.get("error_detail") or []]
        message = "\n".join(messages or [str(line["event"]) for line in errors])
        return f"{run.dag_id}, {task_id} {state}: {message}\n{where}"
    return f"{run.dag_id} is {run.state}. {where}"


def _tasks(airflow: Airflow, session: requests.Session, path: str) -> dict[str, str]:
    tasks = call(airflow, session, "GET", f"{path}/taskInstances")["task_instances"]
    return {task["task_id"]: task["state"] for task in tasks}
