"""One pool of connections to the warehouse per process, with the session settings that bulk work needs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import sqlalchemy
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError, OperationalError

from pipelines import settings
from pipelines.errors import ContractBroken, CredentialsRefused, WarehouseUnavailable
from pipelines.store import embedded

# The hash tables of a whole district fit into work_mem. JIT costs more than it saves here. (docs/performance.md)
_SESSION = "-c work_mem=256MB -c jit=off -c timezone=UTC -c application_name=rollbook"
_REFUSED = {"28000", "28P01", "3D000", "42501"}
_NOT_MIGRATED = {"42P01", "3F000"}
_GONE = {"57P01", "57P02", "57P03", "53300", "53100", "53200", "08000", "08003", "08006"}

_TOO_LONG = "57014"
_SECONDS: ContextVar[float | None] = ContextVar("seconds that a statement may take", default=None)

_ENGINES: dict[tuple[str, int], Engine] = {}  # by URL and process: a pool does not survive a fork


def warehouse_url() -> str:
    """Return `ROLLBOOK_WAREHOUSE_URL`, by default the URL of the embedded server in `home()`.

    If the embedded server does not run, it is started.
    """
    named = os.environ.get("ROLLBOOK_WAREHOUSE_URL")
    if not named:
        return embedded.start(settings.home() / "warehouse")
    for scheme in ("postgresql://", "postgres://"):
        if named.startswith(scheme):
            return named.replace(scheme, "postgresql+psycopg://", 1)
    return named


@contextmanager
def transaction() -> Iterator[Connection]:
    """Open a connection whose work is committed at the end, or not at all.

    Raises WarehouseUnavailable, CredentialsRefused or ContractBroken (a table is missing) for the driver's errors.
    """
    try:
        with _engine(warehouse_url(), os.getpid()).begin() as connection:
            seconds = _SECONDS.get()
            if seconds is not None:
                connection.exec_driver_sql(f"set local statement_timeout = {seconds * 1000:.0f}")
            yield connection
    except OperationalError as error:
        raise _translate(error) from None
    except DBAPIError as error:
        if error.connection_invalidated or _sqlstate(error) in _GONE | _REFUSED:
            raise _translate(error) from None
        if _sqlstate(error) in _NOT_MIGRATED:
            raise ContractBroken("the warehouse lacks a table of Rollbook", fix="run: rollbook migrate") from None
        raise


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Limit each statement of this context's transactions to so many seconds.

    A statement that takes longer raises WarehouseUnavailable.
    """
    before = _SECONDS.set(seconds)
    try:
        yield
    finally:
        _SECONDS.reset(before)


def dispose() -> None:
    """Close this process's pool, before the process forks or a test removes the warehouse.

    A forked process does not close the connections of its parent.
    """
    for (_, process), engine in _ENGINES.items():
        engine.dispose(close=process == os.getpid())
    _ENGINES.clear()


def _engine(url: str, process: int) -> Engine:
    if (url, process) not in _ENGINES:
        _ENGINES[url, process] = _make_engine(url)
    return _ENGINES[url, process]


def _make_engine(url: str) -> Engine:
    # hide_parameters: an error never quotes a row's values.
    engine = sqlalchemy.create_engine(
        url, hide_parameters=True, pool_pre_ping=True, connect_args={"options": _SESSION, "connect_timeout": 10}
    )
    event.listen(engine, "checkin", _forget_session)
    return engine


def _forget_session(connection: Any, _record: object) -> None:
    """Discard temporary views, so that the connection's next user does not see those of another run."""
    if connection is not None and not connection.closed:
        with connection.cursor() as cursor:
            cursor.execute("DISCARD TEMP")
        connection.commit()


def _translate(error: DBAPIError) -> WarehouseUnavailable | CredentialsRefused:
    state = _sqlstate(error)
    message = str(error.orig).lower() if state is None else ""  # before a session exists, the driver gives no code
    if state == "42501":
        return CredentialsRefused("this login lacks a right in the warehouse", fix="see the roles in docs/deploy.md")
    if state in _REFUSED or "authentication failed" in message or "does not exist" in message:
        return CredentialsRefused(
            "the warehouse refused Rollbook's login", fix="correct ROLLBOOK_WAREHOUSE_URL or the role's rights"
        )
    if state == _TOO_LONG:
        return WarehouseUnavailable(
            f"a statement took too long, or was cancelled ({state})", fix="check what the server is doing; try again"
        )
    return WarehouseUnavailable(f"the warehouse did not answer ({state or 'no connection'})", fix="check the server")


def _sqlstate(error: DBAPIError) -> str | None:
    state: str | None = getattr(error.orig, "sqlstate", None)
    return state
