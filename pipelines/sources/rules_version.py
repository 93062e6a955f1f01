"""Under which rules bytes are read: the version of our rules, and the settings and scope that decide what bytes mean.

The same bytes are `unchanged` only under the same rules version. A corrected column map, another scope or a raised
`RULES_VERSION` makes the next run read, plan and review the delivery anew.
"""

from __future__ import annotations

import hashlib
import json

from pipelines.runs.request import Scope
from pipelines.settings import District, SourceSettings

# Raise it by hand when the same delivery is to become another plan, such as with a new row rule or another way to
# recognise people. `tests/recorded/outcomes.json` fails as long as an outcome changes and this number does not.
RULES_VERSION = 1

# How a delivery arrives says nothing of what it means.
_ARRIVAL = {"connection", "completeness", "path", "expected_by", "stale_days"}


def rules_version(district: District, source: SourceSettings, scope: Scope) -> str:
    """Return `RULES_VERSION` and a digest of everything but the bytes that the plan depends on, as `1-0a1b…`."""
    facts = {
        "source": source.model_dump(exclude=_ARRIVAL, mode="json"),
        "district": district.model_dump(include={"schools", "terms", "new_schools", "rules", "share"}, mode="json"),
        "scope": scope.model_dump(mode="json"),
    }
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
    return f"{RULES_VERSION}-{digest[:32]}"
