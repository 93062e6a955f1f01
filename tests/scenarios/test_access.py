"""Rights: what each role of the database may read and change, and staff who were not invited yet."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg import errors

from sandbox import nights
from tests.town import Town, world
from tests.warehouse import BOTH

SYNCED = ("classes", "users", "enrollments")


def refused(town: Town, role: str, query: str, *parameters: Any) -> bool:
    """Return whether the server refuses a query to a role."""
    try:
        town.ask(query, *parameters, role=role)
    except errors.InsufficientPrivilege:
        return True
    return False


@BOTH
def test_new_staff_see_their_classes_once_they_have_accepted_an_invitation(synced: Town) -> None:
    staff, students = "role <> 'student'", "role = 'student'"
    assert synced.ask(f"select distinct invitation from roster.users where {staff}") == [("pending",)]
    assert synced.ask(f"select distinct invitation from roster.users where {students}") == [("none",)]
    assert synced.ask("select * from roster.class_lists") == []
    person = synced.one("select user_id from roster.enrollments where role = 'teacher' order by 1 limit 1")
    accept = "select roster.accept_invitation('springfield', %s)"
    assert synced.ask(accept, person, role="rollbook_app") == [(True,)]
    assert synced.ask(accept, person, role="rollbook_app") == [(None,)]
    lists = synced.ask(
        "select teacher_id, count(distinct class_id) from roster.class_lists group by 1", role="rollbook_app"
    )
    taught = "select count(*) from roster.enrollments where role = 'teacher' and user_id = %s"
    assert lists == [(person, synced.one(taught, person))]


def test_a_later_run_keeps_an_invitation_accepted(synced: Town) -> None:
    synced.ask("select roster.accept_invitation(district_id, user_id) from roster.users where role <> 'student'")
    night = nights.evolve(world(), seed=3, percent=5).world
    night.teachers.loc[0, "last"] = "Renamed"
    assert synced.night(night).status == "applied"
    assert synced.ask("select distinct invitation from roster.users where role <> 'student'") == [("accepted",)]


def test_a_district_with_invite_none_has_no_pending_staff(town: Town) -> None:
    town.settle(invite="none")
    town.night(world())
    assert town.ask("select distinct invitation from roster.users") == [("none",)]


def test_the_report_counts_the_staff_to_invite_by_school(town: Town) -> None:
    from pipelines import runs
    from pipelines.report import run_report

    night = town.night(world())
    pending = run_report.facts(runs.load(night.run_id))["invitations"]
    assert sum(row["pending"] for row in pending) == len(world().teachers)
    assert {row["school"] for row in pending} == set(world().schools["name"])


@BOTH
def test_only_one_role_may_read_quarantined_rows(town: Town) -> None:
    assert town.night(world(students=800), dirty=1).status == "applied"
    query = "select count(*) from runs.quarantine"
    assert town.ask(query, role="rollbook_quarantine") == [(town.one(query),)]
    assert town.one(query) > 0
    for role in ("rollbook_reader", "rollbook_app"):
        assert refused(town, role, query)
    assert refused(town, "rollbook_quarantine", "select * from roster.users")


def test_the_reader_role_reads_the_whole_roster_and_writes_nothing(synced: Town) -> None:
    for table in ("schools", "terms", "courses", "classes", "users", "enrollments", "links"):
        count = f"select count(*) from roster.{table}"
        assert synced.ask(count, role="rollbook_reader") == synced.ask(count)
        assert refused(synced, "rollbook_reader", f"delete from roster.{table}")
    assert refused(synced, "rollbook_reader", "update runs.runs set status = 'failed'")
    staged = synced.ask("select tablename from pg_tables where schemaname = 'staging'")
    assert refused(synced, "rollbook_reader", f"select * from staging.{staged[0][0]}")


@BOTH
def test_the_app_role_may_write_local_rows_and_no_synced_rows(synced: Town) -> None:
    before = synced.dump()
    for table in SYNCED:
        assert synced.ask(f"update roster.{table} set status = 'archived' returning 1", role="rollbook_app") == []
        assert synced.ask(f"delete from roster.{table} returning 1", role="rollbook_app") == []
    assert synced.dump() == before
    new = """
        insert into roster.users (district_id, user_id, role, given_name, family_name, origin, status, as_of)
        values ('springfield', gen_random_uuid(), 'student', 'A', 'B', %s, 'active', '2026-09-01') returning user_id
    """
    assert refused(synced, "rollbook_app", new, "synced")
    ((mine,),) = synced.ask(new, "local", role="rollbook_app")
    change = "update roster.users set {} where user_id = %s returning 1"
    assert synced.ask(change.format("family_name = 'C'"), mine, role="rollbook_app") == [(1,)]
    assert refused(synced, "rollbook_app", change.format("origin = 'synced'"), mine)
    for table in ("schools", "terms", "courses", "links"):
        assert refused(synced, "rollbook_app", f"delete from roster.{table}")


@pytest.mark.parametrize("table", ["schools", "terms", "courses", "classes", "users", "enrollments"])
def test_no_role_of_rollbook_may_change_history(synced: Town, table: str) -> None:
    for role in ("rollbook_app", "rollbook_reader", "rollbook_quarantine"):
        assert refused(synced, role, f"delete from history.{table}")


@pytest.mark.parametrize("table", ["runs.decisions", "runs.audit_log", "runs.disclosures", "gradebook.ledger"])
def test_decisions_access_log_disclosures_and_ledger_are_append_only(synced: Town, table: str) -> None:
    for change in ("update {} set at = now()", "delete from {}", "truncate {}"):
        with pytest.raises(errors.InsufficientPrivilege, match=f"{table} is append-only"):
            synced.ask(change.format(table))
