"""The reasons why a student's score is or is not in Canvas: state, explanation, actor and action (IC-12 to IC-17)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["NOT_SYNCED", "NOT_FOUND", "SYNCED", "ERROR"]


@dataclass(frozen=True)
class Reason:
    """One reason. If nobody has to act, `actor` and `action` are empty."""

    state: State
    explanation: str
    actor: str = ""
    action: str = ""


_NOBODY_TO_ACT = {
    "CONFIRMED": Reason("SYNCED", "Canvas has this score: it was read back."),
    "EXCUSED": Reason("SYNCED", "The student is excused, here and in Canvas: it was read back."),
    "NOT_YET": Reason("NOT_SYNCED", "This activity has not been exported for this student yet."),
    "NO_SCORE": Reason(
        "NOT_SYNCED",
        "There is no score to send; a blank is sent as a zero only where the settings say so and Canvas has no score.",
    ),
    "EXCUSED_IN_CANVAS": Reason("NOT_SYNCED", "Canvas says that the student is excused; a score would take that away."),
    "UNDONE": Reason("NOT_SYNCED", "An export of this score was undone; it is sent again when the score changes."),
}

_CANVAS_DIFFERS = {
    "CHANGED_IN_CANVAS": Reason(
        "NOT_SYNCED",
        "The score was changed in Canvas since it was sent, and the district's settings leave such scores alone.",
        "instructor",
        "change the score in the app or clear the one in Canvas, then export again",
    ),
    "HELD": Reason(
        "NOT_SYNCED",
        "The score was changed in Canvas since it was sent; overwriting it waits for a person.",
        "instructor",
        "let it be overwritten: rollbook grades approve; or change the score in the app",
    ),
}

_PEOPLE = {
    "NOT_IN_CANVAS": Reason(
        "NOT_FOUND",
        "The student is not in the Canvas course: the profile's email or id may differ from Canvas's, or the student "
        "may have dropped the course in Canvas.",
        "student",
        "make the email of the profile the same as in Canvas; if the course was dropped, nothing",
    ),
    "DROPPED": Reason(
        "NOT_FOUND",
        "The student was in the Canvas course and is not any more: dropped there. Otherwise the profile's email or id "
        "may have been changed.",
        "instructor",
        "nothing if the student dropped the course; otherwise enroll the student in Canvas again",
    ),
    "MULTIPLE_ACCOUNTS": Reason(
        "ERROR",
        "Several accounts claim to be the same person; none of them is picked.",
        "support",
        "merge the accounts, or correct their emails and ids",
    ),
    "CONCLUDED": Reason(
        "ERROR",
        "The student's enrollment in Canvas is concluded, and Canvas takes no scores for it.",
        "Canvas administrator",
        "nothing, or reactivate the enrollment in Canvas",
    ),
    "NOT_GRADABLE": Reason(
        "ERROR",
        "Canvas does not let this token grade this student here: another section, or not assigned to the column.",
        "instructor",
        "assign the column to everyone in Canvas, and lift the token owner's limit to a section",
    ),
}

_COLUMNS = {
    "CLOSED_GRADING_PERIOD": Reason(
        "ERROR",
        "The column belongs to a grading period that is closed in Canvas; one without a due date belongs to the last.",
        "Canvas administrator",
        "reopen the grading period, or give the column a due date in an open one",
    ),
    "MODERATED": Reason(
        "ERROR",
        "The column is moderated in Canvas, and its grades are not published.",
        "instructor",
        "publish the grades in Canvas, or switch moderation off",
    ),
    "UNPUBLISHED": Reason(
        "ERROR", "The column was unpublished in Canvas.", "instructor", "publish the column in Canvas"
    ),
    "GRADING_TYPE": Reason(
        "ERROR",
        "The column's grading type was changed in Canvas to one that does not take points.",
        "instructor",
        "set the column's grading type to points in Canvas",
    ),
    "COLUMN_DELETED": Reason(
        "ERROR",
        "The column was deleted in Canvas. It is never created again without being asked for.",
        "instructor",
        "let it be created again: rollbook grades recreate; or deselect the activity: rollbook grades select --off",
    ),
    "COLUMN_REFUSED": Reason(
        "ERROR",
        "Canvas refused to create or to change the column.",
        "instructor",
        "see the run's report; title and due date must be what the account allows",
    ),
}

_SENDING = {
    "NOT_WRITTEN": Reason(
        "ERROR",
        "The score was sent, and Canvas has another one.",
        "data engineer",
        "export again; if it stays, look for another tool that writes the column",
    ),
    "REFUSED": Reason(
        "ERROR",
        "Canvas refused this student's score.",
        "Canvas administrator",
        "see whether the student may be graded in Canvas by hand",
    ),
    "COURSE_FAILED": Reason(
        "ERROR",
        "The export of this course broke off before the score was read back.",
        "data engineer",
        "see the run's report and export again",
    ),
}

REASONS: dict[str, Reason] = {**_NOBODY_TO_ACT, **_CANVAS_DIFFERS, **_PEOPLE, **_COLUMNS, **_SENDING}

# The reasons why a class is not exported at all.
CLASSES = {
    "NOT_INTEGRATED": "it has no Canvas course; see course_map in the settings",
    "NO_ROSTER": "its roster was never synced",
    "ENDED": "its term is over; rollbook grades unarchive keeps it open",
}
