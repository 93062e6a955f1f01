"""The settings of notifications: a district notifies only whom its settings name."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.errors import SettingsInvalid
from pipelines.settings import load_district
from pipelines.settings.notify import ALL, Notify
from tests.heard import NOTIFY
from tests.town import Town


def settled(town: Town, **notify: Any) -> Notify:
    town.settle(notify=notify)
    return load_district(town.district_id).notify


def test_without_settings_there_are_no_notifications(town: Town) -> None:
    assert load_district(town.district_id).notify.connections == {}


def test_notifications_are_about_everything_unless_about_is_set(town: Town) -> None:
    assert settled(town, **NOTIFY).about == ALL
    assert settled(town, **NOTIFY).connections == {"email": "smtp_heard", "slack": "slack_heard"}
    assert settled(town, **NOTIFY, about=["hold"], quarantine_percent=1.5).about == ("hold",)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"emial": {}}, "notify.emial: unknown key, did you mean 'email'"),
        ({"slack": {"conection": "x"}}, "did you mean 'connection'"),
        ({"quarantine_percnt": 3}, "did you mean 'quarantine_percent'"),
        ({"about": ["failures"]}, "notify.about.0"),
        ({"email": {"connection": "x", "to": []}}, "notify.email.to"),
        ({"email": {"connection": "x", "to": ["a@b.example\nBcc: c@d.example"]}}, "notify.email.to.0"),
        ({"quarantine_percent": 101}, "notify.quarantine_percent"),
    ],
)
def test_an_invalid_notify_setting_is_named(town: Town, wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsInvalid, match=message):
        settled(town, **wrong)
