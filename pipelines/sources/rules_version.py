"""Compute the rules version: the version of our rules, and the settings and scope that decide what bytes mean.

The same bytes are `unchanged` only under the same rules version. If a column map is corrected, the scope changes or
`RULES_VERSION` is raised, the next run reads, plans and reviews the delivery again.
"""

from __future__ import annotations

import hashlib
import json

from pipelines.runs.request import Scope
from pipelines.settings import District, SourceSettings

# If the same delivery should give another plan, raise this number by hand: for example, for a new row rule or another
# way to recognise people. If an outcome changes and this number does not, the test of `tests/recorded/outcomes.json`
# fails.
RULES_VERSION = 2

# These settings decide how a delivery arrives, and do not change what it means.
_ARRIVAL = {"connection", "completeness", "path", "expected_by", "stale_days"}


def rules_version(district: District, source: SourceSettings, scope: Scope) -> str:
    """Return `RULES_VERSION` and a digest of everything but the bytes that the plan depends on, as `2-0a1b…`."""
    facts = {
        "source": source.model_dump(exclude=_ARRIVAL, mode="json"),
        "district": district.model_dump(include={"schools", "terms", "new_schools", "rules", "share"}, mode="json"),
        "scope": scope.model_dump(mode="json"),
    }
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
    return f"{RULES_VERSION}-{digest[:32]}"
