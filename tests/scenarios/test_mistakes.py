"""Every mistake that the sandbox makes in a file is found under its code, on its lines, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.sources.layouts import FileLayout, layout
from pipelines.sources.tabular import read
from pipelines.validate.delivery import validate_delivery
from pipelines.validate.result import Validated
from sandbox import defects, district, layouts, write
from schemas.rules import RULES
from tests.delivery import district as settings

# Lines that refer to a quarantined line are quarantined, too: these codes are on lines without a mistake.
_FOLLOWS = {"DEPENDS_ON_QUARANTINED", "UNKNOWN_USER"}


@pytest.mark.parametrize(("name", "seed"), [("combined", 11), ("staff", 11), ("students", 11), ("sds_v21", 5)])
def test_every_mistake_is_found_on_its_own_line(name: str, seed: int, tmp_path: Path) -> None:
    world, chosen = district.generate(seed=seed, students=1500), layout(name)
    judged = _judge(write.write(world, tmp_path, layout=name, dirty=seed), chosen)
    (sheet,) = [sheet for sheet in layouts.sheets(world, name) if defects.spoils(name, sheet.name)]
    injected = defects.spoil(sheet.frame(), seed=seed, layout=name).injected
    wanted = {(line, code) for code, lines in injected.items() if RULES[code].severity == "error" for line in lines}
    rows = [row for row in judged.quarantine.to_pylist() if row["code"] not in _FOLLOWS]
    assert len({code for _, code in wanted}) > 5
    assert {(row["file"], row["line"], row["code"]) for row in rows} == {(f"{sheet.name}.csv", *one) for one in wanted}


def test_a_clean_district_has_no_findings_of_severity_error(tmp_path: Path) -> None:
    world = district.generate(seed=11, students=1500)
    judged = _judge(write.write(world, tmp_path, layout="combined"), layout("combined"))
    assert judged.counts["accepted"] == judged.counts["received"] > 5000
    assert {finding.code for finding in judged.findings} <= {"MISSING_EMAIL"}


def _judge(files: list[Path], chosen: FileLayout) -> Validated:
    ours = [path for path in files if chosen.part_of(path.name) is not None]
    tables = [read(path, path.name, chosen.columns_for(path.name)) for path in ours]
    return validate_delivery(tables, chosen, settings())
