"""What the roster knows before a delivery, for validate to compare with: schools, terms, and who has which id."""

from __future__ import annotations

import pyarrow as pa

from pipelines.claims import Known
from pipelines.store.copy import fetch
from pipelines.store.engine import transaction
from pipelines.store.statements import run


def known(district_id: str, source: str) -> Known:
    """Known schools, terms and people of a source; None for each of them before the first load."""
    key = {"district_id": district_id, "source": source}
    with transaction() as connection:
        schools = frozenset(run(connection, "known.schools", **key).scalars())
        terms = frozenset(run(connection, "known.terms", **key).scalars())
        people: pa.Table = fetch(connection, "known.people", **key)
    return Known(schools=schools or None, terms=terms or None, people=people if people.num_rows else None)
