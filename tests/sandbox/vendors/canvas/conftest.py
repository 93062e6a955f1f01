from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from sandbox.vendors.handle import Sandbox
from sandbox.vendors.serving import serving

SECONDS = 20


@dataclass(frozen=True)
class Classroom:
    """A course of a small district at Canvas, its students' numbers, and its API."""

    sandbox: Sandbox
    course: int
    students: list[int]

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        url = path if path.startswith("http") else f"{self.sandbox.addresses['canvas']}/api/v1/{path}"
        headers = {"Authorization": f"Bearer {self.sandbox.first.canvas_token}"} | options.pop("headers", {})
        return requests.request(method, url, headers=headers, timeout=options.pop("timeout", SECONDS), **options)

    def here(self, method: str, path: str = "", **options: Any) -> requests.Response:
        """Ask about the course."""
        return self.ask(method, f"courses/{self.course}/{path}", **options)

    def column(self, **fields: Any) -> dict[str, Any]:
        """A new assignment, published, of ten points."""
        usual = {"name": "Quiz", "points_possible": 10, "published": True, "submission_types": ["none"]}
        reply = self.here("POST", "assignments", json={"assignment": usual | fields})
        assert reply.status_code == 201, reply.text
        return dict(reply.json())

    def grade(self, column: dict[str, Any], grades: dict[Any, Any]) -> dict[str, Any]:
        """Grade in bulk, and wait; texts are posted grades."""
        data = {str(user): {"posted_grade": one} if isinstance(one, str) else one for user, one in grades.items()}
        path = f"assignments/{column['id']}/submissions/update_grades"
        reply = self.here("POST", path, json={"grade_data": data})
        assert (reply.status_code, reply.json()["workflow_state"]) == (200, "queued"), reply.text
        return dict(self.ask("GET", reply.json()["url"]).json())

    def read(self, column: dict[str, Any]) -> dict[int, dict[str, Any]]:
        """Every submission to an assignment, by user."""
        path = f"students/submissions?student_ids[]=all&assignment_ids[]={column['id']}&per_page=100"
        return {one["user_id"]: one for one in self.here("GET", path).json()}

    def scores(self, column: dict[str, Any]) -> dict[int, float]:
        """Every score of an assignment, by user."""
        return {user: one["score"] for user, one in self.read(column).items() if one["score"] is not None}

    def graded(self) -> list[dict[str, Any]]:
        return [one for one in self.sandbox.canvas_audit() if one["what"] == "graded"]


@pytest.fixture(scope="session")
def small() -> Iterator[Sandbox]:
    with serving(students=60) as sandbox:
        yield sandbox


@pytest.fixture
def room(small: Sandbox) -> Classroom:
    """A course on its first night, with an empty gradebook."""
    small.reset()
    empty = Classroom(small, 1000, [])
    users = empty.here("GET", "users?enrollment_type[]=student&per_page=100").json()
    assert len(users) >= 4
    small.clear()
    return Classroom(small, 1000, [one["id"] for one in users])
