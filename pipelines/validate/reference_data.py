"""What the roster knows before a delivery, for validate to compare with: schools, terms, and who has which id."""

from __future__ import annotations

import pyarrow as pa
from sqlalchemy import Connection

from pipelines.runs import Run, see_base
from pipelines.sources.assertions import ReferenceData
from pipelines.store.copy import fetch
from pipelines.store.engine import transaction
from pipelines.store.statements import execute


def known(run: Run, source: str) -> ReferenceData:
    """Known schools, terms and people of a source on a night; None for each of them before the first load."""
    with transaction() as connection:
        return reference_data_in(connection, run, source)


def reference_data_in(connection: Connection, run: Run, source: str) -> ReferenceData:
    """The same, in the caller's transaction."""
    key = {"district_id": run.district_id, "source": source}
    see_base(connection, run)
    schools = frozenset(execute(connection, "validate/reference_data.schools", **key).scalars())
    terms = frozenset(execute(connection, "validate/reference_data.terms", **key).scalars())
    people: pa.Table = fetch(connection, "validate/reference_data.people", **key)
    return ReferenceData(schools=schools or None, terms=terms or None, people=people if people.num_rows else None)
