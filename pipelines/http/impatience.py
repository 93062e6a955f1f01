"""How a vendor is asked while a person waits for the answer: briefly."""

from __future__ import annotations

from pipelines.http.client import Patience

IMPATIENT = Patience(silent_seconds=15, attempts=2, in_all_seconds=30)
