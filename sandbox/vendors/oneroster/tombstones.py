"""What a night withdrew, as it stays behind where a server keeps such rows; and what a night gave back."""

from __future__ import annotations

from sandbox.vendors import people
from sandbox.vendors.behaviour import Behaviour
from sandbox.vendors.changes import Change
from sandbox.vendors.oneroster import rows
from sandbox.vendors.oneroster.rows import Row
from sandbox.vendors.view import View


def tombstones(before: View, after: View, change: Change, behaviour: Behaviour) -> dict[str, dict[str, Row]]:
    """What a night withdrew, by kind and id, as it stays behind where a vendor keeps such rows."""
    of = change.of
    left = {
        "orgs": [row for row in rows.orgs(before, of["schools"].left) if row["sourcedId"] != rows.DISTRICT],
        "courses": rows.courses(before, of["courses"].left),
        "classes": rows.classes(before, of["classes"].left),
        "users": [
            *rows.teachers(before, of["teachers"].left),
            *rows.students(before, of["students"].left, behaviour),
            *rows.guardians(before, _guardians_left(before, after, behaviour)),
        ],
        "enrollments": [*rows.teaching(before, of["classes"].left, behaviour), *rows.seats(before, change.seats_left)],
        "demographics": rows.demographics(before, of["students"].left),
    }
    mark = {"status": "tobedeleted", "dateLastModified": after.moment(after.night)}
    return {kind: {row["sourcedId"]: row | mark for row in found} for kind, found in left.items()}


def _guardians_left(before: View, after: View, behaviour: Behaviour) -> list[people.Guardian]:
    if not behaviour.contacts:
        return []
    known = {one.number for one in people.guardians(after)}
    return [one for one in people.guardians(before) if one.number not in known]


def returned(after: View, change: Change) -> dict[str, list[str]]:
    """The ids that a night gave back, by kind."""
    world, of = after.world, change.of
    students = world.students["student_id"].to_numpy(object)[of["students"].came].tolist()
    families = [people.guardian_id(number) for number in people.numbers(after)[of["students"].came]]
    teaching_ids = [row["sourcedId"] for row in rows.teaching(after, of["classes"].came, Behaviour())]
    return {
        "orgs": world.schools["school_id"].to_numpy(object)[of["schools"].came].tolist(),
        "courses": world.courses["course_id"].to_numpy(object)[of["courses"].came].tolist(),
        "classes": world.classes["class_id"].to_numpy(object)[of["classes"].came].tolist(),
        "users": [
            *world.teachers["teacher_id"].to_numpy(object)[of["teachers"].came],
            *students,
            *filter(None, families),
        ],
        "enrollments": [*teaching_ids, *(row["sourcedId"] for row in rows.seats(after, change.seats_taken))],
        "demographics": students,
    }
