"""The callbacks: each problem is notified once, whichever callback reports it, and no callback affects a run."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

import tests.airflow_home  # isort: skip  # noqa: F401 - before anything of Airflow

from airflow.sdk.exceptions import AirflowFailException

from pipelines import runs
from pipelines.airflow import bridge, translation
from pipelines.airflow.notifications import when_exported, when_failed, when_held, when_synced
from pipelines.errors import CoursesFailed, CredentialsRefused, RollbookError
from pipelines.runs.request import ExportRequest
from pipelines.settings import load_district
from pipelines.store.engine import dispose
from sandbox import nights
from tests.heard import NOTIFY, Heard, body_of, listening
from tests.school import CONNECTION, school
from tests.town import FIRST, Town, world

NEXT = FIRST + timedelta(days=1)
BASE = "http://airflow.example"
HELD = {"archive_percent": 10, "archive_rows": 5, "turn_days": 0}


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[Heard]:
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", BASE)
    with listening() as heard:
        for name, value in heard.environment.items():
            monkeypatch.setenv(name, value)
        yield heard


def context(
    task: str = "extract",
    run_id: int | None = None,
    error: BaseException | None = None,
    *,
    states: dict[str, str] | None = None,
    run_type: str = "scheduled",
) -> dict[str, Any]:
    """What Airflow hands to a callback: in a worker with the error, in the dag-processor without."""
    told = SimpleNamespace(
        dag_id="roster_nightly__springfield",
        run_id="scheduled__1",
        task_id=task,
        run_type=run_type,
        logical_date=datetime(2026, 9, 2, 7, tzinfo=UTC),
        xcom_pull=lambda task_ids, key: run_id,
        get_task_states=lambda dag_id, run_ids: {"scheduled__1": {task: "running"} | (states or {})},
    )
    return {"ti": told, "dag_run": told, "params": {}} | ({"exception": error} if error else {})


def failing(town: Town) -> tuple[int, BaseException]:
    town.settle(notify=NOTIFY)
    town.deliver(nights.evolve(world(), seed=2, percent=5).world, without=("student_id",))
    stopped = town.sync(NEXT)
    assert stopped.error is not None
    return stopped.run_id, raised(stopped.error)


def raised(error: RollbookError) -> BaseException:
    """What Airflow has of an error, once the bridge has translated it."""

    def fail() -> None:
        raise error

    with pytest.raises(AirflowFailException) as caught:
        translation.translate_errors(fail)
    return caught.value


def test_a_failed_run_is_notified_once_by_task_report_and_dag_run(synced: Town, heard: Heard) -> None:
    run_id, error = failing(synced)
    tell = when_failed("springfield", "roster")
    tell(context("validate", run_id, error))
    tell(context("report", run_id, AirflowFailException("the report is written"), states={"validate": "failed"}))
    tell(context("validate", run_id))
    assert heard.subjects == ["Rollbook, springfield: the roster run for 2026-09-02 failed: CONTRACT_BROKEN"]
    assert f"{BASE}/rollbook/springfield/runs/{run_id}" in body_of(heard.mails[0])
    assert len(heard.posts) == 1


def test_a_failed_scheduled_check_is_notified_and_a_failed_check_by_hand_is_not(town: Town, heard: Heard) -> None:
    town.settle(notify=NOTIFY)
    error = CredentialsRefused("the token was refused", owner="vendor", fix="ask for a new one")
    told = translation.explaining(AirflowFailException(f"source clever: {error}"), error.explained)
    tell = when_failed("springfield", "check")
    tell(context("check", error=told, run_type="manual"))
    assert heard.subjects == []
    tell(context("check", error=told))
    tell(context("check"))
    assert heard.subjects == ["Rollbook, springfield: the self-check on 2026-09-02 failed: CREDENTIALS_REFUSED"]
    body = body_of(heard.mails[0])
    assert "Owner: vendor. Next: ask for a new one." in body
    assert f"{BASE}/rollbook/springfield/check" in body


def test_a_run_injects_the_connections_of_its_notification_channels(town: Town) -> None:
    town.settle(notify=NOTIFY)
    assert {"smtp_heard", "slack_heard"} <= {*bridge._connections(load_district("springfield"))}


def test_a_failed_exports_notification_links_to_its_grades(synced: Town, heard: Heard) -> None:
    synced.settle(notify=NOTIFY)
    run_id = runs.start(ExportRequest(district_id="springfield", as_of=NEXT), kind="gradebook")
    runs.finish(run_id, "failed", CoursesFailed("2 of 3 courses failed", fix="export again"))
    when_failed("springfield", "gradebook")(context("report", run_id, AirflowFailException("the report is written")))
    assert heard.subjects == ["Rollbook, springfield: the export of grades for 2026-09-02 failed: COURSES_FAILED"]
    assert f"{BASE}/rollbook/springfield/runs/{run_id}/grades" in body_of(heard.mails[0])


def test_held_overwrites_are_notified_after_an_export_but_not_after_a_plan(synced: Town, heard: Heard) -> None:
    tell = when_exported("springfield")
    with school(synced) as here:
        canvas = {"connection": CONNECTION, "course_map": "sis_section_id", "changed_in_canvas": "hold"}
        synced.settle(canvas=canvas, notify=NOTIFY)
        here.score("quiz-1", {0: 8})
        tell(context("report", here.export().run_id))
        here.sandbox.teacher_sets(here.course, here.column("quiz-1")["id"], here.number(0), 3)
        tell(context("report", here.export(plan_only=True).run_id))
        assert heard.subjects == []
        tell(context("report", here.export().run_id))
    (subject,) = heard.subjects
    assert subject.startswith("Rollbook, springfield: 1 score changed in Canvas needs approval")


def test_the_dag_run_notifies_of_a_killed_task(synced: Town, heard: Heard) -> None:
    synced.settle(notify=NOTIFY)
    when_failed("springfield", "roster")(context("extract"))
    assert "it was killed, or it took too long" in body_of(heard.mails[0])
    assert f"{BASE}/dags/roster_nightly__springfield/runs/scheduled__1" in body_of(heard.mails[0])


def test_invalid_settings_are_notified(town: Town, heard: Heard) -> None:
    town.settle(notify=NOTIFY, limts={})
    with pytest.raises(AirflowFailException) as caught:
        bridge.perform("extract", "springfield", context())
    when_failed("springfield", "roster")(context("extract", error=caught.value))
    assert heard.subjects == ["Rollbook, springfield: the roster run for 2026-09-02 failed: SETTINGS_INVALID"]


def test_an_unavailable_warehouse_is_notified_only_by_the_first_failed_task(
    town: Town, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.settle(notify=NOTIFY)
    dispose()
    monkeypatch.setenv("ROLLBOOK_WAREHOUSE_URL", f"{town.warehouse}_gone")
    tell = when_failed("springfield", "roster")
    tell(context("extract", error=raised(CredentialsRefused("the warehouse refused our login"))))
    tell(context("report", error=AirflowFailException("extract failed"), states={"extract": "failed"}))
    tell(context("extract"))
    assert heard.subjects == ["Rollbook, springfield: the roster run for 2026-09-02 failed: CREDENTIALS_REFUSED"]
    assert len(heard.posts) == 1


def test_unrequested_notifications_and_those_of_backfills_are_not_sent(synced: Town, heard: Heard) -> None:
    run_id, error = failing(synced)
    synced.settle()
    when_failed("springfield", "roster")(context("validate", run_id, error))
    synced.settle(notify=NOTIFY | {"about": ["hold"]})
    when_failed("springfield", "roster")(context("validate", run_id, error))
    synced.settle(notify=NOTIFY)
    when_failed("springfield", "roster")(context("validate", run_id, error, run_type="backfill"))
    assert heard.said == []


def test_a_callback_logs_errors_and_never_raises(synced: Town, heard: Heard, caplog: pytest.LogCaptureFixture) -> None:
    run_id, error = failing(synced)
    heard.refuses |= {"email", "slack"}
    with caplog.at_level(logging.WARNING):
        when_failed("springfield", "roster")(context("validate", run_id, error))
        when_failed("springfield", "roster")({})
    assert "NOTIFICATION_NOT_SENT: not sent by email: SMTPDataError 451" in caplog.text
    assert "NOTIFICATION_NOT_SENT: not sent by slack: NOTIFICATION_NOT_SENT, Slack answered 500" in caplog.text
    assert "NOTIFICATION_NOT_SENT: not sent by any channel: KeyError" in caplog.text
    heard.refuses.clear()
    when_synced("springfield")(context("report", run_id))  # whoever comes next sends what waits
    assert len(heard.said) == 2


def test_holds_are_notified_by_the_run_and_not_again_by_the_approval_request(synced: Town, heard: Heard) -> None:
    synced.settle(notify=NOTIFY, limits=HELD)
    run_id = synced.night(nights.evolve(world(), seed=6, percent=30, kinds=("drop",)).world).run_id
    when_held("springfield", "roster")(context("ask", run_id))
    when_held("springfield", "holds")(context("brief", run_id))
    (subject,) = heard.subjects
    assert "changes need approval, roster run for 2026-09-02" in subject
    assert f"{BASE}/rollbook/springfield/runs/{run_id}/holds" in body_of(heard.mails[0])


def test_a_failed_run_notifies_of_its_quarantine_only_if_failures_are_not_notified(synced: Town, heard: Heard) -> None:
    run_id = synced.night(world(seed=8, as_of=NEXT)).run_id  # the ids of others: all of it is refused
    synced.settle(notify=NOTIFY)
    when_failed("springfield", "roster")(context("stage", run_id))
    synced.settle(notify=NOTIFY | {"about": ["quarantine"]})
    when_failed("springfield", "roster")(context("stage", run_id))
    when_synced("springfield")(context("report", run_id))
    failed, refused = heard.subjects
    assert failed.endswith("failed: EXPECTATION_FAILED")
    assert "lines (100.0 %) are quarantined" in refused
    assert f"{BASE}/rollbook/springfield/runs/{run_id}/validations" in body_of(heard.mails[1])


def test_a_missing_import_is_notified_once_however_often_it_is_checked(synced: Town, heard: Heard) -> None:
    synced.settle(notify=NOTIFY, enabled=True, sources=[synced.source(expected_by="05:00")])
    tell = when_failed("springfield", "imports")
    for _ in range(2):
        with pytest.raises(AirflowFailException) as caught:
            bridge.watch("springfield", context("check_deadlines"))
        tell(context("check_deadlines", error=caught.value))
        tell(context("check_deadlines"))
    assert heard.subjects == [
        "Rollbook, springfield: 1 import is missing, expected by 05:00 on 2026-09-02, night of 2026-09-02"
    ]
    assert f"{BASE}/rollbook/springfield/imports" in body_of(heard.mails[0])
