"""The canonical tables that validate hands over for every source. Stage, plan and merge may rely on them."""

from __future__ import annotations

from pandera.pandas import Check, Column, DataFrameSchema

from schemas.entities import DECLARED

ROLES = ("student", "teacher", "aide", "staff")
SEATS = ("student", "teacher", "aide")

_NUMBER_SET = r"^\{(?:\d+(?:,\d+)*)?\}$"


def _number(*, unique: bool = False) -> Column:
    return Column("int32", Check.ge(0), unique=unique)


def _reference() -> Column:
    return Column(float, Check.ge(0), nullable=True, coerce=True)


def _text(*, nullable: bool = False, unique: bool = False) -> Column:
    return Column(str, Check.str_length(1, 600), nullable=nullable, unique=unique)


def _set() -> Column:
    return Column(str, Check.str_matches(_NUMBER_SET))


_NAMED = {"n": _number(unique=True), "source_id": _text(unique=True), "identifier": _text(nullable=True)}


def _texts(entity: str, *required: str) -> dict[str, Column]:
    """Return what every accepted row of an entity has: its number and ids, and its texts, null unless required."""
    return _NAMED | {name: _text(nullable=name not in required) for name in DECLARED[entity].plain}


SCHOOLS = DataFrameSchema(_texts("schools") | {"name": _text(nullable=True)}, strict=True, name="schools")

TERMS = DataFrameSchema(
    _texts("terms", "title") | {"begin_date": Column(object, nullable=True), "end_date": Column(object, nullable=True)},
    strict=True,
    name="terms",
)

COURSES = DataFrameSchema(
    _texts("courses", "title") | {"code": _text(nullable=True), "school_n": _reference()}, strict=True, name="courses"
)

CLASSES = DataFrameSchema(
    _texts("classes", "title") | {"school_n": _number(), "course_n": _reference(), "term_ns": _set()},
    strict=True,
    name="classes",
)

USERS = DataFrameSchema(
    _texts("users", "given_name", "family_name")
    | {"role": Column(str, Check.isin(ROLES)), "email": _text(nullable=True), "school_ns": _set()},
    strict=True,
    name="users",
)

ENROLLMENTS = DataFrameSchema(
    {
        "class_n": _number(),
        "user_n": _number(),
        "role": Column("category", Check.isin(SEATS)),
        "is_primary": Column(bool),
        "begin_date": Column(object, nullable=True),
        "end_date": Column(object, nullable=True),
        "line": Column("int32", Check.ge(1)),
    },
    strict=True,
    unique=["class_n", "user_n", "role"],
    name="enrollments",
)

ROSTER = {schema.name: schema for schema in (SCHOOLS, TERMS, COURSES, CLASSES, USERS, ENROLLMENTS)}
