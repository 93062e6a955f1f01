"""Options that several commands share."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import typer

from pipelines.settings import load_district

DistrictOption = Annotated[str, typer.Option("--district", "-d", help="A district that has a settings file.")]
RunOption = Annotated[int, typer.Option("--run", "-r", help="A run's number; `rollbook runs` lists them.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")]
RowsOption = Annotated[int, typer.Option("--rows", min=1, max=100_000, help="Print at most this many rows.")]
DATE = ["%Y-%m-%d"]


def today(district_id: str) -> date:
    """Return today's date in the district's time zone."""
    return datetime.now(load_district(district_id).zone).date()
