"""Canvas's gradebook against answers that were recorded from a real one, and what it makes of posted grades."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

from sandbox.vendors.canvas import marks
from sandbox.vendors.handle import Sandbox

Finding = tuple[str, list[str]]
_VAGUE = {"NoneType"}  # a field that was empty whenever it was recorded may hold anything
_SECONDS = 60


def check_recorded(sandbox: Sandbox, file: Path) -> Iterator[Finding]:
    """One answer of each kind that concerns grades: every recorded field is there, with a type that was recorded."""
    recorded = json.loads(file.read_text(encoding="utf-8"))
    for kind, answer in _answers(sandbox).items():
        if kind in recorded:
            yield kind, list(_faults(answer, recorded[kind]))


def check_marks(_sandbox: Sandbox, file: Path) -> Iterator[Finding]:
    """Every posted grade means the score that it has to."""
    for vector in json.loads(file.read_text(encoding="utf-8"))["vectors"]:
        kind, posted = vector["grading_type"], vector["posted_grade"]
        found = marks.score(kind, vector["points_possible"], posted)
        wanted = vector["expected_score"]
        yield f"{kind} {posted!r}", [] if found == wanted else [f"{found}, not {wanted}"]


def _faults(answer: dict[str, Any], fields: dict[str, list[str]]) -> Iterator[str]:
    for name, types in fields.items():
        if name not in answer:
            yield f"{name}: missing"
        elif set(types) != _VAGUE and (kind := type(answer[name]).__name__) not in types:
            yield f"{name}: {kind}, not {' or '.join(types)}"


def _answers(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    """A column with a grade in it, as each list gives it."""
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {sandbox.first.canvas_token}"
    api = f"{sandbox.addresses['canvas']}/api/v1"

    def ask(method: str, path: str, body: Any = None) -> Any:
        reply = session.request(method, f"{api}/{path}", json=body, timeout=_SECONDS)
        reply.raise_for_status()
        return reply.json()

    course = ask("GET", "courses?per_page=1")[0]["id"]
    (student,) = ask("GET", f"courses/{course}/users?enrollment_type[]=student&per_page=1")
    wanted = {"name": "Quiz", "points_possible": 10, "published": True, "submission_types": ["none"]}
    column = ask("POST", f"courses/{course}/assignments", {"assignment": wanted})["id"]
    grades = {"grade_data": {student["id"]: {"posted_grade": "8"}}}
    progress = ask("POST", f"courses/{course}/assignments/{column}/submissions/update_grades", grades)
    several = ask("GET", f"courses/{course}/students/submissions?student_ids[]=all&assignment_ids[]={column}")
    listed = ask("GET", f"courses/{course}/assignments/{column}/submissions")
    return {
        "Progress(update_grades)": progress,
        "Assignment(list)": ask("GET", f"courses/{course}/assignments")[0],
        "Submission(for_students)": several[0],
        "Submission(list)": listed[0],
    }
