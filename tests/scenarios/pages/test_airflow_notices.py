"""Notifications under a real scheduler: one mail and one message for each problem, in counts, naming nobody."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from sandbox.demo import rest
from tests.airflow_town import NIGHT_SECONDS, AirflowTown, holds_dag_of, question
from tests.heard import FROM, TO, Heard, body_of, listening
from tests.scenarios.test_airflow_privacy import CANARY, HEADER, student
from tests.town import FIRST

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

DISTRICT = "told"
WATCH = f"import_watch__{DISTRICT}"


@pytest.fixture(scope="module")
def heard(airflow: AirflowTown) -> Iterator[Heard]:
    """A mail server and a webhook, with connections to them in Airflow's own database."""
    with listening() as heard:
        for conn_id, facts in heard.connections.items():
            kept = {"connection_id": conn_id, "extra": json.dumps(facts.get("extra", {}))}
            airflow.ask("POST", "/connections", json=facts | kept)
        yield heard
        for conn_id in heard.connections:
            airflow.ask("DELETE", f"/connections/{conn_id}")


def deliver(airflow: AirflowTown, day: int, *rows: str, header: str = HEADER) -> date:
    as_of = FIRST + timedelta(days=day)
    folder = airflow.district(DISTRICT).drop / as_of.isoformat() / "combined"
    folder.mkdir(parents=True)
    (folder / "combined.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return as_of


def the_next(airflow: AirflowTown, heard: Heard, link: str) -> str:
    """Wait for the one mail and the one message that tell the same, and give the mail; nobody is in either."""
    deadline = time.monotonic() + 120
    while not (heard.mails and heard.posts):
        assert time.monotonic() < deadline, heard.said
        time.sleep(0.2)
    time.sleep(1)  # a second one would come at once, from `report`; what is later is seen at the end
    (mail,), (post,) = heard.mails, heard.posts
    assert (mail["From"], mail["To"]) == (FROM, TO)
    subject, body = str(mail["Subject"]), body_of(mail)
    assert post["text"].startswith(subject)
    address = f"{airflow.airflow.url}/rollbook/{DISTRICT}/{link}"
    found = re.search(rf'<a href="({address})">', body)
    assert found, body
    assert f"<{found[1]}>" in post["text"]
    assert airflow.session.get(found[1], timeout=60).status_code == 200
    for said in heard.said:
        assert CANARY.decode() not in said.lower()
    heard.mails.clear()
    heard.posts.clear()
    return f"{subject}\n{body}"


def test_each_problem_is_notified_once(airflow: AirflowTown, heard: Heard) -> None:
    rest.wait_for_dag(airflow.airflow, airflow.session, WATCH)
    for _ in range(2):
        begun = rest.trigger(airflow.airflow, airflow.session, WATCH, {})
        look = rest.wait_for_run(airflow.airflow, airflow.session, WATCH, begun, NIGHT_SECONDS)
        assert look.state == "failed"
    said = the_next(airflow, heard, "imports")
    assert "told: 1 import is missing, expected by 05:00 on" in said

    ragged = [student(number) + ",zzcanary-ragged" for number in range(60, 66)]
    first = deliver(airflow, 0, *map(student, range(60)), *ragged)
    rest.wait_for_dag(airflow.airflow, airflow.session, holds_dag_of(DISTRICT))
    assert airflow.trigger(DISTRICT, as_of=first.isoformat()).state == "success"
    said = the_next(airflow, heard, r"runs/\d+/validations")
    assert "told: 6 of 66 lines (9.1 %) are quarantined, roster run for 2026-09-01" in said
    assert "RAGGED_LINE: 6" in said

    second = deliver(airflow, 1, *map(student, range(45)))
    assert airflow.trigger(DISTRICT, as_of=second.isoformat()).state == "success"
    question(airflow, DISTRICT)  # so that its DAG run, too, has had something to tell
    said = the_next(airflow, heard, r"runs/\d+/holds")
    assert "changes need approval, roster run for 2026-09-02" in said

    third = deliver(airflow, 2, *map(student, range(45)), header=student(999))
    red = airflow.trigger(DISTRICT, as_of=third.isoformat())
    assert (red.state, red.tasks["validate"], red.tasks["report"]) == ("failed", "failed", "failed")
    said = the_next(airflow, heard, r"runs/\d+")
    assert "told: the roster run for 2026-09-03 failed: CONTRACT_BROKEN" in said

    assert heard.said == []
    owed = "select about, kind, owed from runs.notifications where district_id = 'told' order by notice_id"
    assert airflow.district(DISTRICT).ask(owed) == [
        ("import_missing", "imports", []),
        ("quarantine", "roster", []),
        ("hold", "roster", []),
        ("failure", "roster", []),
    ]
