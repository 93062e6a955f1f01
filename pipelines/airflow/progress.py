"""The trigger that waits for a bulk update of Canvas in Airflow's triggerer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from airflow.sdk import Connection
from airflow.triggers.base import BaseTrigger, TriggerEvent

from pipelines.errors import RollbookError

_POLL_SECONDS = 5.0


class CanvasProgress(BaseTrigger):
    """Waits until a bulk update of Canvas ends or its time is up. The push then reads how the update ended."""

    def __init__(self, connection: str, progress: int, until: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.connection, self.progress, self.until = connection, progress, until

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return the class path and arguments that recreate the trigger: a connection's id, never a token."""
        arguments = {"connection": self.connection, "progress": self.progress, "until": self.until}
        return f"{type(self).__module__}.{type(self).__name__}", arguments

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Poll Canvas until the bulk update is done or the time is up, then yield one event.

        If a poll fails, the trigger polls again. The push runs after the wait and meets an error that lasts.
        """
        written = (await Connection.async_get(self.connection)).as_json()
        while datetime.now(UTC) < datetime.fromisoformat(self.until):
            if await asyncio.to_thread(_is_done, self.connection, written, self.progress):
                break
            await asyncio.sleep(_POLL_SECONDS)
        yield TriggerEvent({"progress": self.progress})  # type: ignore[no-untyped-call]


def _is_done(connection: str, written: str, progress: int) -> bool:
    from pipelines.canvas.access import open_with
    from pipelines.canvas.grades import read_progress
    from pipelines.http.retry_policy import IMPATIENT
    from pipelines.settings.connections import understand

    try:
        with open_with(understand(connection, written), IMPATIENT) as api:
            return read_progress(api, progress).done
    except RollbookError:
        return False
