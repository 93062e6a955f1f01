"""The template files that a district may start with are accepted unchanged (GC-21)."""

from __future__ import annotations

import pytest

from pipelines.settings import PROJECT
from pipelines.sources.layouts import LAYOUTS, layout
from pipelines.sources.tabular import read
from pipelines.validate.delivery import validate_delivery
from tests.delivery import district

TEMPLATES = PROJECT / "docs" / "templates"
OF_ONE_FILE = [name for name, known in LAYOUTS.items() if known.files == ("",)]


@pytest.mark.parametrize("name", OF_ONE_FILE)
def test_a_template_is_accepted_and_has_every_usual_column(name: str) -> None:
    path = TEMPLATES / f"{name}.csv"
    chosen = layout(name)
    table = read(path, path.name, chosen.columns_for(path.name))
    judged = validate_delivery([table], chosen, district())
    assert judged.counts["received"] == judged.counts["accepted"] == 2
    assert judged.counts["quarantined"] == 0
    assert judged.counts["accepted.users"] > 0
    assert table.facts["ignored_columns"] == []
    assert not [column for column in table.facts["absent_columns"] if not column.startswith("co_teacher_")]


def test_each_layout_of_one_file_has_a_template() -> None:
    assert {"combined", "staff", "students"} <= set(OF_ONE_FILE) == {path.stem for path in TEMPLATES.glob("*.csv")}
