"""A page that waits too long for the warehouse is cancelled."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest
from sqlalchemy import text

from pipelines.errors import WarehouseUnavailable
from pipelines.operations.pages import districts, time_limit
from pipelines.store.engine import transaction
from tests.town import Town


def test_a_page_that_waits_for_a_lock_is_cancelled_within_its_time_limit(
    synced: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time_limit, "SECONDS", 0.2)
    with transaction() as other:
        other.execute(text("lock table roster.users in access exclusive mode"))
        with time_limit.little(), ThreadPoolExecutor(1) as thread:  # as FastAPI runs a route
            page = thread.submit(copy_context().run, districts.schools, "springfield")
            with pytest.raises(WarehouseUnavailable, match=r"a statement took too long, or was cancelled \(57014\)"):
                page.result(timeout=60)  # while the lock is still held
    with transaction() as connection:  # the same connection, perhaps
        assert connection.execute(text("show statement_timeout")).scalar_one() == "0"
