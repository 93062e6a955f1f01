"""Creating, changing and deleting Canvas assignments."""

from __future__ import annotations

import pytest

from sandbox.vendors.canvas import shapes


def make(room, **fields):
    return room.here("POST", "assignments", json={"assignment": fields})


def edit(room, column, **fields):
    return room.here("PUT", f"assignments/{column['id']}", json={"assignment": fields})


def test_a_new_assignment_is_unpublished_without_points_and_in_the_first_group(room):
    (first,) = room.here("GET", "assignment_groups").json()
    reply = make(room, name="Quiz")
    assert reply.status_code == 201
    column = shapes.Assignment.model_validate(reply.json())
    assert (column.published, column.workflow_state, column.points_possible) == (False, "unpublished", 0.0)
    assert (column.assignment_group_id, column.grading_type, column.due_at) == (first["id"], "points", None)


def test_a_new_assignment_has_the_requested_values(room):
    group = room.here("POST", "assignment_groups", json={"name": "Rollbook"}).json()
    column = make(
        room,
        name="Quiz",
        description="made by us",
        points_possible="12.5",
        submission_types="on_paper",
        assignment_group_id=group["id"],
        published=True,
        omit_from_final_grade="true",
        due_at="2026-10-01T17:00:00-05:00",
    ).json()
    assert (column["points_possible"], column["submission_types"], column["published"]) == (12.5, ["on_paper"], True)
    assert (column["assignment_group_id"], column["due_at"]) == (group["id"], "2026-10-01T22:00:00Z")
    assert (column["description"], column["omit_from_final_grade"]) == ("made by us", True)


def test_unknown_keys_are_ignored_silently(room):
    column = make(room, name="Quiz", muted=True, post_manually=True, colour="red").json()
    assert (column["muted"], column["post_manually"]) == (False, False)
    assert "colour" not in column


def test_sis_ids_are_ignored_silently_without_the_right_to_manage_them(room):
    ids = {"sis_assignment_id": "S1", "integration_id": "I1", "integration_data": '{"a": 1}'}
    plain = make(room, name="Quiz", **ids)
    assert plain.status_code == 201
    assert [plain.json()[name] for name in ids] == [None, None, {}]
    room.sandbox.behave(canvas_manage_sis=True)
    managed = make(room, name="Quiz", **ids).json()
    assert [managed[name] for name in ids] == ["S1", "I1", {"a": 1}]
    assert room.here("GET", "assignments/sis_assignment_id:S1").json()["id"] == managed["id"]


def test_a_sis_id_is_unique_across_courses_and_an_integration_id_is_not(room):
    room.sandbox.behave(canvas_manage_sis=True)
    first = make(room, name="Quiz", sis_assignment_id="S1", integration_id="I1").json()
    again = room.ask("POST", "courses/1001/assignments", json={"assignment": {"sis_assignment_id": "S1"}})
    assert (again.status_code, list(again.json()["errors"])) == (400, ["sis_assignment_id"])
    assert edit(room, first, sis_assignment_id="S1", name="Same").status_code == 200
    assert make(room, name="Other", integration_id="I1").status_code == 201
    room.sandbox.fault("409", method="POST", path="/assignments")
    assert make(room).json() == {"message": "Assignment with the given sis_source_id already exists"}


def test_two_assignments_may_have_the_same_title(room):
    one, two = (make(room, name="Quiz").json() for _ in range(2))
    assert one["id"] != two["id"]
    assert [column["name"] for column in room.here("GET", "assignments").json()] == ["Quiz", "Quiz"]


@pytest.mark.parametrize(
    ("fields", "to_blame"),
    [
        ({"name": "x" * 256}, "name"),
        ({"name": ""}, "name"),
        ({"points_possible": -1}, "points_possible"),
        ({"points_possible": 1_000_000_000}, "points_possible"),
        ({"points_possible": "many"}, "points_possible"),
        ({"grading_type": "stars"}, "grading_type"),
        ({"submission_types": ["carrier_pigeon"]}, "submission_types"),
        ({"due_at": "tomorrow"}, "due_at"),
        ({"due_at": "2026-10-01"}, "due_at"),
        ({"due_at": "2026-13-01T00:00:00Z"}, "due_at"),
        ({"unlock_at": "2026-10-02T00:00:00Z", "lock_at": "2026-10-01T00:00:00Z"}, "lock_at"),
    ],
)
def test_invalid_values_are_refused_by_field(room, fields, to_blame):
    reply = make(room, **({"name": "Quiz"} | fields))
    assert (reply.status_code, list(reply.json()["errors"])) == (400, [to_blame])
    assert room.here("GET", "assignments").json() == []


def test_a_name_may_have_255_characters(room):
    assert make(room, name="x" * 255).json()["name"] == "x" * 255


def test_a_due_date_at_midnight_means_the_end_of_the_day_in_the_courses_zone(room):
    assert make(room, name="Quiz", due_at="2026-10-01T00:00:00-05:00").json()["due_at"] == "2026-10-02T04:59:59Z"


def test_an_ungraded_assignment_has_no_points_and_no_submissions(room):
    column = make(room, name="Survey", grading_type="not_graded", points_possible=5).json()
    assert (column["points_possible"], column["submission_types"]) == (None, ["not_graded"])


def test_an_edit_changes_only_the_named_fields_and_blank_points_become_0(room):
    column = room.column(description="kept")
    renamed = edit(room, column, name="Exam")
    assert renamed.status_code == 200
    assert {**renamed.json(), "updated_at": ""} == {**column, "name": "Exam", "updated_at": ""}
    assert edit(room, column, points_possible="").json()["points_possible"] == 0.0


def test_sending_a_due_date_makes_the_assignment_visible_to_everybody(room):
    few = [{"student_ids": room.students[:1]}]
    column = room.column(only_visible_to_overrides=True, assignment_overrides=few)
    assert column["only_visible_to_overrides"]
    assert edit(room, column, name="Exam").json()["only_visible_to_overrides"]
    assert not edit(room, column, due_at="2026-10-01T12:00:00Z").json()["only_visible_to_overrides"]


def test_a_deleted_assignment_is_not_found_and_its_sis_id_is_free(room):
    room.sandbox.behave(canvas_manage_sis=True)
    column = room.column(sis_assignment_id="S1")
    gone = room.here("DELETE", f"assignments/{column['id']}")
    assert (gone.status_code, gone.json()["workflow_state"]) == (200, "deleted")
    for method in ("GET", "PUT", "DELETE"):
        assert room.here(method, f"assignments/{column['id']}").status_code == 404
    assert room.here("GET", "assignments/sis_assignment_id:S1").status_code == 404
    assert room.column(sis_assignment_id="S1")


def test_an_unknown_group_is_not_found(room):
    assert make(room, name="Quiz", assignment_group_id=7).status_code == 404


def test_without_the_right_to_grade_nothing_can_be_created_changed_or_deleted(room):
    column = room.column()
    for status in (403, 401):
        room.sandbox.behave(canvas_may_grade=False, canvas_forbidden=status)
        assert make(room, name="Quiz").status_code == status
        assert edit(room, column, name="Exam").status_code == status
        assert room.here("DELETE", f"assignments/{column['id']}").status_code == status
        assert room.here("POST", "assignment_groups", json={"name": "Ours"}).status_code == status
    assert room.here("GET", f"assignments/{column['id']}").json()["name"] == "Quiz"


def test_a_request_without_an_assignment_is_refused(room):
    reply = room.here("POST", "assignments", json={"name": "Quiz"})
    assert (reply.status_code, reply.json()) == (400, {"errors": [{"message": "assignment is missing"}]})
