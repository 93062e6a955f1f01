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
    Rule(
        "MISSING_CLASS_ID",
        "error",
        _SIS,
        "the row names no class",
        "fill the class id, or set class_key in the settings",
    ),
    Rule("MISSING_STUDENT_ID", "error", _SIS, "the student has no district-issued id", "issue the id in the SIS"),
    Rule("MISSING_ID", "error", _SIS, "the row has no id of its own", "fill the id in the SIS export"),
    Rule("MISSING_NAME", "error", _SCHOOL, "a person has no first or last name", "fill the name in the SIS"),
    Rule("MISSING_TITLE", "error", _SIS, "a school, term, course or class has no name", "fill the name in the SIS"),
    Rule("MISSING_STAFF_KEY", "error", _SCHOOL, "a teacher has neither id nor email", "fill the email in the SIS"),
    Rule("INVALID_EMAIL", "error", _SCHOOL, "an email address is not valid", "correct the address in the SIS"),
    Rule("INVALID_ROLE", "error", _SIS, "Rollbook does not know the role", "use a role from the layout's list"),
    Rule("INVALID_DATE", "error", _SIS, "a date is not written as YYYY-MM-DD", "export dates in ISO form"),
    Rule("ID_MANGLED", "error", _EXPORT, "a spreadsheet has changed the id's digits", "export ids as text"),
    Rule(
        "TOO_LONG", "error", _EXPORT, "a value is longer than 255 characters", "search the export for a missing quote"
    ),
    Rule("CONTROL_CHARACTER", "error", _EXPORT, "a value holds control characters", "clean the value in the SIS"),
    Rule(
        "RAGGED_LINE",
        "error",
        _EXPORT,
        "the line has more or fewer fields than the header",
        "quote fields that contain the delimiter",
    ),
    Rule(
        "UNKNOWN_SCHOOL",
        "error",
        _SIS,
        "the district has no school of this id",
        "correct the id, or list it under schools:",
    ),
    Rule(
        "UNKNOWN_TERM", "error", _SIS, "the district has no term of this id", "correct the id, or list it under terms:"
    ),
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
    Rule(
        "DEPENDS_ON_QUARANTINED",
        "error",
        _SIS,
        "the row refers to a quarantined row",
        "correct the quarantined row first",
    ),
    Rule(
        "ID_TWO_PEOPLE",
        "error",
        _SIS,
        "one delivery has two different people under one id",
        "give each person their own id",
    ),
    Rule(
        "ID_REUSED", "error", _SIS, "the id belonged to another person before", "issue a new id; ids are never reused"
    ),
    Rule(
        "EMAIL_TWO_STAFF",
        "error",
        _SIS,
        "the row identifies a teacher only by an email, and two staff ids share the email",
        "fill the staff id, or correct the email",
    ),
    Rule("CLASS_TWO_SCHOOLS", "error", _SIS, "one class id is in two schools", "make the id unique, or set class_key"),
    Rule("CONFLICTING_DUPLICATE", "error", _SIS, "two rows of one key have different values", "remove the wrong row"),
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
        "fill the email in the SIS, or enter the email by hand",
        unit="person",
    ),
    Rule(
        "EMAIL_SHARED",
        "warning",
        _SCHOOL,
        "several people have the same email",
        "give each person their own email in the SIS",
        unit="person",
    ),
    Rule(
        "CONFLICTING_ATTRIBUTE",
        "warning",
        _EXPORT,
        "rows have different values; the most frequent value was used",
        "export the same value in all rows",
    ),
    Rule(
        "DUPLICATE_ROW",
        "warning",
        _EXPORT,
        "the same row was delivered more than once; it counts once",
        "export each row once",
    ),
    Rule("MISSING_ACTIVITY_ID", "error", _EXPORT, "the row names no activity", "export the id of each activity"),
    Rule(
        "MISSING_POINTS",
        "error",
        _INSTRUCTOR,
        "the activity has no possible points",
        "enter the activity's possible points",
    ),
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
        "the points are not a plain decimal number such as 8 or 8.5",
        "export points as plain numbers; leave the cell of a blank empty, and export excused as its own column",
    ),
    Rule(
        "COMMA_IN_POINTS",
        "error",
        _EXPORT,
        "the points have a comma, which may mean decimals or thousands",
        "export numbers with a decimal point and without a thousands separator",
    ),
    Rule("POINTS_OUT_OF_RANGE", "error", _INSTRUCTOR, "the points are beyond ±999,999,999", "correct the points"),
    Rule(
        "POINTS_TOO_FINE",
        "error",
        _EXPORT,
        "the points have more than six decimals",
        "round the points before the export",
    ),
    Rule("NEGATIVE_POINTS", "error", _INSTRUCTOR, "an activity's possible points are negative", "correct the points"),
    Rule(
        "INVALID_KIND",
        "error",
        _EXPORT,
        "the activity's kind is neither poll, quiz nor assignment",
        "export poll, quiz or assignment, or leave the column out",
    ),
    Rule(
        "INVALID_FLAG",
        "error",
        _EXPORT,
        "the value of a yes-or-no column is neither yes nor no",
        "export true or false",
    ),
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
        "a student is excused and also has points",
        "remove the points or the excuse",
    ),
    Rule(
        "UNKNOWN_ACTIVITY",
        "error",
        _EXPORT,
        "the score belongs to an activity that was never delivered",
        "export the activity as well",
    ),
    Rule(
        "UNKNOWN_STUDENT",
        "error",
        _SIS,
        "the roster has no student with this id",
        "export the student's id as in the SIS; once the roster has a new student, the student's scores are accepted",
    ),
    Rule(
        "AMBIGUOUS_STUDENT",
        "error",
        _SIS,
        "the roster's sources have different people with this id",
        "export an id that only one person has",
    ),
    Rule(
        "AMBIGUOUS_CLASS",
        "error",
        _SIS,
        "the roster's sources have different classes with this id",
        "export an id that only one class has",
    ),
    Rule(
        "ACTIVITY_TWO_CLASSES",
        "error",
        _EXPORT,
        "one activity id is in two classes",
        "give the activity a separate id in each class",
    ),
    Rule(
        "STUDENT_NOT_ENROLLED",
        "warning",
        _SCHOOL,
        "a student has a score in a class they are not enrolled in",
        "enroll the student in the SIS; the score is stored in any case",
    ),
    Rule("TRIMMED", "note", _EXPORT, "spaces around values were removed", "nothing"),
    Rule("NAME_NORMALISED", "note", _EXPORT, "names were converted to Unicode NFC", "nothing"),
    Rule("ADMIN_NOT_SYNCED", "note", _SIS, "a sync never creates administrators", "nothing"),
    Rule("ROLE_NOT_SYNCED", "note", _SIS, "people with this role are not part of a roster", "nothing"),
    Rule(
        "NEW_SCHOOL",
        "warning",
        _SIS,
        "a school is new to the roster",
        "check that the school exists",
        unit="school",
    ),
    Rule("NEW_TERM", "warning", _SIS, "a term is new to the roster", "check that the term exists", unit="term"),
)

RULES: dict[str, Rule] = {rule.code: rule for rule in _CATALOGUE}
