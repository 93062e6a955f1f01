"""After a merge the proof holds; where somebody tampered it names what does not."""

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
    """What has happened to `synced` here: a second run was applied, and not audited yet."""
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
    """The run that was applied and not audited yet."""
    return runs.load(runs.recent(synced.district_id, 1)[0]["run_id"])


def test_what_was_written_is_what_was_planned(synced: Town, merged: runs.Run) -> None:
    told = checks.prove(merged)
    written = synced.one("select count(*) from roster.users where run_id = %s", merged.run_id)
    assert told["audited.rows"] > written > 0
    assert told["audited.references"] > 5


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
def test_what_does_not_hold_is_named_with_its_count(synced: Town, merged: runs.Run, tampering: str, named: str) -> None:
    synced.ask(tampering, merged.run_id)
    with pytest.raises(AuditFailed) as failed:
        checks.prove(merged)
    assert named in str(failed.value)


def test_the_totals_count_what_is_active(synced: Town, merged: runs.Run) -> None:
    told = checks.totals(merged)
    assert told["students"] == synced.one(
        "select count(*) from roster.users where status = 'active' and role = 'student'"
    )
    assert told["enrollments"] == synced.one("select count(*) from roster.enrollments where status = 'active'")
    assert told["classes"] == len(world().classes)
