"""Which students of a course a grader reaches, by number."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from sandbox.vendors import ids
from sandbox.vendors.canvas import find, records
from sandbox.vendors.canvas.records import Campus

GRADABLE = ("active", "invited", "inactive")  # not who has completed the course, was deleted or declined
LISTED = (*GRADABLE, "completed")
_LOGIN = "sis_login_id:"


def students(
    campus: Campus, course: int, states: Iterable[str], sections: frozenset[int] | None = None
) -> frozenset[int]:
    """The students of a course, or of some of its sections, whose enrollment is in one of these states."""
    states = tuple(states)

    def look() -> frozenset[int]:
        row = find.row(campus, "courses", str(course))[0]
        classes = np.flatnonzero(campus.world.classes["course"].to_numpy() == row)
        if sections is not None:
            classes = classes[np.isin(ids.canvas_rows("section", classes), list(sections))]
        seats = records.seats(campus, classes, states)
        return frozenset(int(campus.users["student"][seat.row]) for seat in seats if seat.kind == "student")

    return campus.account.kept(("canvas", "students", course, states, sections), look)


def number(campus: Campus, addressed: str) -> int | None:
    """Whom a key of `grade_data` means: a number, a SIS id, or a login in any case."""
    if addressed.isdigit():
        return int(addressed)
    if addressed.startswith(_LOGIN):
        return campus.account.kept(("canvas", "logins"), lambda: _logins(campus)).get(
            addressed.removeprefix(_LOGIN).lower()
        )
    return find.number(campus, addressed)


def _logins(campus: Campus) -> dict[str, int]:
    rows = campus.account.view.students()
    made = (records.user(campus, "student", int(row)) for row in rows)
    return {str(one["login_id"]).lower(): one["id"] for one in made}
