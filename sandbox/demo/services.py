"""Airflow's components as plain processes on 127.0.0.1: started with settings of their own, watched, stopped.

Not `airflow standalone`: it leaves its children behind when it is told to end.
"""

from __future__ import annotations

import base64
import configparser
import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
import requests

from pipelines.settings import PROJECT
from sandbox.demo.processes import remember

COMPONENTS = ("api-server", "scheduler", "dag-processor", "triggerer")
HEALTHY_SECONDS = 180  # a cold start without byte code took 60 s on two busy cores


@dataclass(frozen=True)
class Airflow:
    """A set of running components and how to reach them."""

    home: Path
    url: str
    user: str
    password: str
    environment: dict[str, str]


class DemoError(Exception):
    """Something of the demo did not come up or did not end well; the message says what to look at."""


def start(
    home: Path, metadata_url: str, environment: dict[str, str], dags: Path = PROJECT / "dags", port: int = 8080
) -> Airflow:
    """Start Airflow in an empty `home` with `environment` for its tasks, and wait until all of it is healthy."""
    airflow = settle(home, metadata_url, environment, dags, port)
    run(airflow)
    return airflow


def settle(
    home: Path, metadata_url: str, environment: dict[str, str], dags: Path = PROJECT / "dags", port: int = 8080
) -> Airflow:
    """Write an Airflow's settings and make its tables; it will listen on `port`, or on another if that is taken.

    With 0 all its ports are any: for one that is started beside another that is just starting.
    """
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o700)
    logs = [_free_port(one if port else 0) for one in (8793, 8794)]
    port, password = _free_port(port), new_password()
    _write_secret(home / "passwords.json", json.dumps({"admin": password}))
    _write_config(home, metadata_url, dags, [port, *logs])
    url = f"http://127.0.0.1:{port}"
    login = {"conn_type": "http", "host": url, "login": "admin", "password": password}
    ours = environment | {
        "AIRFLOW_CONN_ROLLBOOK_AIRFLOW": json.dumps(login),  # by which nights write their notes
        "AIRFLOW_HOME": str(home),
        "AIRFLOW_CONFIG": str(home / "airflow.cfg"),
        # The scheduler looks for `airflow` on the path.
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    airflow = Airflow(home, url, "admin", password, ours)
    command(airflow, "db", "migrate")
    return airflow


def new_password() -> str:
    """A password of letters and digits: one with a dash in front would be an option to the `airflow` command."""
    return secrets.token_hex(8)


def run(airflow: Airflow, components: Sequence[str] = COMPONENTS) -> None:
    """Start the components of an Airflow that is settled, and wait until they are healthy."""
    processes = {name: _spawn(airflow, name) for name in components}
    remember(airflow.home, processes)
    _wait_until_healthy(airflow, processes)


def command(airflow: Airflow, *arguments: str) -> str:
    """Run one `airflow` command to its end and return what it printed."""
    done = subprocess.run(
        ["airflow", *arguments],
        env=_whole(airflow),
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode:
        # Not all arguments: there may be a password among them.
        raise DemoError(f"airflow {' '.join(arguments[:2])} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def _spawn(airflow: Airflow, component: str) -> psutil.Popen:
    logs = airflow.home / "logs"
    logs.mkdir(exist_ok=True)
    with (logs / f"{component}.log").open("ab") as log:
        return psutil.Popen(
            ["airflow", component],
            env=_whole(airflow),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _whole(airflow: Airflow) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "ROLLBOOK"))}
    # Without byte code every start and every task compiles what it imports anew.
    inherited.pop("PYTHONDONTWRITEBYTECODE", None)
    return inherited | airflow.environment


def _write_config(home: Path, metadata_url: str, dags: Path, ports: Sequence[int]) -> None:
    """The project's example with paths, ports and fresh secrets filled in: so the example is what really runs."""
    port, worker_logs, trigger_logs = ports
    url = f"http://127.0.0.1:{port}"
    config = configparser.ConfigParser(interpolation=None)
    config.read(PROJECT / "airflow.cfg.example", encoding="utf-8")
    changes = {
        "core": {
            "dags_folder": str(dags),
            "plugins_folder": str(PROJECT / "plugins"),
            "fernet_key": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "execution_api_server_url": f"{url}/execution/",
            "simple_auth_manager_passwords_file": str(home / "passwords.json"),
        },
        "database": {"sql_alchemy_conn": metadata_url},
        "api": {"port": str(port), "base_url": url, "secret_key": secrets.token_urlsafe(64)},
        "api_auth": {"jwt_secret": secrets.token_urlsafe(64)},
        # Another Airflow on this machine has the default ports.
        "logging": {
            "base_log_folder": str(home / "logs"),
            "worker_log_server_port": str(worker_logs),
            "trigger_log_server_port": str(trigger_logs),
        },
    }
    for section, options in changes.items():
        # Airflow interpolates: a percent sign, as in an encoded URL, must be doubled.
        config[section].update({name: value.replace("%", "%%") for name, value in options.items()})
    with (home / "airflow.cfg").open("w", encoding="utf-8") as file:
        config.write(file)
    (home / "airflow.cfg").chmod(0o600)


def _write_secret(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


def _free_port(preferred: int) -> int:
    for port in (preferred, 0):
        with socket.socket() as probe:
            # As the servers do: a port whose last connections linger is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise DemoError("no free port on 127.0.0.1")


def _wait_until_healthy(airflow: Airflow, processes: dict[str, psutil.Popen]) -> None:
    wanted = {"metadatabase"} | {name.replace("-", "_") for name in processes} & {"scheduler", "dag_processor"}
    deadline = time.monotonic() + HEALTHY_SECONDS
    while time.monotonic() < deadline:
        for name, process in processes.items():
            if process.poll() is not None:
                raise DemoError(f"Airflow's {name} ended at once; see {airflow.home / 'logs' / f'{name}.log'}")
        if _health(airflow.url) >= wanted:
            return
        time.sleep(0.5)
    raise DemoError(f"Airflow was not healthy after {HEALTHY_SECONDS} s; see {airflow.home / 'logs'}")


def _health(url: str) -> set[str]:
    try:
        answer = requests.get(f"{url}/api/v2/monitor/health", timeout=5).json()
    except requests.RequestException:
        return set()
    return {name for name, part in answer.items() if part and part["status"] == "healthy"}
