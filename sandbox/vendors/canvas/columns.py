"""Assignments and their groups as Canvas's records, and which of them a request means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sandbox.vendors.canvas import periods
from sandbox.vendors.canvas.gradebook import Book, Column, Group
from sandbox.vendors.canvas.records import Campus, Record
from sandbox.vendors.canvas.refusals import Refused

NAME_LENGTH = 255
_SIS = "sis_assignment_id:"
_NEVER = [
    "anonymous_instructor_annotations",
    "anonymous_peer_reviews",
    "automatic_peer_reviews",
    "due_date_required",
    "has_overrides",
    "has_submitted_submissions",
    "important_dates",
    "intra_group_peer_reviews",
    "is_quiz_assignment",
    "locked_for_user",
    "peer_reviews",
    "new_quizzes_anonymous_participants",
    "require_lockdown_browser",
    "restrict_quantitative_data",
    "suppress_assignment",
    "grader_comments_visible_to_graders",
    "grade_group_students_individually",
    "graders_anonymous_to_graders",
]
_ALWAYS = ("can_duplicate", "grader_names_visible_to_final_grader", "unpublishable")
_EMPTY = [
    "annotatable_attachment_id",
    "final_grader_id",
    "group_category_id",
    "original_assignment_id",
    "original_assignment_name",
    "original_course_id",
    "original_lti_resource_link_id",
    "original_quiz_id",
    "peer_reviews_assign_at",
]
_ZERO = ("grader_count", "needs_grading_count", "peer_review_count")
_SAME = [
    "name",
    "position",
    "points_possible",
    "grading_type",
    "published",
    "due_at",
    "lock_at",
    "unlock_at",
    "description",
    "created_at",
    "updated_at",
    "only_visible_to_overrides",
    "omit_from_final_grade",
    "hide_in_gradebook",
    "anonymous_grading",
    "moderated_grading",
    "post_to_sis",
    "grading_standard_id",
    "post_manually",
]


def find(book: Book, assignment_id: str) -> Column | None:
    """A column that is not deleted, by number or by SIS id."""
    if assignment_id.startswith(_SIS):
        key = assignment_id.removeprefix(_SIS)
        return next((one for one in book.live() if one.sis_assignment_id == key), None)
    column = book.columns.get(int(assignment_id)) if assignment_id.isdigit() else None
    return None if column is None or column.deleted else column


def get(book: Book, assignment_id: str) -> Column:
    """The same. 404: there is none."""
    column = find(book, assignment_id)
    if column is None:
        raise Refused(404)
    return column


def record(campus: Campus, book: Book, column: Column) -> Record:
    """An assignment. SIS ids are there for those who may read them."""
    url = f"{campus.host}/courses/{book.course}"
    made: Record = {
        "id": column.id,
        "course_id": book.course,
        "assignment_group_id": column.group,
        "submission_types": list(column.submission_types),
        "workflow_state": "deleted" if column.deleted else "published" if column.published else "unpublished",
        "html_url": f"{url}/assignments/{column.id}",
        "submissions_download_url": f"{url}/assignments/{column.id}/submissions?zip=1",
        "speed_grader_url": f"{url}/gradebook/speed_grader?assignment_id={column.id}",
        "max_name_length": NAME_LENGTH,
        "allowed_attempts": -1,
        "anonymize_students": column.anonymous_grading,
        "muted": column.post_manually,
        "visible_to_everyone": not column.only_visible_to_overrides,
        "in_closed_grading_period": periods.is_closed(campus.account.behaviour, column.due_at),
        "graded_submissions_exist": any(mark.workflow_state == "graded" for mark in column.marks.values()),
    }
    made |= {name: getattr(column, name) for name in _SAME}
    made |= dict.fromkeys(_NEVER, False) | dict.fromkeys(_ALWAYS, True)
    made |= dict.fromkeys(_EMPTY) | dict.fromkeys(_ZERO, 0)
    made["has_overrides"] = bool(column.overrides)
    sis = ("sis_assignment_id", "integration_id", "integration_data")
    return made | campus.sis(**{name: getattr(column, name) for name in sis})


def group(one: Group) -> Record:
    """A group of assignments."""
    kept = {"id": one.id, "name": one.name, "position": one.position, "group_weight": one.weight}
    return kept | {"sis_source_id": None, "integration_data": {}, "rules": {}}


def choose(book: Book, search: str, ids: list[str], bucket: str, order: str) -> Iterator[Column]:
    """The columns that a list shows: a search looks at titles only."""
    found: Iterable[Column] = book.live()
    if order in ("name", "due_at"):
        found = sorted(found, key=lambda one: (str(getattr(one, order) or "~"), one.id))
    for column in found:
        named = not ids or str(column.id) in ids
        if named and search.lower() in column.name.lower() and (bucket != "undated" or column.due_at is None):
            yield column
