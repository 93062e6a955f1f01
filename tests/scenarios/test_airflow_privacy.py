"""Nobody in what a night under Airflow leaves behind: logs, XComs, reports, Data Docs, Import Details."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.demo import rest
from tests import warehouse as postgresql
from tests.airflow_town import AirflowTown, started
from tests.town import FIRST
from tests.warehouse import Server

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

CANARY = b"zzcanary"
HEADER = (
    "term,school_id,class_name,class_id,class_period,student_first,student_last,student_id,student_email,"
    "teacher_first,teacher_last,teacher_email"
)
TEACHER = "Zzcanaryteacher,Zzcanaryteach,zzcanaryteacher@zzcanary.example"
NEVER = {"schedule": "0 0 29 2 *"}
DISTRICTS = {"springfield": NEVER, "shelbyville": NEVER, "ogdenville": NEVER, "brockway": NEVER}


@pytest.fixture(scope="module")
def airflow(server_18: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AirflowTown]:
    """An Airflow whose districts have nobody but canaries."""
    with started(server_18, tmp_path_factory.mktemp("privacy"), "privacy", DISTRICTS) as town:
        yield town


def student(number: int, email: str | None = None) -> str:
    mail = f"zzcanary{number}@zzcanary.example" if email is None else email
    person = f"Zzcanarygiven{number},Zzcanaryfamily{number},ZZCANARY-{number:04},{mail}"
    return f"Fall,S1,Zzcanaryclass,ZZCANARY-C{number % 5},1,{person},{TEACHER}"


def deliver(airflow: AirflowTown, district_id: str, *rows: str, header: str = HEADER) -> None:
    folder = airflow.district(district_id).drop / FIRST.isoformat() / "combined"
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


def test_a_night_with_bad_rows_leaves_no_trace_of_anybody(airflow: AirflowTown) -> None:
    deliver(airflow, "springfield", *map(student, range(60)), *BAD)
    run = airflow.trigger("springfield", as_of=FIRST.isoformat())
    assert run.state == "success", rest.error_of(airflow.airflow, airflow.session, run)
    assert_canaries_were_there(airflow, "springfield")
    assert_no_trace(airflow)


def test_a_night_stopped_by_a_broken_promise_leaves_no_trace_of_anybody(airflow: AirflowTown) -> None:
    ragged = [student(number) + ",zzcanary-ragged" for number in range(40)]
    deliver(airflow, "shelbyville", *map(student, range(60, 80)), *ragged, *BAD)
    run = airflow.trigger("shelbyville", as_of=FIRST.isoformat())
    assert (run.state, run.tasks["stage"]) == ("failed", "failed")
    assert "PROMISE_BROKEN" in rest.error_of(airflow.airflow, airflow.session, run)
    assert_no_trace(airflow)


def test_a_night_whose_header_is_a_row_of_people_leaves_no_trace_of_anybody(airflow: AirflowTown) -> None:
    deliver(airflow, "ogdenville", *map(student, range(20)), header=student(999))
    run = airflow.trigger("ogdenville", as_of=FIRST.isoformat())
    assert run.state == "failed"
    assert "CONTRACT_BROKEN" in rest.error_of(airflow.airflow, airflow.session, run)
    assert_no_trace(airflow)


def test_an_unforeseen_error_that_quotes_a_row_leaves_no_trace_of_anybody(airflow: AirflowTown) -> None:
    airflow.district("brockway").ask(
        "alter table roster.users add constraint unforeseen check (district_id <> 'brockway')"
    )
    deliver(airflow, "brockway", *map(student, range(20)))
    run = airflow.trigger("brockway", as_of=FIRST.isoformat())
    assert (run.state, run.tasks["merge"]) == ("failed", "failed")
    assert "UNEXPECTED: IntegrityError 23514" in rest.error_of(airflow.airflow, airflow.session, run)
    assert_no_trace(airflow)


def assert_canaries_were_there(airflow: AirflowTown, district_id: str) -> None:
    """The search below would find nothing in a night that saw nobody."""
    town = airflow.district(district_id)
    quarantined = town.ask("select count(*) from runs.quarantine where row::text ilike '%%zzcanary%%'")
    assert quarantined[0][0] >= len(BAD) - 1
    assert CANARY in b"".join(town.dump("roster").values()).lower()


def assert_no_trace(airflow: AirflowTown) -> None:
    metadata = postgresql.dump(airflow.metadata_url, "public")
    told = postgresql.dump(airflow.warehouse_url, "runs", "work")
    places = {f"metadata: {name}": content for name, content in metadata.items()}
    places |= {f"warehouse: {name}": content for name, content in told.items() if name != "runs.quarantine"}
    for folder in (airflow.airflow.home, airflow.folder / "home" / "reports"):
        places |= {str(path.relative_to(airflow.folder)): path.read_bytes() for path in files_of(folder)}
    assert_searchable(places)
    assert [place for place, content in places.items() if CANARY in content.lower()] == []


def files_of(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def assert_searchable(places: dict[str, bytes]) -> None:
    """Each kind of place is there, and tells of the night: so its silence means something."""
    for kind, known in {
        "metadata: public.xcom": b"run_id",
        "metadata: public.task_instance": b"roster_nightly__springfield",
        "warehouse: runs.imports": b"sis_file",
        "/task_id=stage/attempt=1.log": b"promises on",
        "airflow/logs/scheduler.log": b"roster_nightly__springfield",
        "report.md": b"springfield",
        "data_docs/index.html": b"<html",
    }.items():
        found = [content for place, content in places.items() if place.endswith(kind)]
        assert found, f"no {kind}"
        assert any(known in content for content in found), f"{kind} does not mention {known!r}"
