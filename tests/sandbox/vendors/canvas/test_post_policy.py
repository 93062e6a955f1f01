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


def test_grades_are_held_back_until_somebody_posts_them(room):
    column, user = room.column(), room.students[0]
    told = hold(room, str(column["id"]))["data"]["setAssignmentPostPolicy"]
    assert told == {"postPolicy": {"postManually": True, "assignment": {"_id": str(column["id"])}}, "errors": None}
    assert room.here("GET", f"assignments/{column['id']}").json()["post_manually"]
    room.grade(column, {user: "8"})
    assert room.read(column)[user]["posted_at"] is None


def test_what_was_posted_once_stays_posted(room):
    column, user = room.column(), room.students[0]
    room.grade(column, {user: "8"})
    posted = room.read(column)[user]["posted_at"]
    hold(room, column["id"])
    room.grade(column, {user: "9"})
    assert room.read(column)[user]["posted_at"] == posted


def test_an_id_of_graphql_means_the_same_and_arguments_may_stand_in_the_query(room):
    column = room.column()
    node = base64.b64encode(f"Assignment-{column['id']}".encode()).decode()
    inline = (
        'mutation { setAssignmentPostPolicy(input: {assignmentId: "%s", postManually: true}) { errors { message } } }'
    )
    form = {"query": inline % node}
    reply = room.ask("POST", f"{room.sandbox.addresses['canvas']}/api/graphql", data=form)
    assert reply.json() == {"data": {"setAssignmentPostPolicy": {"errors": None}}}
    asked = {"query": f'{{ assignment(id: "{column["id"]}") {{ name postPolicy {{ postManually }} }} }}'}
    told = room.ask("POST", f"{room.sandbox.addresses['canvas']}/api/graphql", json=asked).json()
    assert told == {"data": {"assignment": {"name": "Quiz", "postPolicy": {"postManually": True}}}}


@pytest.mark.parametrize("kind", ["anonymous_grading", "moderated_grading"])
def test_what_is_anonymous_or_moderated_must_not_post_by_itself(room, kind):
    column = room.column(**{kind: True})
    assert hold(room, column["id"])["data"]["setAssignmentPostPolicy"]["postPolicy"]["postManually"]
    refused = hold(room, column["id"], manually=False)
    assert refused["data"] == {"setAssignmentPostPolicy": None}
    assert "manual post policy" in refused["errors"][0]["message"]


@pytest.mark.parametrize("column_id", ["7", "?", "Zm9v"])
def test_what_is_not_there_is_not_found(room, column_id):
    assert hold(room, column_id)["errors"][0]["message"] == "not found"


def test_who_may_not_grade_finds_nothing_to_hold(room):
    column = room.column()
    room.sandbox.behave(canvas_may_grade=False)
    assert hold(room, column["id"])["errors"][0]["message"] == "not found"
