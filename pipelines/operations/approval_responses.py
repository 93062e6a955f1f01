"""A person's answer, kept until it is done: who asked may be taken for killed once the answer is in, and asks again.

Seen on Airflow 3.3.2: a scheduler that is late to notice that a task went to wait takes the task that goes on with the
answer for the one that went, calls it killed, and tries it again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pipelines.store.engine import transaction
from pipelines.store.statements import execute


def keep(district_id: str, asked_by: str, answer: Mapping[str, Any]) -> None:
    """Keep the answer to a question; `asked_by` is whose it was."""
    told = json.dumps(dict(answer), default=str)
    with transaction() as connection:
        execute(
            connection, "operations/approval_responses.keep", district_id=district_id, asked_by=asked_by, answer=told
        )


def kept(district_id: str, asked_by: str) -> dict[str, Any] | None:
    """The answer to a question, if it is not done yet."""
    with transaction() as connection:
        found = execute(connection, "operations/approval_responses.kept", district_id=district_id, asked_by=asked_by)
        answer: dict[str, Any] | None = found.scalar_one_or_none()
    return answer


def forget(district_id: str, asked_by: str) -> None:
    """The answer is in good hands; who asks once more, means it."""
    with transaction() as connection:
        execute(connection, "operations/approval_responses.forget", district_id=district_id, asked_by=asked_by)
