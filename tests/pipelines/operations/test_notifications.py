"""Notifications: counts and codes, sent once, and stored until they are sent."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from pipelines import runs
from pipelines.errors import ContractBroken, Explained, NotificationNotSent
from pipelines.operations import deadlines, notifications
from pipelines.operations.notifications import Notification
from pipelines.runs.request import Decision, ExportRequest, NightRequest
from pipelines.settings import load_district
from pipelines.settings.notify import ALL
from sandbox import nights
from tests.heard import NOTIFY
from tests.town import FIRST, Town, world

NEXT = FIRST + timedelta(days=1)
LINK = "http://airflow.example/rollbook/springfield/runs/2"
LIMITS = {"archive_percent": 10, "archive_rows": 5, "turn_days": 0}


class Out:
    """A way out that takes what it is given, or does not."""

    def __init__(self) -> None:
        self.sent: list[Notification] = []
        self.is_away = False

    def __call__(self, notice: Notification) -> None:
        if self.is_away:
            raise ConnectionRefusedError(111, "canary@springfield.example is not let in")
        self.sent.append(notice)


def tell(notice: Notification, **channels: Out) -> None:
    notifications.keep(notice, list(channels))
    deliver(notice.district_id, **channels)


def deliver(district_id: str = "springfield", **channels: Out) -> None:
    notifications.deliver(district_id, ALL, channels)


def red(as_of: date = NEXT, code: str = "CONTRACT_BROKEN", run_id: int | None = None) -> Notification:
    error = Explained(code, "a column is missing", "SIS administrator", "name it") if code else None
    return replace(notifications.failure("springfield", "roster", as_of, None, error), run_id=run_id)


def test_a_failure_notification_has_code_owner_next_step_and_link(synced: Town) -> None:
    synced.deliver(nights.evolve(world(), seed=2, percent=5).world, without=("student_id",))
    night = runs.load(synced.sync(NEXT).run_id)
    notification = notifications.failure("springfield", "roster", NEXT, night, link=LINK)
    assert notification.subject == "the roster run for 2026-09-02 failed: CONTRACT_BROKEN"
    assert notification.link == LINK
    assert notification.body.splitlines() == [
        "The delivery is not in the agreed form: for example a column, a delimiter or an encoding is wrong.",
        "Owner: export script owner. "
        "Next: correct the export's header, or name the file's header in the district's columns:.",
        "Run 2: stopped.",
        "See docs/runbook.md#contract_broken",
    ]


def test_the_notification_of_a_failed_expectation_has_the_received_lines(synced: Town) -> None:
    stopped = synced.night(world(seed=8, as_of=NEXT))  # the ids of others: each of them is reused
    assert stopped.code == "EXPECTATION_FAILED"
    notification = notifications.failure("springfield", "roster", NEXT, runs.load(stopped.run_id))
    received = synced.one("select received_rows from runs.imports where run_id = %s", stopped.run_id)
    assert f"{received:,} lines received, {stopped.counts['quarantined']:,} of them quarantined." in notification.body


def test_a_failure_without_a_code_is_not_sent_after_one_with_a_code(town: Town) -> None:
    out, other = Out(), Out()
    unsaid = red(code="")
    assert "it was killed, or it took too long" in unsaid.body
    assert "docs/runbook.md#a-run-was-killed" in unsaid.body
    tell(red(run_id=None), email=out)
    tell(unsaid, email=out)
    assert [one.code for one in out.sent] == ["CONTRACT_BROKEN"]
    tell(red(FIRST, code=""), email=other)
    tell(red(FIRST, code=""), email=other)
    assert [one.subject for one in other.sent] == ["the roster run for 2026-09-01 failed"]


def test_a_failure_is_sent_once_by_each_channel(town: Town) -> None:
    email, slack = Out(), Out()
    for _ in range(3):
        tell(red(), email=email, slack=slack)
    assert (len(email.sent), len(slack.sent)) == (1, 1)
    tell(red(code="SOURCE_INCOMPLETE"), email=email)  # cleared, and red for another reason
    assert [one.code for one in email.sent] == ["CONTRACT_BROKEN", "SOURCE_INCOMPLETE"]


def test_repeated_failures_count_nights_in_a_row_until_a_night_succeeds(town: Town) -> None:
    out, day = Out(), timedelta(days=1)
    for number in range(3):
        tell(red(FIRST + number * day), email=out)
    begun = runs.start(NightRequest(district_id="springfield", as_of=FIRST + 3 * day))
    runs.finish(begun, "applied")
    tell(red(FIRST + 3 * day, code="SOURCE_INCOMPLETE"), email=out)
    tell(red(FIRST + 4 * day), email=out)
    endings = [one.subject.partition("failed: ")[2] for one in out.sent]
    assert endings == [
        "CONTRACT_BROKEN",
        "CONTRACT_BROKEN, the 2nd night in a row",
        "CONTRACT_BROKEN, the 3rd night in a row",
        "SOURCE_INCOMPLETE",
        "CONTRACT_BROKEN",
    ]


@pytest.mark.parametrize(("number", "said"), [(2, "2nd"), (11, "11th"), (13, "13th"), (21, "21st"), (112, "112th")])
def test_ordinals_of_nights_have_english_endings(number: int, said: str) -> None:
    assert notifications._nth(number) == said


def test_an_unsent_notification_is_sent_later_and_only_by_the_failed_channel(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    email, slack = Out(), Out()
    email.is_away = True
    with caplog.at_level(logging.WARNING):
        tell(red(), email=email, slack=slack)
    assert f"{NotificationNotSent.code}: not sent by email: ConnectionRefusedError 111" in caplog.text
    assert "canary" not in caplog.text
    assert town.ask("select owed, claimed_at from runs.notifications") == [(["email"], None)]
    email.is_away = False
    deliver(email=email, slack=slack)
    assert (len(email.sent), len(slack.sent)) == (1, 1)


def test_an_unavailable_channel_is_tried_once_for_all_notifications(town: Town) -> None:
    asked = []

    def away(notice: Notification) -> None:
        asked.append(notice)
        raise TimeoutError

    for day in range(4):
        notifications.keep(red(FIRST + timedelta(days=day)), ["email"])
    notifications.deliver("springfield", ALL, {"email": away})
    assert len(asked) == 1


def test_a_claimed_notification_is_sent_by_another_only_after_the_claim_expires(town: Town) -> None:
    out, inner = Out(), Out()

    def slow(notice: Notification) -> None:
        deliver(email=inner)
        out(notice)

    notifications.keep(red(), ["email"])
    notifications.deliver("springfield", ALL, {"email": slow})
    assert (len(out.sent), len(inner.sent)) == (1, 0)
    with changed(town, "owed = '{email}', claimed_at = clock_timestamp() - interval '6 minutes'"):
        deliver(email=inner)
    assert len(inner.sent) == 1


def test_old_or_no_longer_requested_notifications_are_not_sent(town: Town) -> None:
    out = Out()
    notifications.keep(red(), ["email"])
    notifications.deliver("springfield", ["hold"], {"email": out})
    deliver("shelbyville", email=out)
    with changed(town, "at = clock_timestamp() - interval '73 hours'"):
        deliver(email=out)
    assert out.sent == []


@contextmanager
def changed(town: Town, how: str) -> Iterator[None]:
    town.ask(f"update runs.notifications set {how}")
    yield


def test_holds_are_notified_once_even_if_some_are_decided_or_the_run_is_repeated(synced: Town) -> None:
    from pipelines.review import holds

    out = Out()
    synced.settle(limits=LIMITS)
    departing = nights.evolve(world(), seed=6, percent=30, kinds=("drop",)).world
    night = runs.load(synced.night(departing).run_id)
    first = notifications.hold(night, "rosters@springfield.example", LINK)
    assert first
    assert "enrollments, archive: " in first.body
    assert "Owner: rosters@springfield.example. Next: approve or reject the changes in Required Actions" in first.body
    tell(first, email=out)
    holds.reject(night, Decision(by="admin", holds=(1,)))
    rest = notifications.hold(night, "", LINK)
    assert rest
    assert rest.mark != first.mark
    tell(rest, email=out)
    tell(replace(first, run_id=99), email=out)  # cleared, and the same is held
    assert len(out.sent) == 1
    tell(replace(first, run_id=99, mark="another"), email=out)
    assert len(out.sent) == 2
    holds.reject(night, Decision(by="admin"))
    assert notifications.hold(night, "") is None


def test_only_a_quarantine_above_the_percentage_is_notified_with_rules_and_counts(synced: Town) -> None:
    folder = synced.deliver(nights.evolve(world(), seed=2, percent=5).world)[0]
    lines = folder.read_text(encoding="utf-8").splitlines()
    folder.write_text("\n".join([*lines, *(f"{line},canary" for line in lines[1:61])]) + "\n", encoding="utf-8")
    night = runs.load(synced.sync(NEXT).run_id)
    assert night.status == "applied"
    share = 6000 / (len(lines) - 1 + 60)
    assert notifications.quarantine(night, share) is None
    notification = notifications.quarantine(night, share - 0.1, LINK)
    assert notification
    assert notification.subject.startswith(f"60 of {len(lines) + 59:,} lines (")
    assert "RAGGED_LINE: 60, export script owner" in notification.body
    assert "canary" not in notification.body


def test_missing_imports_have_one_notification_for_each_deadline(synced: Town) -> None:
    early, late = synced.source(expected_by="05:00"), synced.source("staff", expected_by="06:00")
    synced.settle(enabled=True, sources=[early, late])
    district = load_district("springfield")
    missing = deadlines.expected(district, datetime(2026, 9, 2, 7, tzinfo=UTC))
    notification = notifications.imports_missing(district, missing, LINK)
    assert [one.mark for one in notification] == ["05:00 on 2026-09-02", "06:00 on 2026-09-02"]
    assert notification[0].subject == "1 import is missing, expected by 05:00 on 2026-09-02, night of 2026-09-02"
    assert "no run has begun" in notification[0].body
    assert "check the export at the SIS" in notification[0].body


def test_notify_is_read_even_if_other_settings_are_invalid(town: Town) -> None:
    town.settle(notify=NOTIFY, limts={})
    assert notifications.notify_of("springfield").connections == {"email": "smtp_heard", "slack": "slack_heard"}
    town.settle(notify={"emial": {}}, limts={})
    assert notifications.notify_of("springfield").connections == {}
    assert notifications.notify_of("shelbyville").connections == {}


def test_a_failure_notification_is_the_same_from_the_task_and_from_the_run(town: Town) -> None:
    error = ContractBroken("no such. Owner: of what. Next: x", owner="SIS admin", fix="rename it. Twice")
    run_id = runs.start(ExportRequest(district_id="springfield", as_of=NEXT), kind="gradebook")
    runs.finish(run_id, "stopped", error)
    by_task = notifications.failure("springfield", "gradebook", NEXT, None, error.explained)
    by_run = notifications.failure("springfield", "gradebook", NEXT, runs.load(run_id))
    for notification in (by_task, by_run):
        assert notification.subject == "the export of grades for 2026-09-02 failed: CONTRACT_BROKEN"
        assert "Owner: SIS admin. Next: rename it. Twice." in notification.body


def test_an_unexpected_error_is_notified_with_its_code_and_next_step(town: Town) -> None:
    run_id = runs.start(NightRequest(district_id="springfield", as_of=NEXT))
    runs.finish(run_id, "failed", code="UNEXPECTED")
    notification = notifications.failure("springfield", "roster", NEXT, runs.load(run_id))
    assert notification.subject == "the roster run for 2026-09-02 failed: UNEXPECTED"
    assert "Owner: data engineer. Next: read the log of the first failed task." in notification.body
