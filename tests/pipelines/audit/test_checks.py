"""The audit passes after a merge; after tampering it names what differs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipelines import runs
from pipelines.audit import checks
from pipelines.errors import AuditFailed
from pipelines.merge import merge
from pipelines.settings import load_district
from sandbox import nights, write
from tests import swift
from tests.town import Town, first_night, world


def not_audited(town: Town) -> None:
    """Apply a second run, and do not audit it."""
    town.settle()
    night = nights.evolve(world(), seed=3, percent=5, kinds=("add", "drop", "move", "rename", "rekey", "period"))
    (path,) = write.write(night.world, town.folder / "export")
    run = runs.load(swift.planned(town, path, night.world.as_of))
    merge(run, load_district(run.district_id))


@pytest.fixture
def synced(after: Callable[..., Town]) -> Town:
    here = after(first_night, not_audited)
    here.settle()
    return here


@pytest.fixture
def merged(synced: Town) -> runs.Run:
    """Return the run that was applied and not audited yet."""
    return runs.load(runs.recent(synced.district_id, 1)[0]["run_id"])


def test_the_audit_passes_if_the_run_wrote_what_it_planned(synced: Town, merged: runs.Run) -> None:
    counts = checks.prove(merged)
    written = synced.one("select count(*) from roster.users where run_id = %s", merged.run_id)
    assert counts["audited.rows"] > written > 0
    assert counts["audited.references"] > 5


@pytest.mark.parametrize(
    ("tampering", "named"),
    [
        ("update roster.users set run_id = 1 where run_id = %s", "users active: planned"),
        ("update roster.enrollments set status = 'active' where run_id = %s and status = 'archived'", "enrollments"),
        (
            "update roster.classes as k set status = 'archived' from roster.enrollments as e"
            " where e.class_id = k.class_id and e.run_id = %s and e.status = 'active'",
            "enrollments.class_id: ",
        ),
        (
            "delete from roster.users as u using roster.enrollments as e"
            " where e.user_id = u.user_id and e.run_id = %s and e.role = 'student'",
            "enrollments.user_id: ",
        ),
        ("update roster.users set school_ids = array[gen_random_uuid()] where run_id = %s", "users.school_ids: "),
        ("update roster.classes set course_id = gen_random_uuid() where run_id = %s", "classes.course_id: "),
        ("update roster.classes set term_ids = array[gen_random_uuid()] where run_id = %s", "classes.term_ids: "),
        ("update roster.classes set school_id = gen_random_uuid() where run_id = %s", "classes.school_id: "),
        (
            "update roster.enrollments as e set status = 'active' from work.changes as c"
            " where c.run_id = %s and c.entity = 'users' and c.action = 'archive' and e.user_id = c.id",
            "archived with active enrollments: ",
        ),
    ],
)
def test_a_failed_audit_names_what_differs_with_its_count(
    synced: Town, merged: runs.Run, tampering: str, named: str
) -> None:
    synced.ask(tampering, merged.run_id)
    with pytest.raises(AuditFailed) as failed:
        checks.prove(merged)
    assert named in str(failed.value)


def test_the_totals_count_active_rows(synced: Town, merged: runs.Run) -> None:
    totals = checks.totals(merged)
    assert totals["students"] == synced.one(
        "select count(*) from roster.users where status = 'active' and role = 'student'"
    )
    assert totals["enrollments"] == synced.one("select count(*) from roster.enrollments where status = 'active'")
    assert totals["classes"] == len(world().classes)
