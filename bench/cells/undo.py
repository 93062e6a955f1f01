"""A run taken back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.cells.night import prepare as prepare
from bench.cells.night import told
from pipelines.operations.undo import undo_run


def work(order: Mapping[str, Any]) -> dict[str, Any]:
    """Take the ordered run back."""
    outcomes = undo_run(order["run_id"], "bench")
    return told(outcomes[0].run_id, outcomes)
