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
        "There is no score to send. If the settings say so and Canvas has no score, a blank is sent as zero.",
    ),
    "EXCUSED_IN_CANVAS": Reason("NOT_SYNCED", "The student is excused in Canvas, and a score would end that."),
    "UNDONE": Reason("NOT_SYNCED", "An export of this score was undone. The score is sent again when it changes."),
}

_CANVAS_DIFFERS = {
    "CHANGED_IN_CANVAS": Reason(
        "NOT_SYNCED",
        "Somebody changed the score in Canvas after it was sent. By the settings, Rollbook does not overwrite it.",
        "instructor",
        "change the score in the app or clear the score in Canvas, then export again",
    ),
    "HELD": Reason(
        "NOT_SYNCED",
        "Somebody changed the score in Canvas after it was sent. Overwriting it needs approval.",
        "instructor",
        "approve the overwriting: rollbook grades approve; or change the score in the app",
    ),
}

_PEOPLE = {
    "NOT_IN_CANVAS": Reason(
        "NOT_FOUND",
        "The student is not in the Canvas course. The profile's email or id may differ from the one in Canvas, or the "
        "student may have dropped the course in Canvas.",
        "student",
        "if the student dropped the course, nothing; otherwise make the profile's email the same as in Canvas",
    ),
    "DROPPED": Reason(
        "NOT_FOUND",
        "The student was in the Canvas course before. The student may have dropped the course, or the profile's email "
        "or id may have changed.",
        "instructor",
        "if the student dropped the course, nothing; otherwise enroll the student in Canvas again",
    ),
    "MULTIPLE_ACCOUNTS": Reason(
        "ERROR",
        "Several accounts match the same person, and Rollbook does not choose between them.",
        "support",
        "merge the accounts, or correct their emails and ids",
    ),
    "CONCLUDED": Reason(
        "ERROR",
        "The student's enrollment in Canvas is concluded, and Canvas accepts no scores for a concluded enrollment.",
        "Canvas administrator",
        "nothing, or reactivate the enrollment in Canvas",
    ),
    "NOT_GRADABLE": Reason(
        "ERROR",
        "Canvas does not allow this token to grade this student: the student is in another section, or the Canvas "
        "assignment is not assigned to the student.",
        "instructor",
        "assign the Canvas assignment to everyone, and remove the token owner's limit to a section",
    ),
}

_COLUMNS = {
    "CLOSED_GRADING_PERIOD": Reason(
        "ERROR",
        "The Canvas assignment belongs to a closed grading period. Without a due date, it belongs to the last period.",
        "Canvas administrator",
        "reopen the grading period, or give the Canvas assignment a due date in an open period",
    ),
    "MODERATED": Reason(
        "ERROR",
        "The Canvas assignment is moderated, and its grades are not published.",
        "instructor",
        "publish the grades in Canvas, or switch off moderation",
    ),
    "UNPUBLISHED": Reason(
        "ERROR", "The Canvas assignment was unpublished.", "instructor", "publish the Canvas assignment"
    ),
    "GRADING_TYPE": Reason(
        "ERROR",
        "The Canvas assignment's grading type was changed to a type without points.",
        "instructor",
        "set the Canvas assignment's grading type to points",
    ),
    "COLUMN_DELETED": Reason(
        "ERROR",
        "The Canvas assignment was deleted. Rollbook creates it again only on request.",
        "instructor",
        "create it again: rollbook grades recreate; or deselect the activity: rollbook grades select --off",
    ),
    "COLUMN_REFUSED": Reason(
        "ERROR",
        "Canvas refused to create or to change the Canvas assignment.",
        "instructor",
        "see the run's report; the account must allow the title and the due date",
    ),
}

_SENDING = {
    "NOT_WRITTEN": Reason(
        "ERROR",
        "The score was sent, and Canvas has another score.",
        "data engineer",
        "export again; if the error stays, search for another tool that writes to the Canvas assignment",
    ),
    "REFUSED": Reason(
        "ERROR",
        "Canvas refused this student's score.",
        "Canvas administrator",
        "check whether the student can be graded by hand in Canvas",
    ),
    "COURSE_FAILED": Reason(
        "ERROR",
        "The export of this course stopped before the score was read back.",
        "data engineer",
        "see the run's report and export again",
    ),
}

REASONS: dict[str, Reason] = {**_NOBODY_TO_ACT, **_CANVAS_DIFFERS, **_PEOPLE, **_COLUMNS, **_SENDING}

# The reasons why a class is not exported at all.
CLASSES = {
    "NOT_INTEGRATED": "the class has no Canvas course; see course_map in the settings",
    "NO_ROSTER": "the roster of the class was never synced",
    "ENDED": "the term of the class is over; rollbook grades unarchive keeps the class open",
}
