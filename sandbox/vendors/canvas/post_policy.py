"""Whether grades are shown at once: Canvas lets one ask and say that in GraphQL only."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from fastapi import Depends, FastAPI, Request
from graphql import GraphQLError, build_schema, graphql_sync
from starlette.responses import Response

from sandbox.vendors.canvas import bodies
from sandbox.vendors.canvas.answers import Canvas, reply
from sandbox.vendors.canvas.bodies import Body
from sandbox.vendors.canvas.gradebook import GRADER, Book, Change, Column, now
from sandbox.vendors.canvas.records import Campus
from sandbox.vendors.collection import encode

_SCHEMA = build_schema("""
    type Query { assignment(id: ID!): Assignment }
    type Mutation { setAssignmentPostPolicy(input: SetAssignmentPostPolicyInput!): SetAssignmentPostPolicyPayload }
    input SetAssignmentPostPolicyInput { assignmentId: ID!, postManually: Boolean! }
    type SetAssignmentPostPolicyPayload { postPolicy: PostPolicy, errors: [ValidationError!] }
    type PostPolicy { _id: ID!, postManually: Boolean!, assignment: Assignment }
    type Assignment { _id: ID!, id: ID!, name: String, postPolicy: PostPolicy }
    type ValidationError { attribute: String, message: String! }
""")
_BODY = Depends(bodies.read)


def route(app: FastAPI, canvas: Canvas) -> None:
    """Give a server this route."""

    @app.post("/api/graphql")
    def graphql(request: Request, body: Body = _BODY) -> Response:
        def make(campus: Campus) -> Response:
            with campus.account.lock:
                root = {
                    "assignment": lambda _info, id: _tell(_find(campus, id)[1]),  # noqa: A006
                    "setAssignmentPostPolicy": lambda _info, input: _set(campus, input),  # noqa: A006
                }
                done = graphql_sync(_SCHEMA, str(body.get("query")), root, variable_values=body.get("variables"))
            return reply(request, encode(done.formatted))

        return canvas.answer(request, make)


def _set(campus: Campus, given: dict[str, Any]) -> dict[str, Any]:
    """Set a policy; what is anonymous or still moderated must not be shown by itself."""
    book, column = _find(campus, given["assignmentId"])
    manually = bool(given["postManually"])
    if not campus.account.behaviour.canvas_may_grade:
        raise GraphQLError("not found")
    if not manually and column.anonymous_grading:
        raise GraphQLError("Anonymous assignments must use the manual post policy")
    if not manually and column.moderated_grading:
        raise GraphQLError("Moderated assignments with unreleased grades must use the manual post policy")
    if column.post_manually != manually:
        column.post_manually = manually
        campus.account.grades.note(book, Change("updated", book.course, column.id, GRADER, at=now()))
    return {"postPolicy": _tell(column)["postPolicy"], "errors": None}


def _find(campus: Campus, given: str) -> tuple[Book, Column]:
    """A column by its number, or by the number that GraphQL makes of it."""
    number = given if given.isdigit() else _decode(given)
    for book in campus.account.grades.books.values():
        column = book.columns.get(int(number)) if number.isdigit() else None
        if column and not column.deleted:
            return book, column
    raise GraphQLError("not found")


def _decode(given: str) -> str:
    try:
        return base64.b64decode(given, validate=True).decode().removeprefix("Assignment-")
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _tell(column: Column) -> dict[str, Any]:
    node = base64.b64encode(f"Assignment-{column.id}".encode()).decode()
    told: dict[str, Any] = {"_id": column.id, "id": node, "name": column.name}
    told["postPolicy"] = {"_id": column.id, "postManually": column.post_manually, "assignment": told}
    return told
