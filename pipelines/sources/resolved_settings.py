"""Resolve the settings that are in effect: every default, and each source as its kind reads it (CT-06)."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress

from pipelines.errors import SettingsInvalid
from pipelines.settings import District
from pipelines.sources import configured


def effective(district: District) -> dict[str, object]:
    """Return every setting by its key. Secrets are not among the settings."""
    plain: dict[str, object] = district.model_dump(mode="json", by_alias=True)
    with suppress(SettingsInvalid):  # the check of the source's settings reports what is wrong with them
        plain["sources"] = [configured(source).model_dump(mode="json") for source in district.sources]
    return plain


def version(district: District) -> str:
    """Return a short digest of the settings; a run records the digest of the settings that it started with."""
    return hashlib.sha256(json.dumps(effective(district), sort_keys=True).encode()).hexdigest()[:12]
