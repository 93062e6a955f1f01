"""One Airflow for all scenarios that need its scheduler: Airflow takes half a minute to start."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.airflow_town import HELD, NEVER, AirflowTown, started
from tests.town import Town, world
from tests.warehouse import Server

ZONE = ZoneInfo("America/New_York")
CANVAS = {"kind": "canvas", "connection": "canvas_pooled", "courses": ["1000"]}
DISTRICTS: dict[str, dict[str, Any]] = {
    # test_airflow_grades.py
    "graded": NEVER | {"canvas": {"connection": "canvas_graded", "course_map": "sis_section_id"}},
    # test_airflow_holds.py
    "held_approved": HELD,
    "held_rejected": HELD,
    "held_in_part": HELD,
    "held_unanswered": HELD | {"limits": {**HELD["limits"], "hold_days": 45 / 86_400}},
    # test_airflow_nights.py
    # The schedule starts a run at once, and seldom again while other tests run.
    "shelbyville": {"schedule": "*/4 * * * *", "timezone": ZONE.key},
    "springfield": NEVER,
    "ogdenville": NEVER,
    "brockway": NEVER,
    "cypress": NEVER,
    "monroe": NEVER,
    "ferndale": {"schedule": "0 2 * * *", "timezone": "America/Chicago"},
    "northbrook": {
        "schedule": "0 2 * * *",
        "timezone": "America/Chicago",
        "canvas": {"connection": "canvas_northbrook", "schedule": "0 0 29 2 *"},
    },
    "waverly": {"schedule": "0 2 * * *", "timezone": "America/Chicago"},
    "capital": {**NEVER, "enabled": False},
    # test_airflow_overhead.py
    "by_airflow": NEVER,
    "by_hand": NEVER,
    # test_airflow_pools.py
    "pooled_one": NEVER | {"sources": [CANVAS]},
    "pooled_two": NEVER | {"sources": [CANVAS]},
    # test_airflow_privacy.py
    "bad_rows": NEVER,
    "failed_expectation": NEVER,
    "held_back": HELD,
    "strange_header": NEVER,
    "unforeseen": NEVER,
    # test_airflow_services.py: a misspelt key, and a district that is not enabled
    "mistyped": {"enabeld": True},
    "dormant": {"enabled": False},
    # test_airflow_watch.py: the last scheduled night is a 29th of February
    "watched": NEVER | {"sources": [{"kind": "sis_file", "path": "drop/{as_of}/none.csv", "expected_by": "05:00"}]},
}


@pytest.fixture(scope="session")
def airflow(server_18: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AirflowTown]:
    """Start Airflow with a scheduler; the district with a schedule has the files of today and tomorrow."""
    folder = tmp_path_factory.mktemp("airflow")
    today = datetime.now(ZONE).date()
    for as_of in (today, today + timedelta(days=1)):
        Town(folder, "", "shelbyville").deliver(world(as_of=as_of))
    with started(server_18, folder, "airflow", DISTRICTS) as town:
        yield town
