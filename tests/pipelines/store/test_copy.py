"""COPY preserves every value."""

from __future__ import annotations

import pyarrow as pa
import pytest

from pipelines.store import copy as bulk
from pipelines.store.copy import copy, fetch
from pipelines.store.engine import transaction
from pipelines.store.statements import execute
from tests import warehouse as postgresql

AWKWARD = [
    "",
    None,
    'say "hi"',
    "a,b;c\td",
    "two\nlines",
    "\\N",
    "\\.",
    "NULL",
    "Ñandú 李 😀",
    "  spaced ",
    "{0,1}",
    "'",
]


def test_copy_preserves_every_text_and_distinguishes_null_from_empty(warehouse: str) -> None:
    postgresql.ask(warehouse, "create table roster.awkward (n integer, said text)")
    table = pa.table({"n": pa.array(range(len(AWKWARD)), pa.int32()), "said": AWKWARD})
    with transaction() as connection:
        assert copy(connection, "roster", "awkward", table) == len(AWKWARD)
    assert [said for (said,) in postgresql.ask(warehouse, "select said from roster.awkward order by n")] == AWKWARD


def test_copy_preserves_the_types_of_dictionaries_arrays_dates_and_booleans(warehouse: str) -> None:
    postgresql.ask(warehouse, "create table roster.typed (said text, ns integer[], day date, yes boolean)")
    table = pa.table(
        {
            "said": pa.array(["b", "a", None, "b"]).dictionary_encode(),
            "ns": ["{0,2}", "{}", None, "{1}"],
            "day": pa.array([0, None, 20_000, 1], pa.date32()),
            "yes": [True, False, None, True],
        }
    )
    with transaction() as connection:
        copy(connection, "roster", "typed", table)
    found = postgresql.ask(warehouse, "select said, ns, day::text, yes from roster.typed")
    assert found == [
        ("b", [0, 2], "1970-01-01", True),
        ("a", [], None, False),
        (None, None, "2024-10-04", None),
        ("b", [1], "1970-01-02", True),
    ]


def test_a_table_larger_than_one_chunk_is_copied_completely(warehouse: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "CHUNK_ROWS", 7)
    postgresql.ask(warehouse, "create table roster.many (n integer)")
    with transaction() as connection:
        assert copy(connection, "roster", "many", pa.table({"n": range(30)})) == 30
    assert postgresql.ask(warehouse, "select count(*), sum(n) from roster.many") == [(30, 435)]


def test_copying_an_empty_table_writes_no_row(warehouse: str) -> None:
    with transaction() as connection:
        assert copy(connection, "work", "changes", pa.table({"district_id": pa.array([], pa.string())})) == 0


def test_an_unknown_column_is_refused_and_no_row_is_written(warehouse: str) -> None:
    with pytest.raises(Exception, match="no_such_column"), transaction() as connection:
        copy(connection, "work", "changes", pa.table({"no_such_column": ["x"]}))
    assert postgresql.ask(warehouse, "select count(*) from work.changes") == [(0,)]


def test_fetch_returns_people_as_text_even_with_unusual_names(warehouse: str) -> None:
    for number, name in enumerate(AWKWARD):
        postgresql.ask(
            warehouse,
            """
            with person as (
                insert into roster.users (district_id, user_id, role, given_name, family_name, origin, status, as_of)
                values ('d''1', gen_random_uuid(), 'student', %s, '', 'synced', 'active', '2026-09-01')
                returning user_id
            )
            insert into roster.links select 'd''1', 'users', 'sis_file', %s, user_id, 1, '2026-09-01' from person
            """,
            name,
            f"student:{number}",
        )
    with transaction() as connection:
        execute(connection, "runs/runs.see_base", district_id="d'1", night=None)
        people = fetch(connection, "validate/reference_data.people", district_id="d'1", source="sis_file")
        nobody = fetch(connection, "validate/reference_data.people", district_id="d2", source="sis_file")
    names = dict(zip(people["source_id"].to_pylist(), people["given_name"].to_pylist(), strict=True))
    assert names == {f"student:{number}": name for number, name in enumerate(AWKWARD)}
    assert set(people["family_name"].to_pylist()) == {""}
    assert people.schema.field("email").type == pa.string()
    assert nobody.num_rows == 0
    assert nobody.column_names == people.column_names
