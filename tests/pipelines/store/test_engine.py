"""A transaction is applied completely or not at all, and the driver's errors become Rollbook's errors."""

from __future__ import annotations

import time

import pytest
import sqlalchemy
from sqlalchemy import make_url, text

from pipelines.errors import CredentialsRefused, WarehouseUnavailable
from pipelines.store.engine import dispose, transaction, warehouse_url
from tests import warehouse as postgresql
from tests.warehouse import Server


def do(*statements: str) -> None:
    with transaction() as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_work_is_committed_at_the_end_or_not_at_all(warehouse: str) -> None:
    with pytest.raises(sqlalchemy.exc.DataError):
        do("create table roster.half as select 1 as n", "select 1/0")
    assert postgresql.ask(warehouse, "select to_regclass('roster.half')") == [(None,)]


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_every_usual_form_of_the_url_is_accepted(warehouse: str, monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    written = warehouse.replace("postgresql+psycopg", scheme, 1)
    monkeypatch.setenv("ROLLBOOK_WAREHOUSE_URL", written)
    assert warehouse_url() == warehouse
    with transaction() as connection:
        assert connection.execute(text("select current_database()")).scalar_one() == "night"


def test_a_server_that_does_not_answer_raises_warehouse_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROLLBOOK_WAREHOUSE_URL", "postgresql://me:secret@127.0.0.1:1/none")
    with pytest.raises(WarehouseUnavailable) as raised, transaction():
        pass
    assert "secret" not in str(raised.value)


def test_a_missing_database_raises_credentials_refused(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROLLBOOK_WAREHOUSE_URL", server.url_of("no_such_database"))
    with pytest.raises(CredentialsRefused), transaction():
        pass


@pytest.mark.postgresql_15
def test_a_wrong_password_raises_credentials_refused(server_15: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = make_url(server_15.url).set(password="wrong").render_as_string(hide_password=False)
    monkeypatch.setenv("ROLLBOOK_WAREHOUSE_URL", wrong)
    with pytest.raises(CredentialsRefused), transaction():
        pass


def test_a_terminated_session_raises_warehouse_unavailable(warehouse: str) -> None:
    with pytest.raises(WarehouseUnavailable):
        do("select pg_terminate_backend(pg_backend_pid())")
    do("create table roster.afterwards as select 1 as n")
    assert postgresql.ask(warehouse, "select n from roster.afterwards") == [(1,)]


def test_a_login_without_the_right_raises_credentials_refused(warehouse: str) -> None:
    with pytest.raises(CredentialsRefused, match="this login lacks a right"):
        do("set local role rollbook_reader", "delete from roster.users")


def test_an_error_of_the_database_quotes_no_value_of_a_row(warehouse: str) -> None:
    insert = text(
        "insert into runs.runs (district_id, as_of, status, intent, request)"
        " values (:who, '2026-09-01', :who, 'night', '{}')"
    )
    with pytest.raises(sqlalchemy.exc.IntegrityError) as raised, transaction() as connection:
        connection.execute(insert, {"who": "Milhouse"})
    assert "parameters hidden" in str(raised.value)


def test_temporary_views_are_dropped_at_the_end_of_a_transaction(warehouse: str) -> None:
    with transaction() as connection:
        connection.execute(text("create temporary view staged_users as select 1 as n"))
    with transaction() as connection:
        assert connection.execute(text("select to_regclass('staged_users')")).scalar_one() is None


def test_disposing_closes_every_session(server: Server, warehouse: str) -> None:
    with transaction():
        pass
    assert sessions(server) == 1
    dispose()
    deadline = time.monotonic() + 60  # the server ends a session a moment after its client closed it
    while sessions(server) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert sessions(server) == 0


def sessions(server: Server) -> int:
    """Return the number of sessions on the warehouse, counted from another database."""
    count = "select count(*)::int from pg_stat_activity where datname = 'night'"
    return int(postgresql.ask(server.url, count)[0][0])
