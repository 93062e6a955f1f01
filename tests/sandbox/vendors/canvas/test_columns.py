"""Which columns a list shows, and in which order."""

from __future__ import annotations

import pytest

from sandbox.vendors.canvas import shapes


def names(reply):
    return [one["name"] for one in reply.json()]


def test_every_column_and_every_group_has_its_shape(room):
    room.column(due_at="2026-10-01T12:00:00Z")
    for path, shape in (("assignments", shapes.Assignment), ("assignment_groups", shapes.AssignmentGroup)):
        rows = room.here("GET", path).json()
        assert rows
        for row in rows:
            shape.model_validate(row)


def test_columns_come_in_the_order_of_their_groups_or_as_one_asks(room):
    later = room.here("POST", "assignment_groups", json={"name": "Later"}).json()
    room.column(name="B", assignment_group_id=later["id"])
    room.column(name="C", due_at="2026-10-02T12:00:00Z")
    room.column(name="A", due_at="2026-10-01T12:00:00Z")
    assert names(room.here("GET", "assignments")) == ["C", "A", "B"]
    assert names(room.here("GET", "assignments?order_by=name")) == ["A", "B", "C"]
    assert names(room.here("GET", "assignments?order_by=due_at")) == ["A", "C", "B"]
    assert names(room.here("GET", f"assignment_groups/{later['id']}/assignments")) == ["B"]


def test_a_search_looks_at_titles_only(room):
    room.column(name="Poll 7", description="quiz")
    room.column(name="QUIZ", description="poll")
    assert names(room.here("GET", "assignments?search_term=quiz")) == ["QUIZ"]


def test_no_list_filters_by_an_id_of_a_sis(room):
    room.sandbox.behave(canvas_manage_sis=True)
    room.column(name="A", integration_id="I1")
    room.column(name="B")
    assert names(room.here("GET", "assignments?integration_id=I1&sis_assignment_id=S1")) == ["A", "B"]


def test_parameters_about_dates_and_extras_are_taken(room):
    room.column()
    assert names(room.here("GET", "assignments?override_assignment_dates=false&include[]=all_dates")) == ["Quiz"]


def test_ids_must_all_be_on_the_page_and_no_more_than_it_holds(room):
    ids = [room.column(name=str(at))["id"] for at in range(3)]
    asked = "&".join(f"assignment_ids[]={one}" for one in ids)
    assert names(room.here("GET", f"assignments?{asked}")) == ["0", "1", "2"]
    short = room.here("GET", f"assignments?{asked}&per_page=2")
    assert (short.status_code, short.json()) == (400, {"message": f"Invalid assignment_ids: {ids[2]}"})
    gone = room.here("GET", f"assignments?{asked}&assignment_ids[]=7")
    assert (gone.status_code, gone.json()) == (400, {"message": "Invalid assignment_ids: 7"})
    room.sandbox.behave(canvas_per_page=2)
    many = room.here("GET", f"assignments?{asked}")
    assert many.json() == {"message": "Request contains too many assignment_ids.  Limit 2"}


def test_a_bucket_nobody_knows_is_refused(room):
    room.column(name="A")
    room.column(name="B", due_at="2026-10-01T12:00:00Z")
    assert room.here("GET", "assignments?bucket=pail").status_code == 400
    assert names(room.here("GET", "assignments?bucket=undated")) == ["A"]


@pytest.mark.parametrize("pages", ["number", "bookmark"])
def test_columns_come_in_pages(room, pages):
    made = [room.column(name=str(at))["id"] for at in range(5)]
    room.sandbox.behave(canvas_pages=pages)
    path, found = "assignments?per_page=2", []
    reply = room.here("GET", path)
    while True:
        found += [one["id"] for one in reply.json()]
        if "next" not in reply.links:
            break
        reply = room.ask("GET", reply.links["next"]["url"])
    assert found == made


def test_who_may_not_read_sis_ids_does_not_see_them_in_columns(room):
    room.sandbox.behave(canvas_sis_ids=False)
    assert not {"sis_assignment_id", "integration_id", "integration_data"} & room.column().keys()


def test_a_course_goes_by_its_sis_id_and_a_column_only_in_its_course(room):
    column, sis = room.column(), room.here("GET").json()["sis_course_id"]
    assert room.ask("GET", f"courses/sis_course_id:{sis}/assignments/{column['id']}").json()["id"] == column["id"]
    assert room.ask("GET", f"courses/1001/assignments/{column['id']}").status_code == 404
    assert room.ask("GET", "courses/7/assignments").status_code == 404
    assert room.here("GET", "assignments/first").status_code == 404


def test_a_column_tells_that_it_has_grades(room):
    column = room.column()
    assert not column["graded_submissions_exist"]
    room.grade(column, {room.students[0]: "8"})
    assert room.here("GET", f"assignments/{column['id']}").json()["graded_submissions_exist"]
