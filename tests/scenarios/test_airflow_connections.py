"""The vendors' connections on a real Airflow's Connections page: their forms, and the result of the Test button."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.vendors.handle import Sandbox
from sandbox.vendors.serving import serving
from tests.airflow_town import AirflowTown

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def vendors() -> Iterator[Sandbox]:
    """Serve every vendor, with one small district."""
    with serving(students=30) as sandbox:
        yield sandbox


def connections(vendors: Sandbox) -> dict[str, dict[str, Any]]:
    """Return the values that a person types into each form."""
    keys, at = vendors.first, vendors.addresses
    return {
        "clever": {
            "host": at["clever"],
            "login": keys.clever_client_id,
            "password": keys.clever_client_secret,
            "extra": json.dumps({"token_host": at["clever_tokens"]}),
        },
        "classlink": {
            "host": at["classlink"],
            "login": keys.classlink_consumer_key,
            "password": keys.classlink_consumer_secret,
            "extra": json.dumps({"auth": "oauth1"}),
        },
        "canvas": {"host": at["canvas"], "password": keys.canvas_token},
    }


def press(airflow: AirflowTown, kind: str, typed: dict[str, Any]) -> dict[str, Any]:
    """Test a connection, as the page's button does."""
    body = {"connection_id": f"{kind}_springfield", "conn_type": kind, **typed}
    answer: dict[str, Any] = airflow.ask("POST", "/connections/test", json=body)
    return answer


def test_each_vendor_has_a_connection_form_with_its_own_labels(airflow: AirflowTown) -> None:
    answer = airflow.session.get(f"{airflow.airflow.url}/ui/connections/hook_meta", timeout=60)
    answer.raise_for_status()
    forms = {form["connection_type"]: form for form in answer.json()}
    assert [forms[kind]["hook_name"] for kind in ("clever", "classlink", "canvas")] == [
        "Clever",
        "ClassLink and OneRoster",
        "Canvas",
    ]
    assert forms["clever"]["standard_fields"]["login"]["title"] == "Client ID"
    assert forms["canvas"]["standard_fields"]["password"]["title"] == "Access token"
    assert forms["canvas"]["standard_fields"]["login"]["hidden"] is True
    assert "token_host" in forms["clever"]["extra_fields"]
    assert forms["classlink"]["extra_fields"]["bearer_token"]["schema"]["format"] == "password"


@pytest.mark.parametrize("kind", ["clever", "classlink", "canvas"])
def test_the_test_button_succeeds_with_valid_credentials(airflow: AirflowTown, vendors: Sandbox, kind: str) -> None:
    answer = press(airflow, kind, connections(vendors)[kind])
    assert answer["status"] is True, answer["message"]


@pytest.mark.parametrize("kind", ["clever", "classlink", "canvas"])
def test_the_test_button_fails_with_wrong_credentials_and_gives_the_next_step(
    airflow: AirflowTown, vendors: Sandbox, kind: str
) -> None:
    answer = press(airflow, kind, connections(vendors)[kind] | {"password": "not-this-one"})
    assert answer["status"] is False
    assert answer["message"].startswith("CREDENTIALS_REFUSED")
    assert "Next:" in answer["message"]
    assert "not-this-one" not in answer["message"]


def test_a_saved_connection_can_be_tested_without_its_secret(airflow: AirflowTown, vendors: Sandbox) -> None:
    typed = connections(vendors)["canvas"]
    saved = {"connection_id": "canvas_springfield", "conn_type": "canvas", **typed}
    airflow.ask("POST", "/connections", json=saved)
    try:
        assert press(airflow, "canvas", {"host": typed["host"]})["status"] is True
    finally:
        airflow.ask("DELETE", "/connections/canvas_springfield")
