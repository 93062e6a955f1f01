"""No personal data is left by a run under Airflow: in logs, XComs, reports, Data Docs or Import Details."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType

import pytest

from sandbox.demo import rest
from tests import warehouse as postgresql
from tests.airflow_town import AirflowTown, answer, dag_of, holds_dag_of, question
from tests.town import FIRST

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

CANARY = b"zzcanary"
HEADER = (
    "term,school_id,class_name,class_id,class_period,student_first,student_last,student_id,student_email,"
    "teacher_first,teacher_last,teacher_email"
)
TEACHER = "Zzcanaryteacher,Zzcanaryteach,zzcanaryteacher@zzcanary.example"

# What a complete run leaves behind, and a text that each place contains.
WHOLE_NIGHT = {
    "metadata: public.xcom": b"run_id",
    "warehouse: runs.imports": b"sis_file",
    "/task_id=stage/attempt=1.log": b"expectations on",
    "report.md": b"bad_rows",
    "data_docs/index.html": b"<html",
}


def student(number: int, email: str | None = None) -> str:
    mail = f"zzcanary{number}@zzcanary.example" if email is None else email
    person = f"Zzcanarygiven{number},Zzcanaryfamily{number},ZZCANARY-{number:04},{mail}"
    return f"Fall,S1,Zzcanaryclass,ZZCANARY-C{number % 5},1,{person},{TEACHER}"


def deliver(airflow: AirflowTown, district_id: str, *rows: str, header: str = HEADER, as_of: date = FIRST) -> None:
    folder = airflow.district(district_id).drop / as_of.isoformat() / "combined"
    folder.mkdir(parents=True)
    (folder / "combined.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")


BAD = (
    student(900, email="zzcanary has no at sign"),
    student(901) + ",zzcanary-ragged",
    student(902).replace("ZZCANARY-0902", ""),
    student(903).replace("Zzcanaryfamily903", "Zzcanary\x07bell"),
    student(904),
    student(904).replace("Zzcanarygiven904", "Zzcanarytwin"),
)


def test_a_run_with_bad_rows_leaves_no_personal_data_in_logs_or_records(airflow: AirflowTown) -> None:
    deliver(airflow, "bad_rows", *map(student, range(60)), *BAD)
    run = airflow.trigger("bad_rows", as_of=FIRST.isoformat())
    assert run.state == "success", rest.error_of(airflow.airflow, airflow.session, run)
    assert_canaries_were_there(airflow, "bad_rows")
    assert_no_trace(airflow, "bad_rows", WHOLE_NIGHT)


def test_a_run_stopped_by_a_failed_expectation_leaves_no_personal_data_in_logs_or_records(airflow: AirflowTown) -> None:
    ragged = [student(number) + ",zzcanary-ragged" for number in range(40)]
    deliver(airflow, "failed_expectation", *map(student, range(60, 80)), *ragged, *BAD)
    run = airflow.trigger("failed_expectation", as_of=FIRST.isoformat())
    assert (run.state, run.tasks["stage"]) == ("failed", "failed")
    assert "EXPECTATION_FAILED" in rest.error_of(airflow.airflow, airflow.session, run)
    assert_no_trace(airflow, "failed_expectation")


def test_a_run_whose_header_is_a_row_of_people_leaves_no_personal_data_in_logs_or_records(airflow: AirflowTown) -> None:
    deliver(airflow, "strange_header", *map(student, range(20)), header=student(999))
    run = airflow.trigger("strange_header", as_of=FIRST.isoformat())
    assert run.state == "failed"
    assert "CONTRACT_BROKEN" in rest.error_of(airflow.airflow, airflow.session, run)
    assert_no_trace(airflow, "strange_header")


def test_an_unexpected_error_that_quotes_a_row_leaves_no_personal_data_in_logs_or_records(airflow: AirflowTown) -> None:
    airflow.district("unforeseen").ask(
        "alter table roster.users add constraint sabotage check (district_id <> 'unforeseen')"
    )
    deliver(airflow, "unforeseen", *map(student, range(20)))
    run = airflow.trigger("unforeseen", as_of=FIRST.isoformat())
    assert (run.state, run.tasks["merge"]) == ("failed", "failed")
    assert "UNEXPECTED: IntegrityError 23514" in rest.error_of(airflow.airflow, airflow.session, run)
    assert_no_trace(airflow, "unforeseen")


def test_an_approval_request_and_response_leave_no_personal_data_in_logs_or_records(airflow: AirflowTown) -> None:
    next_night = FIRST + timedelta(days=1)
    deliver(airflow, "held_back", *map(student, range(60)))
    deliver(airflow, "held_back", *map(student, range(45)), as_of=next_night)
    assert airflow.sync("held_back", FIRST).status == "applied"
    rest.wait_for_dag(airflow.airflow, airflow.session, holds_dag_of("held_back"))
    assert airflow.trigger("held_back", as_of=next_night.isoformat()).state == "success"
    assert answer(airflow, question(airflow, "held_back"), "Approve").state == "success"
    held = airflow.district("held_back").ask("select distinct status from runs.holds where district_id = 'held_back'")
    assert held == [("approved",)]
    assert_no_trace(airflow, "held_back", {"metadata: public.hitl_detail": b"changes need approval"})


def assert_canaries_were_there(airflow: AirflowTown, district_id: str) -> None:
    """Check that the run has read the canaries: otherwise the search below proves nothing."""
    town = airflow.district(district_id)
    quarantined = town.ask("select count(*) from runs.quarantine where row::text ilike '%%zzcanary%%'")
    assert quarantined[0][0] >= len(BAD) - 1
    assert CANARY in b"".join(town.dump("roster").values()).lower()


def assert_no_trace(
    airflow: AirflowTown, district_id: str, expected: Mapping[str, bytes] = MappingProxyType({})
) -> None:
    metadata = postgresql.dump(airflow.metadata_url, "public")
    warehouse = postgresql.dump(airflow.warehouse_url, "runs", "work")
    places = {f"metadata: {name}": content for name, content in metadata.items()}
    places |= {f"warehouse: {name}": content for name, content in warehouse.items() if name != "runs.quarantine"}
    for folder in (airflow.airflow.home, airflow.folder / "home" / "reports"):
        places |= {str(path.relative_to(airflow.folder)): path.read_bytes() for path in files_of(folder)}
    dag = dag_of(district_id).encode()
    assert_searchable(places, {"metadata: public.task_instance": dag, "airflow/logs/scheduler.log": dag, **expected})
    assert [place for place, content in places.items() if CANARY in content.lower()] == []


def files_of(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def assert_searchable(places: dict[str, bytes], expected: Mapping[str, bytes]) -> None:
    """Check that each kind of place exists and mentions the run: so the search covers it."""
    for kind, word in expected.items():
        found = [content for place, content in places.items() if place.endswith(kind)]
        assert found, f"no {kind}"
        assert any(word in content for content in found), f"{kind} does not mention {word!r}"
