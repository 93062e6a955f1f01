"""An Airflow for all scenarios that look at pages or are told of them, with districts of its own.

It runs beside the one whose nights are timed and broken, so that neither has to wait for the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests import paged
from tests.airflow_town import HELD, NEVER, AirflowTown, started
from tests.browser import Person, chromium, person, sign_in
from tests.heard import NOTIFY
from tests.rights_town import RightsTown, guarded
from tests.town import Town
from tests.warehouse import Server

DISTRICTS: dict[str, dict[str, Any]] = {
    # test_airflow_notices.py
    "told": HELD | {"notify": NOTIFY},
    # test_airflow_pages.py, test_airflow_page_faults.py
    paged.ROSTER: HELD,
    paged.GRADES: NEVER | {"canvas": paged.CANVAS},
    paged.HOSTILE: HELD | {"canvas": paged.CANVAS},
    # test_airflow_rights.py
    "looked_at": NEVER,
}


@pytest.fixture(scope="session")
def airflow(server_18: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AirflowTown]:
    """Airflow with a scheduler, over districts whose clocks begin no night."""
    folder = tmp_path_factory.mktemp("airflow")
    told = DISTRICTS["told"] | {"sources": [Town(folder, "", "told").source(expected_by="05:00")]}
    with started(server_18, folder, "pages", DISTRICTS | {"told": told}) as town:
        yield town


@pytest.fixture(scope="session")
def rights(server_18: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RightsTown]:
    """Airflow's API server alone, under the FAB auth manager, over two districts."""
    with guarded(server_18, tmp_path_factory.mktemp("rights")) as town:
        yield town


@pytest.fixture(scope="session")
def nights(airflow: AirflowTown) -> paged.Nights:
    """A district with quiet nights, one that failed and one of which a part waits."""
    return paged.bad_and_held(airflow, paged.quiet_nights(airflow))


@pytest.fixture(scope="session")
def graded(airflow: AirflowTown) -> paged.Shown:
    """A district with a class whose grades are in all states."""
    return paged.graded(airflow)


@pytest.fixture(scope="session")
def attacked(airflow: AirflowTown) -> paged.Shown:
    """A district whose files attack whoever looks at them."""
    return paged.attacked(airflow, {"enabled": True, **DISTRICTS[paged.HOSTILE]})


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


@pytest.fixture(scope="session")
def kept(browser: Browser, airflow: AirflowTown) -> Any:
    return sign_in(browser, airflow)


@pytest.fixture
def me(browser: Browser, airflow: AirflowTown, kept: Any) -> Iterator[Person]:
    with person(browser, airflow, kept) as one:
        yield one
