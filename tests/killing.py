"""A child process that performs a step, or an export of grades, and is killed by `kill -9` at a chosen moment."""

from __future__ import annotations

import multiprocessing
import os
import signal
from multiprocessing.connection import Connection
from typing import Any

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    ["pipelines.roster", "pipelines.gradebook", "tests.killing"]
)  # each child starts in milliseconds
_VARIABLES = ("WAREHOUSE_URL", "HOME", "LANDING", "CONFIG", "REPORTS")


def perform(step: str, run_id: int, die_before: int = 0) -> int | None:
    """Perform a step, or a whole `export`, in a child; return the number of its moments, or None if it was killed.

    A moment is before a statement, before a commit, before a request to a vendor, and after its answer.
    """
    environment = {name: os.environ[name] for name in (f"ROLLBOOK_{variable}" for variable in _VARIABLES)}
    environment |= {name: value for name, value in os.environ.items() if name.startswith("AIRFLOW_CONN_")}
    ours, theirs = _CONTEXT.Pipe(duplex=False)
    child = _CONTEXT.Process(target=_perform, args=(environment, step, run_id, die_before, theirs))
    child.start()
    theirs.close()
    child.join(60)
    if child.exitcode == -signal.SIGKILL:
        return None
    assert child.exitcode == 0, f"the step ended with {child.exitcode}"
    counted: int = ours.recv()
    return counted


def _perform(environment: dict[str, str], step: str, run_id: int, die_before: int, parent: Connection) -> None:
    os.environ.update(environment)
    from requests.adapters import HTTPAdapter
    from sqlalchemy import Engine, event

    from pipelines import gradebook, roster

    passed = 0

    def count(*_: Any) -> None:
        nonlocal passed
        passed += 1
        if passed == die_before:
            os.kill(os.getpid(), signal.SIGKILL)

    for moment in ("before_cursor_execute", "commit"):
        event.listen(Engine, moment, count)
    send = HTTPAdapter.send

    def send_counted(*request: Any, **options: Any) -> Any:
        count()
        answer = send(*request, **options)
        count()
        return answer

    HTTPAdapter.send = send_counted  # type: ignore[method-assign]
    if step == "export":
        gradebook.export(run_id)
    else:
        roster.perform(step, run_id)
    parent.send(passed)
