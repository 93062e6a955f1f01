from __future__ import annotations

import base64

import pytest

SET = """
mutation Hold($input: SetAssignmentPostPolicyInput!) {
  setAssignmentPostPolicy(input: $input) { postPolicy { postManually assignment { _id } } errors { message } }
}
"""


def hold(room, column_id, manually=True):
    variables = {"input": {"assignmentId": column_id, "postManually": manually}}
    reply = room.ask(
        "POST", f"{room.sandbox.addresses['canvas']}/api/graphql", json={"query": SET, "variables": variables}
    )
    assert reply.status_code == 200
    return reply.json()


def test_with_manual_posting_grades_are_hidden_until_they_are_posted(room):
    column, user = room.column(), room.students[0]
    answer = hold(room, str(column["id"]))["data"]["setAssignmentPostPolicy"]
    assert answer == {"postPolicy": {"postManually": True, "assignment": {"_id": str(column["id"])}}, "errors": None}
    assert room.here("GET", f"assignments/{column['id']}").json()["post_manually"]
    room.grade(column, {user: "8"})
    assert room.read(column)[user]["posted_at"] is None


def test_posted_grades_stay_posted(room):
    column, user = room.column(), room.students[0]
    room.grade(column, {user: "8"})
    posted = room.read(column)[user]["posted_at"]
    hold(room, column["id"])
    room.grade(column, {user: "9"})
    assert room.read(column)[user]["posted_at"] == posted


def test_graphql_accepts_global_ids_and_inline_arguments(room):
    column = room.column()
    node = base64.b64encode(f"Assignment-{column['id']}".encode()).decode()
    inline = (
        'mutation { setAssignmentPostPolicy(input: {assignmentId: "%s", postManually: true}) { errors { message } } }'
    )
    form = {"query": inline % node}
    reply = room.ask("POST", f"{room.sandbox.addresses['canvas']}/api/graphql", data=form)
    assert reply.json() == {"data": {"setAssignmentPostPolicy": {"errors": None}}}
    asked = {"query": f'{{ assignment(id: "{column["id"]}") {{ name postPolicy {{ postManually }} }} }}'}
    answer = room.ask("POST", f"{room.sandbox.addresses['canvas']}/api/graphql", json=asked).json()
    assert answer == {"data": {"assignment": {"name": "Quiz", "postPolicy": {"postManually": True}}}}


@pytest.mark.parametrize("kind", ["anonymous_grading", "moderated_grading"])
def test_anonymous_and_moderated_assignments_need_manual_posting(room, kind):
    column = room.column(**{kind: True})
    assert hold(room, column["id"])["data"]["setAssignmentPostPolicy"]["postPolicy"]["postManually"]
    refused = hold(room, column["id"], manually=False)
    assert refused["data"] == {"setAssignmentPostPolicy": None}
    assert "manual post policy" in refused["errors"][0]["message"]


@pytest.mark.parametrize("column_id", ["7", "?", "Zm9v"])
def test_graphql_of_an_unknown_assignment_is_not_found(room, column_id):
    assert hold(room, column_id)["errors"][0]["message"] == "not found"


def test_the_post_policy_needs_the_right_to_grade(room):
    column = room.column()
    room.sandbox.behave(canvas_may_grade=False)
    assert hold(room, column["id"])["errors"][0]["message"] == "not found"
