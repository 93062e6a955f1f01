"""Expectations: each limit of the settings has a measure, and a measure beyond its limit stops the run."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from pipelines import runs
from pipelines.errors import ExpectationFailed
from pipelines.settings import District, Expectations, load_district
from pipelines.stage import expectations
from tests.town import Town

SOUND = {
    "students": 100,
    "students_without_email": 10,
    "students_without_class": 0,
    "enrollments": 700,
    "classes": 30,
    "recent_volumes": [1120, 1100],
}


def district(**limits: Any) -> District:
    return load_district("springfield").model_copy(update={"expectations": Expectations(**limits)})


def test_a_usual_delivery_meets_every_expectation_and_its_data_docs_page_is_recorded(synced: Town) -> None:
    expectations.check_delivery(runs.load(1), district(), 0, SOUND)
    assert set(runs.load(1).pages) == {"delivery 1", "roster"}


@pytest.mark.parametrize(
    ("totals", "limits", "broken"),
    [
        ({"students_without_email": 60}, {"missing_email_percent": 50}, "students_without_email_percent is 60"),
        ({"students_without_class": 6}, {}, "students_without_class_percent is 6, allowed at most 5"),
        ({"recent_volumes": [100, 110, 5000]}, {}, "volume_change_percent is 918.18, allowed at most 50"),
        ({"recent_volumes": [9000]}, {}, "volume_change_percent"),
    ],
)
def test_a_failed_expectation_names_its_measure_its_owner_and_the_fix(
    synced: Town, totals: dict[str, Any], limits: dict[str, float], broken: str
) -> None:
    with pytest.raises(ExpectationFailed, match=broken) as failed:
        expectations.check_delivery(runs.load(1), district(**limits), 0, SOUND | totals)
    assert failed.value.owner == "district data steward"
    assert "expectations:" in failed.value.fix


def test_a_delivery_without_enrollments_may_have_students_without_a_class(synced: Town) -> None:
    alone = SOUND | {"students_without_class": 100, "enrollments": 0}
    expectations.check_delivery(runs.load(1), district(), 0, alone)


def test_a_few_quarantined_rows_never_fail_the_expectation(synced: Town) -> None:
    quarantined = (
        "update runs.imports set counts = counts || jsonb_build_object('quarantined', %s::int, 'received', 30)"
    )
    unusual = SOUND | {"recent_volumes": []}
    synced.ask(quarantined, 20)
    expectations.check_delivery(runs.load(1), district(), 0, unusual)
    synced.ask(quarantined, 21)
    with pytest.raises(ExpectationFailed, match="quarantined_percent is 70"):
        expectations.check_delivery(runs.load(1), district(), 0, unusual)


def test_a_roster_without_students_gives_a_warning_and_does_not_stop_the_run(
    synced: Town, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="pipelines"):
        expectations.check_roster(runs.load(1), district(), {"students": 0, "classes": 0, "enrollments": 0})
    assert "active_students is 0" in caplog.text
