"""Read scores from Canvas, send scores in bulk, and send single scores where a bulk update broke off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pipelines.canvas.access import was_taken
from pipelines.canvas.pages import GONE, follow
from pipelines.errors import SourceIncomplete, SourceUnavailable
from pipelines.http.client import Client

_PAGE = 100
_COLUMNS_AT_ONCE = 50  # assignments per request: the request's address must not grow without bound
_SIX = Decimal("0.000001")
_REFUSALS = {400, 401, 403, 404, 422}
_RUNNING = {"queued", "running", "waiting_for_external_tool"}


@dataclass(frozen=True)
class Grade:
    """A student's score in a Canvas assignment, as it was entered; None if there is no score.

    It is the score before Canvas deducts anything for lateness.
    """

    score: Decimal | None = None
    excused: bool = False


@dataclass(frozen=True)
class Progress:
    """The state of a bulk update. If the update failed, `trouble` is MISSING, UNPUBLISHED or UNEXPECTED.

    A failed update may still have graded some students.
    """

    done: bool
    trouble: str | None = None


def as_text(score: Decimal) -> str:
    """Return a score as a plain decimal without an exponent, which Canvas always reads (contract 2.1).

    If Canvas can't read a text, it clears the grade without an error. So a number that is not finite raises ValueError.
    """
    if not score.is_finite():
        raise ValueError("a score has to be a finite number")
    text = format(score.quantize(_SIX).normalize() + Decimal(0), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def read_grades(api: Client, course: int, columns: Sequence[int]) -> dict[tuple[int, int], Grade]:
    """Read every student's score in these assignments, keyed by the numbers of assignment and student."""
    grades: dict[tuple[int, int], Grade] = {}
    for start in range(0, len(columns), _COLUMNS_AT_ONCE):
        chosen = columns[start : start + _COLUMNS_AT_ONCE]
        asked = {"student_ids[]": "all", "assignment_ids[]": list(chosen), "per_page": _PAGE}
        for page in follow(api, f"courses/{course}/students/submissions", asked):
            grades.update((_key(row), _grade(row)) for row in page.rows)
    return grades


def send_grades(api: Client, course: int, column: int, grades: Mapping[int, Grade]) -> int | None:
    """Send the scores of one assignment in bulk, keyed by the students' numbers.

    Return the number of Canvas's progress record, or None if Canvas refuses. Raises SourceUnavailable if the answer
    names no progress. The request is safe to repeat: Canvas does not write a score again that it already has.
    """
    target = f"courses/{course}/assignments/{column}/submissions/update_grades"
    fields = {str(number): _fields(grade) for number, grade in grades.items()}
    answer = api.send("POST", target, {"grade_data": fields}, _REFUSALS)
    if not was_taken(answer):
        return None
    if not isinstance(answer.document, dict) or not answer.document.get("id"):
        raise SourceUnavailable("canvas: the answer has no progress id", fix="nothing; the step is tried again")
    return int(answer.document["id"])


def send_grade(api: Client, course: int, column: int, student: int, grade: Grade) -> bool:
    """Send one score; return whether Canvas accepted it."""
    target = f"courses/{course}/assignments/{column}/submissions/{student}"
    return was_taken(api.send("PUT", target, {"submission": _fields(grade)}, _REFUSALS))


def read_progress(api: Client, number: int) -> Progress:
    """Ask Canvas for the state of a bulk update.

    Canvas's message names people, so the result holds only the kind of trouble.
    """
    answer = api.get(f"progress/{number}", expected={GONE})
    if answer.status == GONE:
        return Progress(done=True, trouble="UNEXPECTED")
    document = answer.document if isinstance(answer.document, dict) else {}
    state, message = document.get("workflow_state"), str(document.get("message") or "")
    if state in _RUNNING:
        return Progress(done=False)
    if state == "completed":
        return Progress(done=True)
    if message.startswith("Couldn't find User"):
        return Progress(done=True, trouble="MISSING")
    return Progress(done=True, trouble="UNPUBLISHED" if "not published" in message else "UNEXPECTED")


def _fields(grade: Grade) -> dict[str, Any]:
    """Return either `excuse` or `posted_grade`: both together break off the whole update.

    An empty grade clears the grade at Canvas. Only an undo sends an empty grade on purpose.
    """
    if grade.excused:
        return {"excuse": True}
    return {"posted_grade": "" if grade.score is None else as_text(grade.score)}


def _key(row: Mapping[str, Any]) -> tuple[int, int]:
    try:
        return int(row["assignment_id"]), int(row["user_id"])
    except (KeyError, TypeError, ValueError):
        raise SourceIncomplete("canvas: a submission has no student id", fix="ask Canvas's administrator") from None


def _grade(row: Mapping[str, Any]) -> Grade:
    score = row.get("entered_score", row.get("score"))
    return Grade(None if score is None else Decimal(str(score)).quantize(_SIX), bool(row.get("excused")))
