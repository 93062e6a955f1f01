"""Errors in Airflow's terms: a retry, a failure or a skip. The message of an unexpected error never reaches Airflow."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

from pipelines.errors import Explained, Retry, RollbookError, Skip
from pipelines.settings import PROJECT

log = logging.getLogger(__name__)
Result = TypeVar("Result")
Raised = TypeVar("Raised", bound=AirflowException)


def translate_errors(act: Callable[[], Result]) -> Result:
    """Call `act` and return its result; raise its error as Airflow's retry, failure or skip."""
    try:
        return act()
    except Exception as error:  # noqa: BLE001 - whatever it is, its message must not reach Airflow unread
        translated = _translated(error)
    # Raised outside the `except` block, so that the original error, which may hold a row's values, is not chained.
    raise translated


def _translated(error: Exception) -> AirflowException:
    match error:
        case Retry():
            return explaining(AirflowException(str(error)), error.explained)
        case Skip():
            return explaining(AirflowSkipException(str(error)), error.explained)
        case RollbookError():
            return explaining(AirflowFailException(str(error)), error.explained)
    for frame in traceback.extract_tb(error.__traceback__):
        log.error("at %s:%s in %s", frame.filename, frame.lineno, frame.name)
    explained = _without_values(error)
    return explaining(AirflowFailException(str(explained)), explained)


def explaining(exception: Raised, explained: Explained | None) -> Raised:
    """Put an error's fields on Airflow's exception and return the exception.

    Airflow passes the exception unchanged to the callbacks of its task.
    """
    exception.explained = explained  # type: ignore[attr-defined]  # ours, on an exception of Airflow
    return exception


def explained_by(context: Mapping[str, Any]) -> Explained | None:
    """Return the fields of the error that a callback is called for.

    Returns None in the dag-processor, which has no exception, and for an exception that is not Rollbook's own error.
    """
    found = getattr(context.get("exception"), "explained", None)
    return found if isinstance(found, Explained) else None


def _without_values(error: Exception) -> Explained:
    """Describe an unexpected error by type, code and place only.

    Messages of pandas, drivers and parsers quote the value that they failed on.
    """
    codes = [getattr(getattr(error, "orig", error), name, None) for name in ("sqlstate", "errno")]
    code = "".join(f" {code}" for code in codes if code is not None)
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if _is_ours(Path(frame.filename))] or frames
    place = f"{Path(ours[-1].filename).name}:{ours[-1].lineno} in {ours[-1].name}" if ours else "an unknown place"
    what = f"{type(error).__name__}{code} at {place}. Its message is withheld because it may quote a row"
    return Explained("UNEXPECTED", what, "data engineer", "read the places in the task's log")


def _is_ours(file: Path) -> bool:
    return file.is_relative_to(PROJECT) and "site-packages" not in file.parts
