"""The settings as they are in effect: every default, and each source as its kind reads it (CT-06)."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress

from pipelines.errors import SettingsInvalid
from pipelines.settings import District
from pipelines.sources import configured


def effective(district: District) -> dict[str, object]:
    """Everything by its key. Secrets are not among them."""
    plain: dict[str, object] = district.model_dump(mode="json", by_alias=True)
    with suppress(SettingsInvalid):  # the check of the source's settings says what is wrong with them
        plain["sources"] = [configured(source).model_dump(mode="json") for source in district.sources]
    return plain


def version(district: District) -> str:
    """A short digest, by which a run says what settings it was begun with."""
    return hashlib.sha256(json.dumps(effective(district), sort_keys=True).encode()).hexdigest()[:12]
