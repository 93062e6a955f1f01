"""The log line of a step."""

from __future__ import annotations

import logging

import pytest

from pipelines.runs import step_log


def test_the_step_log_has_counts_seconds_and_rows_per_second(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        step_log.write("validate", {"received": 3000, "accepted": 2990, "quarantined": 10, "out_of_scope": 0}, 1.5)
        step_log.write("extract", {"files": 1, "bytes": 0}, 0.25)
    assert caplog.messages == [
        "validate: received 3,000, accepted 2,990, quarantined 10 (1.50 s, 2,000 rows/s)",
        "extract: files 1 (0.25 s)",
    ]
