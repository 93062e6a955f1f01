"""Store a person's approval response until it is acted on, because the task that asked may ask again.

Airflow 3.3.2 does this: the scheduler may notice late that a task began to wait. If the task then resumes with the
response, the scheduler takes the resumed task for the waiting one. It marks the task as killed and tries it again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pipelines.store.engine import transaction
from pipelines.store.statements import execute


def keep(district_id: str, asked_by: str, answer: Mapping[str, Any]) -> None:
    """Store the response to an approval request; `asked_by` identifies the request."""
    answer_json = json.dumps(dict(answer), default=str)
    with transaction() as connection:
        execute(
            connection,
            "operations/approval_responses.keep",
            district_id=district_id,
            asked_by=asked_by,
            answer=answer_json,
        )


def kept(district_id: str, asked_by: str) -> dict[str, Any] | None:
    """Return the response to an approval request; None if no response is waiting to be acted on."""
    with transaction() as connection:
        found = execute(connection, "operations/approval_responses.kept", district_id=district_id, asked_by=asked_by)
        answer: dict[str, Any] | None = found.scalar_one_or_none()
    return answer


def forget(district_id: str, asked_by: str) -> None:
    """Delete the response, because the next task has it. A later request with this id is a new one."""
    with transaction() as connection:
        execute(connection, "operations/approval_responses.forget", district_id=district_id, asked_by=asked_by)
