"""How bytes are read: the settings, the scope and the code that decide what a delivery means.

The same bytes are `unchanged` only when they are also read the same way: a new rule, a corrected column map or an
upgrade of Rollbook makes the night run whole.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache

from pipelines.runs.request import Scope
from pipelines.settings import PROJECT, District, SourceSettings

_DECIDING = ("schemas", "pipelines/sources", "pipelines/validate", "sql/plan", "pipelines/grades/collect", "sql/grades")
_HOW_IT_COMES = {"connection", "completeness", "path", "expected_by", "stale_days"}


def digest(district: District, source: SourceSettings, scope: Scope) -> str:
    """A short digest of everything but the bytes that the plan depends on."""
    facts = {
        "source": source.model_dump(exclude=_HOW_IT_COMES, mode="json"),
        "district": district.model_dump(include={"schools", "terms", "new_schools", "rules", "share"}, mode="json"),
        "scope": scope.model_dump(mode="json"),
        "code": _code(),
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:32]


@cache
def _code() -> str:
    told = hashlib.sha256()
    for room in _DECIDING:
        for path in sorted((PROJECT / room).rglob("*")):
            if path.suffix in {".py", ".sql"}:
                told.update(path.read_bytes())
    return told.hexdigest()
