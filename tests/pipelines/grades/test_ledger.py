"""States of scores change; entries of the ledger are only added."""

from __future__ import annotations

from decimal import Decimal

import psycopg
import pyarrow as pa
import pytest

from pipelines.grades.ledger import as_table, plain
from tests.school import School


def test_a_score_is_written_without_an_exponent() -> None:
    assert [plain(score) for score in (Decimal("1E+3"), Decimal("0.000001"), None)] == ["1000", "0.000001", None]


def test_an_all_null_column_becomes_text() -> None:
    table = as_table({"score": [None, None], "held": [True, False]})
    assert table.schema.types == [pa.string(), pa.bool_()]
    assert as_table({"score": []}).schema.types == [pa.string()]


def test_the_ledger_has_one_entry_for_each_act(here: School) -> None:
    here.score("quiz-1", {0: 8})
    here.export()
    here.score("quiz-1", {0: 9})
    here.export()
    here.export()
    acts = here.town.ask("select act, old, new, reason from gradebook.ledger where new is not null order by entry_id")
    assert acts == [
        ("send", None, 8, None),
        ("read", None, 8, "CONFIRMED"),
        ("send", 8, 9, None),
        ("read", None, 9, "CONFIRMED"),
    ]


@pytest.mark.parametrize("change", ["update gradebook.ledger set new = 0", "delete from gradebook.ledger"])
def test_ledger_entries_can_not_be_changed_or_removed(here: School, change: str) -> None:
    here.score("quiz-1", {0: 8})
    here.export()
    with pytest.raises(psycopg.Error, match="append-only"):
        here.town.ask(f"{change} returning 1")
