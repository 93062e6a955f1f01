"""Read from the roster what validate compares a delivery with: schools, terms, and who has which id."""

from __future__ import annotations

import pyarrow as pa
from sqlalchemy import Connection

from pipelines.runs import Run, see_base
from pipelines.store.copy import fetch
from pipelines.store.statements import execute
from pipelines.validate.result import ReferenceData


def read_reference_data(connection: Connection, run: Run, source: str) -> ReferenceData:
    """Return the schools, terms and people of a source as of a run; each is None before the first load."""
    key = {"district_id": run.district_id, "source": source}
    see_base(connection, run)
    schools = frozenset(execute(connection, "validate/reference_data.schools", **key).scalars())
    terms = frozenset(execute(connection, "validate/reference_data.terms", **key).scalars())
    people: pa.Table = fetch(connection, "validate/reference_data.people", **key)
    return ReferenceData(schools=schools or None, terms=terms or None, people=people if people.num_rows else None)
