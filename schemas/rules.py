"""The catalogue of row rules: what each rule finds, its severity, who fixes it and how.

Each code has an entry in `docs/runbook.md`.

An `error` quarantines the source row; a `warning` keeps the row and is counted. A `note` is reported once per file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]
Unit = Literal["line", "person", "class", "course", "school", "term"]


@dataclass(frozen=True)
class Rule:
    """One row rule. A district's settings may turn a `relaxable` rule into a warning.

    `unit` is what a finding of the rule counts; an error always counts source lines.
    """

    code: str
    severity: Severity
    owner: str
    what: str
    fix: str
    relaxable: bool = False
    unit: Unit = "line"


_SIS = "SIS administrator"
_SCHOOL = "school office"
_EXPORT = "export script owner"
_INSTRUCTOR = "instructor"

_CATALOGUE = (
    Rule("MISSING_TERM", "error", _SIS, "the row names no term", "fill the term in the SIS export"),
    Rule("MISSING_SCHOOL_ID", "error", _SIS, "the row names no school", "fill the school id in the SIS export"),
    Rule("MISSING_CLASS_ID", "error", _SIS, "the row names no class", "fill the class id, or set class_key"),
    Rule("MISSING_STUDENT_ID", "error", _SIS, "the student has no district-issued id", "issue the id in the SIS"),
    Rule("MISSING_ID", "error", _SIS, "the row has no id of its own", "fill the id in the SIS export"),
    Rule("MISSING_NAME", "error", _SCHOOL, "a person has no first or last name", "fill the name in the SIS"),
    Rule("MISSING_TITLE", "error", _SIS, "a school, term, course or class has no name", "fill the name in the SIS"),
    Rule("MISSING_STAFF_KEY", "error", _SCHOOL, "a teacher has neither id nor email", "fill the email in the SIS"),
    Rule("INVALID_EMAIL", "error", _SCHOOL, "an email address has no usable shape", "correct the address in the SIS"),
    Rule("INVALID_ROLE", "error", _SIS, "the role is not one we know", "use a role of the layout's list"),
    Rule("INVALID_DATE", "error", _SIS, "a date is not written as YYYY-MM-DD", "export dates in ISO form"),
    Rule("ID_MANGLED", "error", _EXPORT, "a spreadsheet has changed the id's digits", "export ids as text"),
    Rule("TOO_LONG", "error", _EXPORT, "a value is longer than any real one", "look for a missing quote in the export"),
    Rule("CONTROL_CHARACTER", "error", _EXPORT, "a value holds control characters", "clean the value in the SIS"),
    Rule("RAGGED_LINE", "error", _EXPORT, "the line has more or fewer fields than the header", "quote the delimiter"),
    Rule(
        "UNKNOWN_SCHOOL", "error", _SIS, "the school is not one this district has", "correct it, or name it in schools:"
    ),
    Rule("UNKNOWN_TERM", "error", _SIS, "the term is not one this district has", "correct it, or name it in terms:"),
    Rule(
        "UNKNOWN_CLASS", "error", _SIS, "the row refers to a class that was not delivered", "export the class as well"
    ),
    Rule(
        "UNKNOWN_USER", "error", _SIS, "the row refers to a person who was not delivered", "export the person as well"
    ),
    Rule(
        "UNKNOWN_COURSE",
        "warning",
        _SIS,
        "the class names a course that was not delivered",
        "export the course as well",
    ),
    Rule("DEPENDS_ON_QUARANTINED", "error", _SIS, "what the row refers to is quarantined", "mend that row first"),
    Rule(
        "ID_TWO_PEOPLE",
        "error",
        _SIS,
        "one id stands for two different people in one delivery",
        "give each their own id",
    ),
    Rule(
        "ID_REUSED", "error", _SIS, "a retired id came back for another person", "issue a new id; ids are never reused"
    ),
    Rule(
        "EMAIL_TWO_STAFF",
        "error",
        _SIS,
        "the row names a teacher only by an email that two staff ids share",
        "fill the staff id, or correct the address",
    ),
    Rule("CLASS_TWO_SCHOOLS", "error", _SIS, "one class id stands in two schools", "make it unique, or set class_key"),
    Rule("CONFLICTING_DUPLICATE", "error", _SIS, "two rows of one key say different things", "remove the wrong row"),
    Rule(
        "CLASS_WITHOUT_TEACHER",
        "error",
        _SCHOOL,
        "the class has no teacher",
        "assign a teacher in the SIS",
        relaxable=True,
    ),
    Rule(
        "MISSING_EMAIL",
        "warning",
        _SCHOOL,
        "the person has no email and cannot log in",
        "fill the email in the SIS, or enter it by hand",
        unit="person",
    ),
    Rule(
        "EMAIL_SHARED",
        "warning",
        _SCHOOL,
        "one email address stands for several people",
        "give each their own address in the SIS",
        unit="person",
    ),
    Rule(
        "CONFLICTING_ATTRIBUTE",
        "warning",
        _EXPORT,
        "rows disagree about a describing value; the most frequent was taken",
        "make the rows agree",
    ),
    Rule(
        "DUPLICATE_ROW",
        "warning",
        _EXPORT,
        "the same row was delivered again and counted once",
        "deduplicate the export",
    ),
    Rule("MISSING_ACTIVITY_ID", "error", _EXPORT, "the row names no activity", "export each activity's own id"),
    Rule("MISSING_POINTS", "error", _INSTRUCTOR, "the activity has no possible points", "enter its possible points"),
    Rule("ACTIVITY_WITHOUT_TITLE", "error", _INSTRUCTOR, "the activity has no title", "give the activity a title"),
    Rule(
        "TITLE_TOO_LONG",
        "error",
        _INSTRUCTOR,
        "the activity's title is longer than the 255 characters that Canvas takes",
        "shorten the title",
    ),
    Rule(
        "INVALID_POINTS",
        "error",
        _EXPORT,
        "points are not a plain decimal number such as 8 or 8.5",
        "export points as plain numbers; leave the cell of a blank empty, and tell excused in its own column",
    ),
    Rule(
        "COMMA_IN_POINTS",
        "error",
        _EXPORT,
        "points are written with a comma, which may mean a tenth or a thousand",
        "export numbers with a decimal point and nothing between thousands",
    ),
    Rule("POINTS_OUT_OF_RANGE", "error", _INSTRUCTOR, "points are beyond ±999,999,999", "correct the points"),
    Rule(
        "POINTS_TOO_FINE", "error", _EXPORT, "points have more than six decimals", "round the points before the export"
    ),
    Rule("NEGATIVE_POINTS", "error", _INSTRUCTOR, "an activity's possible points are negative", "correct the points"),
    Rule(
        "INVALID_KIND",
        "error",
        _EXPORT,
        "the activity is neither poll, quiz nor assignment",
        "export one of these words, or leave the column out",
    ),
    Rule("INVALID_FLAG", "error", _EXPORT, "a yes-or-no column says neither", "export true or false"),
    Rule(
        "INVALID_DUE",
        "error",
        _EXPORT,
        "a due date is neither YYYY-MM-DD nor an ISO date and time with its offset",
        "export dates in ISO form",
    ),
    Rule(
        "EXCUSED_WITH_POINTS",
        "error",
        _INSTRUCTOR,
        "a student is excused and has points, too",
        "take back one of the two",
    ),
    Rule(
        "UNKNOWN_ACTIVITY",
        "error",
        _EXPORT,
        "the score is of an activity that was never delivered",
        "export it as well",
    ),
    Rule(
        "UNKNOWN_STUDENT",
        "error",
        _SIS,
        "the roster has no student of this id",
        "export the student's id as the SIS has it; a new student's scores are taken up once the roster has them",
    ),
    Rule(
        "AMBIGUOUS_STUDENT",
        "error",
        _SIS,
        "the roster's sources know different people by this id",
        "export an id that only one of them has",
    ),
    Rule(
        "AMBIGUOUS_CLASS",
        "error",
        _SIS,
        "the roster's sources know different classes by this id",
        "export an id that only one of them has",
    ),
    Rule(
        "ACTIVITY_TWO_CLASSES",
        "error",
        _EXPORT,
        "one activity id stands in two classes",
        "give the activity an id of its own in each class",
    ),
    Rule(
        "STUDENT_NOT_ENROLLED",
        "warning",
        _SCHOOL,
        "a student has a score in a class they are not enrolled in",
        "enroll the student in the SIS, or leave it: the score is kept",
    ),
    Rule("TRIMMED", "note", _EXPORT, "spaces around values were removed", "nothing; trim in the export if you like"),
    Rule("NAME_NORMALISED", "note", _EXPORT, "names were brought to Unicode NFC", "nothing"),
    Rule("ADMIN_NOT_SYNCED", "note", _SIS, "administrators are never created by a sync", "nothing"),
    Rule("ROLE_NOT_SYNCED", "note", _SIS, "the role has no place in a roster", "nothing"),
    Rule(
        "NEW_SCHOOL",
        "warning",
        _SIS,
        "a school appeared that was never seen before",
        "check that it is real",
        unit="school",
    ),
    Rule(
        "NEW_TERM", "warning", _SIS, "a term appeared that was never seen before", "check that it is real", unit="term"
    ),
)

RULES: dict[str, Rule] = {rule.code: rule for rule in _CATALOGUE}
