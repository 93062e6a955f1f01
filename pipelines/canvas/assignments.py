"""Read, create and change Canvas assignments, which are the columns of a course's gradebook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pipelines.canvas.access import was_taken
from pipelines.canvas.courses import PAGE
from pipelines.canvas.grades import as_text
from pipelines.canvas.pages import read_list
from pipelines.errors import SourceUnavailable
from pipelines.http.client import Answer, Client

_REFUSALS = {400, 401, 403, 404, 409, 422}
_TAKES_POINTS = {"points", "percent"}
_POLICY = (
    "mutation($id: ID!) {setAssignmentPostPolicy(input: {assignmentId: $id, postManually: true}) {errors {message}}}"
)


@dataclass(frozen=True)
class Assignment:
    """A Canvas assignment. If it takes no scores, `obstacle` is the reason."""

    number: int
    title: str
    points: Decimal
    marks: frozenset[str]  # integration id and description: texts that may hold the mark of a NewAssignment
    obstacle: str | None


@dataclass(frozen=True)
class NewAssignment:
    """A Canvas assignment to create. If a request's outcome is unknown, `mark` finds the assignment again."""

    title: str
    points: Decimal
    due_at: str | None
    group: int
    mark: str


def read_assignments(api: Client, course: int) -> list[Assignment]:
    """Read a course's Canvas assignments, with their own dates instead of dates that an override sets."""
    asked = {"per_page": PAGE, "override_assignment_dates": "false"}
    return [_assignment(row) for row in read_list(api, f"courses/{course}/assignments", asked).rows]


def read_group(api: Client, course: int, name: str) -> int:
    """Return the number of the assignment group of this name; create the group if there is none.

    Canvas puts an assignment without a group into the first group of the course.
    """
    target = f"courses/{course}/assignment_groups"
    numbers = [int(row["id"]) for row in read_list(api, target, {"per_page": PAGE}).rows if row.get("name") == name]
    return min(numbers) if numbers else int(_accepted(api.send("POST", target, {"name": name}))["id"])


def create_assignment(api: Client, course: int, new: NewAssignment) -> Assignment | None:
    """Create a Canvas assignment; return None if Canvas refuses.

    Raises SourceUnavailable if it is unknown whether Canvas created the assignment. The request writes the mark twice.
    If the token may not manage SIS ids, Canvas drops the integration id without an error. Students see the
    description, and Canvas never drops it (contract 1.3).
    """
    fields: dict[str, Any] = {
        "name": new.title,
        "points_possible": float(as_text(new.points)),
        "grading_type": "points",
        "submission_types": ["none"],
        "assignment_group_id": new.group,
        "published": True,
        "description": f"<p>Scores are sent here every night. Reference: {new.mark}</p>",
        "integration_id": new.mark,
    }
    if new.due_at:
        fields["due_at"] = new.due_at
    answer = api.send("POST", f"courses/{course}/assignments", {"assignment": fields}, _REFUSALS, repeatable=False)
    return _assignment(_accepted(answer)) if was_taken(answer) else None


def change_column(api: Client, course: int, number: int, title: str, points: Decimal) -> bool:
    """Change an assignment's name and points; return whether Canvas accepted.

    The request sends no other field: a due date that is sent again resets who sees the assignment.
    """
    body = {"assignment": {"name": title, "points_possible": float(as_text(points))}}
    answer = api.send("PUT", f"courses/{course}/assignments/{number}", body, _REFUSALS)
    return was_taken(answer)


def post_manually(api: Client, number: int) -> bool:
    """Make the instructor post an assignment's grades; return whether Canvas accepted.

    Only Canvas's GraphQL API offers this setting.
    """
    answer = api.send("POST", "/api/graphql", {"query": _POLICY, "variables": {"id": str(number)}}, _REFUSALS)
    document = answer.document if isinstance(answer.document, dict) else {}
    data = (document.get("data") or {}).get("setAssignmentPostPolicy") or {}
    return was_taken(answer) and not document.get("errors") and not data.get("errors")


def _assignment(row: Mapping[str, Any]) -> Assignment:
    points = row.get("points_possible")
    texts = (row.get("integration_id"), row.get("description"))
    return Assignment(
        number=int(row["id"]),
        title=str(row.get("name") or ""),
        points=Decimal(str(points)) if points is not None else Decimal(0),
        marks=frozenset(str(text) for text in texts if text),
        obstacle=next(_obstacles(row), None),
    )


def _obstacles(row: Mapping[str, Any]) -> Iterator[str]:
    if row.get("published") is False or row.get("workflow_state") == "unpublished":
        yield "UNPUBLISHED"
    if row.get("grading_type") not in _TAKES_POINTS:
        yield "GRADING_TYPE"
    if row.get("in_closed_grading_period"):
        yield "CLOSED_GRADING_PERIOD"
    if row.get("moderated_grading") and not row.get("grades_published"):
        yield "MODERATED"


def _accepted(answer: Answer) -> Mapping[str, Any]:
    document = answer.document
    if not isinstance(document, dict) or not document.get("id"):
        raise SourceUnavailable("canvas: the answer has no record id", fix="nothing; the step is tried again")
    return document
