"""A form is accepted only from the person to whom a page of Rollbook gave it, for twelve hours."""

from __future__ import annotations

import time

import pytest

from tests.airflow_home import PROJECT  # noqa: F401  # isort: skip - before anything of Airflow

from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from fastapi import HTTPException, Request
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from rollbook_pages.forms import refuse_foreign, token_for

HOUR = 3600
SECRET = "a secret of these tests"
ADA = SimpleAuthManagerUser(username="ada", role="user")
BOB = SimpleAuthManagerUser(username="bob", role="user")


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__API__SECRET_KEY", SECRET)
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://airflow.oakdale.example/base")


def request(**headers: str) -> Request:
    told = {"host": "10.0.0.7:8080"} | {name.replace("_", "-"): value for name, value in headers.items()}
    raw = [(name.encode(), value.encode()) for name, value in told.items()]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": raw})


def refusal(asked: Request, token: str) -> str:
    with pytest.raises(HTTPException) as refused:
        refuse_foreign(asked, ADA, token)
    assert refused.value.status_code == 403
    return str(refused.value.detail)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec_fetch_site": "same-origin", "origin": "http://10.0.0.7:8080"},
        {"origin": "https://airflow.oakdale.example"},  # the proxy's name, where it does not tell us of it
        {"sec_fetch_site": "none"},
    ],
)
def test_a_persons_own_form_from_a_rollbook_page_is_accepted(headers: dict[str, str]) -> None:
    refuse_foreign(request(**headers), ADA, token_for(ADA))


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "https://airflow.oakdale.example.evil.example"},
        {"origin": "https://airflow.oakdale.example@evil.example"},
        {"origin": "http://10.0.0.7:9090"},
        {"origin": "null"},
    ],
)
def test_a_form_from_another_site_is_refused_although_its_token_is_valid(headers: dict[str, str]) -> None:
    assert refusal(request(**headers), token_for(ADA)) == "the form comes from another site"


def test_without_a_configured_address_only_this_hosts_pages_are_accepted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for monkeypatched in ("", None):
        if monkeypatched is None:
            monkeypatch.delenv("AIRFLOW__API__BASE_URL")
        else:
            monkeypatch.setenv("AIRFLOW__API__BASE_URL", monkeypatched)
        refuse_foreign(request(origin="http://10.0.0.7:8080"), ADA, token_for(ADA))
        assert refusal(request(origin="null"), token_for(ADA)) == "the form comes from another site"


@pytest.mark.parametrize("token", ["", "x", "e30.e30.e30"])
def test_a_form_without_a_valid_token_is_refused(token: str) -> None:
    assert "not from Rollbook" in refusal(request(), token)


def test_another_persons_form_is_refused() -> None:
    assert "somebody else" in refusal(request(), token_for(BOB))


def test_a_form_is_valid_for_twelve_hours() -> None:
    def given(hours: float, salt: str = "rollbook.form", secret: str = SECRET) -> str:
        class Then(TimestampSigner):
            def get_timestamp(self) -> int:
                return int(time.time() - hours * HOUR)

        return str(URLSafeTimedSerializer(secret, salt=salt, signer=Then).dumps("ada"))

    refuse_foreign(request(), ADA, given(hours=11.9))
    assert "too old" in refusal(request(), given(hours=12.1))
    assert "not from Rollbook" in refusal(request(), given(hours=0, salt="cookie"))  # what Airflow signs for other ends
    assert "not from Rollbook" in refusal(request(), given(hours=0, secret="another"))
