"""Requests that are refused before the login, and the headers of every response."""

from __future__ import annotations

import pytest

from tests.airflow_home import PROJECT  # noqa: F401  # isort: skip - before anything of Airflow

from fastapi.testclient import TestClient
from rollbook_pages.app import app

CHECK = "/springfield/check"
FORM = {"content-type": "application/x-www-form-urlencoded"}
HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff", "referrer-policy": "same-origin"}


@pytest.fixture
def stranger() -> TestClient:
    """Somebody whom Airflow does not know."""
    return TestClient(app, follow_redirects=False)


def test_an_anonymous_request_gets_a_login_link_that_returns_to_its_path(stranger: TestClient) -> None:
    told = stranger.get("/springfield?q=1", headers={"accept": "text/html", "host": "evil.example"})
    assert told.status_code == 401
    assert "/auth/login?next=%2Fspringfield%3Fq%3D1" in told.text
    assert "evil.example" not in told.text


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (401, b"token=x", FORM),
        (401, b"", {}),
        (415, b'{"token": "x"}', {"content-type": "application/json"}),
        (415, b"--x", {"content-type": "multipart/form-data; boundary=x"}),
        (415, b"token=x", {"content-type": "text/plain"}),
        (413, b"token=" + b"x" * 1024 * 1024, FORM),
    ],
)
def test_before_the_login_only_a_small_form_is_read(
    stranger: TestClient, status: int, body: bytes, headers: dict[str, str]
) -> None:
    assert stranger.post(CHECK, content=body, headers=headers).status_code == status


def test_a_body_without_a_length_is_refused(stranger: TestClient) -> None:
    assert stranger.post(CHECK, content=iter([b"token=x"]), headers=FORM).status_code == 413


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/springfield", 401),
        ("GET", "/springfield/", 404),  # no redirect to an address that is made of what the request calls this host
        ("GET", "/springfield?q=%00", 404),
        ("GET", "/openapi.json", 401),  # like any district that is not there
        ("HEAD", "/springfield", 405),
        ("OPTIONS", "/springfield", 405),
        ("PUT", "/springfield", 405),
        ("DELETE", "/springfield", 405),
    ],
)
def test_every_response_has_no_store_and_a_strict_content_security_policy(
    stranger: TestClient, method: str, path: str, status: int
) -> None:
    told = stranger.request(method, path)
    assert told.status_code == status
    assert {name: told.headers.get(name) for name in HEADERS} == HEADERS
    assert told.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")
