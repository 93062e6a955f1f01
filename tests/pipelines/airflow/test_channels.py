"""A notification as it arrives: one mail and one Slack message, with the link, and without markup."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

import tests.airflow_home  # isort: skip  # noqa: F401 - before anything of Airflow

from airflow.sdk.exceptions import AirflowException

from pipelines.airflow.channels import SECONDS, channels_of
from pipelines.errors import NotificationNotSent
from pipelines.operations.notifications import Notification
from pipelines.settings.notify import Notify
from tests.heard import FROM, NOTIFY, TO, Heard, body_of, listening

LINK = "http://airflow.example/rollbook/springfield/runs/7"
NOTICE = Notification(
    "springfield", "failure", "roster", date(2026, 9, 1), "X", "", 7, "it failed", "Received < 5 & more.\nNext.", LINK
)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[Heard]:
    with listening() as heard:
        for name, value in heard.environment.items():
            monkeypatch.setenv(name, value)
        yield heard


def channels(**named: Any) -> Any:
    return channels_of(Notify.model_validate(named))


def test_only_channels_named_in_the_settings_send() -> None:
    assert channels() == {}
    assert list(channels(slack=NOTIFY["slack"])) == ["slack"]


def test_a_mail_has_subject_text_and_link_and_is_marked_auto_generated(heard: Heard) -> None:
    channels(**NOTIFY)["email"](NOTICE)
    (mail,) = heard.mails
    assert (mail["From"], mail["To"]) == (FROM, TO)
    assert mail["Subject"] == "Rollbook, springfield: it failed"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert body_of(mail).splitlines() == [
        "Received &lt; 5 &amp; more.<br>",
        "Next.<br>",
        f'<a href="{LINK}">{LINK}</a>',
    ]


def test_a_slack_message_has_the_same_text_with_markup_escaped(heard: Heard) -> None:
    channels(**NOTIFY)["slack"](NOTICE)
    (post,) = heard.posts
    assert post["text"].splitlines() == [
        "Rollbook, springfield: it failed",
        "Received &lt; 5 &amp; more.",
        "Next.",
        f"<{LINK}>",
    ]


def test_a_channels_refusal_raises_its_status_without_a_retry(heard: Heard) -> None:
    heard.refuses |= {"email", "slack"}
    with pytest.raises(NotificationNotSent, match="Slack answered 500"):
        channels(**NOTIFY)["slack"](NOTICE)
    with pytest.raises(Exception, match="451"):
        channels(**NOTIFY)["email"](NOTICE)
    assert heard.said == []


def test_a_silent_mail_server_times_out_before_airflow_ends_the_task(
    heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        heard.connections["smtp_heard"]["port"] = silent.getsockname()[1]
        monkeypatch.setenv("AIRFLOW_CONN_SMTP_HEARD", heard.environment["AIRFLOW_CONN_SMTP_HEARD"])
        began = time.monotonic()
        with pytest.raises(AirflowException, match="Unable to connect"):
            channels(**NOTIFY)["email"](NOTICE)
        assert time.monotonic() - began < 5 * SECONDS
