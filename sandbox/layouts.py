"""A district as the tables its student information system exports: combined, staff, students, SDS v2.1."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.district import GRADES, World

_SDS_GRADES = ("KG", *(f"{grade:02d}" for grade in range(1, 13)))


@dataclass(frozen=True, eq=False)
class Sheet:
    """One table, kept as few distinct rows: a column takes its values from an entity, by the entity's row number."""

    name: str
    columns: dict[str, tuple[str, pa.Array]]  # field -> entity, one value for each row of that entity
    index: dict[str, np.ndarray]  # entity -> its row, for each row of this table
    ragged: dict[int, tuple[str, ...]] = field(default_factory=dict)  # rows that do not keep to the header

    def __len__(self) -> int:
        return len(next(iter(self.index.values())))

    def rows(self, start: int = 0, stop: int | None = None) -> pa.Table:
        """The rows from `start` to `stop`, in full."""
        at = {entity: pa.array(rows[start:stop]) for entity, rows in self.index.items()}
        return pa.table({name: values.take(at[entity]) for name, (entity, values) in self.columns.items()})

    def frame(self) -> pd.DataFrame:
        """All rows as text in pandas."""
        table = self.rows()
        return pd.DataFrame({name: table[name].to_numpy() for name in table.column_names}, dtype=object)

    def with_values(self, change: Callable[[pa.Array], pa.Array]) -> Sheet:
        """The same table with every distinct value changed."""
        columns = {name: (entity, change(values)) for name, (entity, values) in self.columns.items()}
        return Sheet(self.name, columns, self.index, self.ragged)


def from_frame(name: str, frame: pd.DataFrame, ragged: dict[int, tuple[str, ...]] | None = None) -> Sheet:
    """A table of rows that share nothing."""
    columns = {str(column): ("row", _text(frame[column])) for column in frame.columns}
    return Sheet(name, columns, {"row": np.arange(len(frame))}, ragged or {})


def sheets(world: World, layout: str, name: str = "roster") -> list[Sheet]:
    """The tables of a layout; `name` names the one of a layout that has only one."""
    if layout not in LAYOUTS:
        raise ValueError(f"no layout {layout!r}; known: {', '.join(LAYOUTS)}")
    return list(LAYOUTS[layout](world, name))


def by_school(world: World) -> np.ndarray:
    """The students who are present, as an export sorts them: by school, then in the order they came."""
    present = np.flatnonzero(world.students["present"])
    return present[np.argsort(world.students["school"].to_numpy()[present], kind="stable")]


def _combined(world: World, name: str) -> Iterator[Sheet]:
    """One row per student and class (GC-02); optional columns last."""
    order = by_school(world)
    student, course = world.students, world.courses.iloc[world.classes["course"]]
    school, term = world.schools.iloc[world.classes["school"]], world.terms.iloc[world.classes["term"]]
    teacher = world.teachers.iloc[world.classes["teacher"]]
    columns = {
        "term": ("class", _text(term["title"])),
        "school_id": ("class", _text(school["school_id"])),
        "class_name": ("class", _text(world.classes["title"])),
        "class_id": ("class", _text(world.classes["class_id"])),
        "class_period": ("class", _text(world.classes["period"])),
        "student_first": ("student", _text(student["first"])),
        "student_last": ("student", _text(student["last"])),
        "student_id": ("student", _text(student["student_id"])),
        "teacher_first": ("class", _text(teacher["first"])),
        "teacher_last": ("class", _text(teacher["last"])),
        "teacher_email": ("class", _text(teacher["email"])),
        "student_email": ("student", _text(student["email"])),
        "student_grade": ("student", _grades(student, GRADES)),
        "teacher_id": ("class", _text(teacher["teacher_id"])),
        "course_id": ("class", _text(course["course_id"])),
        "course_name": ("class", _text(course["title"])),
        "school_name": ("class", _text(school["name"])),
        "term_start": ("class", _text(term["begins"])),
        "term_end": ("class", _text(term["ends"])),
    }
    columns |= _co_teachers(world)
    seats = world.enrolled[order]
    index = {"student": np.repeat(order.astype(np.int32), seats.shape[1]), "class": seats.ravel()}
    yield Sheet(name, columns, index)


def _co_teachers(world: World) -> dict[str, tuple[str, pa.Array]]:
    joined = world.classes["co_teacher"].to_numpy()
    if not (joined >= 0).any():
        return {}
    staff = world.teachers.iloc[np.maximum(joined, 0)]
    fields = {"co_teacher_first": "first", "co_teacher_last": "last", "co_teacher_email": "email"}
    fields["co_teacher_id"] = "teacher_id"
    return {ours: ("class", _text(np.where(joined >= 0, staff[theirs], ""))) for ours, theirs in fields.items()}


def _staff(world: World, name: str) -> Iterator[Sheet]:
    staff, school = world.teachers, world.schools.iloc[world.teachers["school"]]
    yield _plain(
        name,
        school_id=school["school_id"],
        school_name=school["name"],
        teacher_first=staff["first"],
        teacher_last=staff["last"],
        teacher_id=staff["teacher_id"],
        teacher_email=staff["email"],
    )


def _students(world: World, name: str) -> Iterator[Sheet]:
    student = world.students.iloc[by_school(world)]
    yield _plain(
        name,
        term=np.full(len(student), world.terms["title"].iloc[0]),
        school_id=world.schools["school_id"].iloc[student["school"]],
        student_first=student["first"],
        student_last=student["last"],
        student_id=student["student_id"],
        student_email=student["email"],
        student_grade=np.array(GRADES)[student["grade"]],
    )


def _sds_v21(world: World, _name: str) -> Iterator[Sheet]:
    """Microsoft School Data Sync v2.1: seven files that refer to each other by sourcedId."""
    yield from _sds_frame(world)
    order = by_school(world)
    yield from _sds_people(world, order)
    yield _seats(world, order)


def _sds_frame(world: World) -> Iterator[Sheet]:
    schools = world.schools["school_id"].to_numpy(object)
    year = world.terms["term_id"].iloc[0]
    yield _plain(
        "orgs",
        sourcedId=["district", *schools],
        name=[f"{world.district.title()} School District", *world.schools["name"]],
        type=["district", *["school"] * len(schools)],
        parentSourcedId=["", *["district"] * len(schools)],
    )
    yield _plain(
        "academicSessions",
        sourcedId=world.terms["term_id"],
        title=world.terms["title"],
        type=world.terms["type"],
        schoolYear=np.full(len(world.terms), year[:4]),
        startDate=world.terms["begins"],
        endDate=world.terms["ends"],
    )
    yield _plain(
        "courses",
        sourcedId=world.courses["course_id"],
        orgSourcedId=schools[world.courses["school"]],
        title=world.courses["title"],
        code=world.courses["code"],
        schoolYearSourcedId=np.full(len(world.courses), year),
        subject=np.full(len(world.courses), ""),
        grade=np.array(_SDS_GRADES)[world.courses["grade"]],
    )
    yield _plain(
        "classes",
        sourcedId=world.classes["class_id"],
        orgSourcedId=schools[world.classes["school"]],
        title=world.classes["title"],
        sessionSourcedIds=world.terms["term_id"].iloc[world.classes["term"]],
        courseSourcedId=world.courses["course_id"].iloc[world.classes["course"]],
    )


def _sds_people(world: World, order: np.ndarray) -> Iterator[Sheet]:
    student, staff = world.students.iloc[order], world.teachers
    email = student["email"].to_numpy(object)
    yield _plain(
        "users",
        sourcedId=_both(staff["teacher_id"], student["student_id"]),
        username=_both(staff["email"], np.where(email == "", student["login"], email)),
        givenName=_both(staff["first"], student["first"]),
        familyName=_both(staff["last"], student["last"]),
        activeDirectoryMatchId=np.full(len(staff) + len(student), ""),
        email=_both(staff["email"], email),
    )
    people = len(staff) + len(student)
    yield _plain(
        "roles",
        userSourcedId=_both(staff["teacher_id"], student["student_id"]),
        orgSourcedId=world.schools["school_id"].iloc[np.concatenate([staff["school"], student["school"]])],
        role=np.repeat(["teacher", "student"], [len(staff), len(student)]),
        sessionSourcedId=np.full(people, world.terms["term_id"].iloc[0]),
        grade=_both(np.full(len(staff), ""), np.array(_SDS_GRADES)[student["grade"]]),
        isPrimary=np.full(people, "TRUE"),
        roleStartDate=np.full(people, world.terms["begins"].iloc[0]),
        roleEndDate=np.full(people, world.terms["ends"].iloc[0]),
    )


def _seats(world: World, order: np.ndarray) -> Sheet:
    """SDS enrollments: the teachers first, then every student's classes."""
    joined = np.flatnonzero(world.classes["co_teacher"] >= 0)
    teaching = np.concatenate([np.arange(len(world.classes)), joined])
    teachers = np.concatenate([world.classes["teacher"], world.classes["co_teacher"].to_numpy()[joined]])
    seats = world.enrolled[order]
    people = pa.concat_arrays([_text(world.teachers["teacher_id"]), _text(world.students["student_id"])])
    columns = {
        "classSourcedId": ("class", _text(world.classes["class_id"])),
        "userSourcedId": ("user", people),
        "role": ("role", pa.array(["teacher", "student"])),
    }
    index = {
        "class": np.concatenate([teaching, seats.ravel()]).astype(np.int32),
        "user": np.concatenate([teachers, np.repeat(order, seats.shape[1]) + len(world.teachers)]).astype(np.int32),
        "role": np.repeat(np.array([0, 1], np.int32), [len(teaching), seats.size]),
    }
    return Sheet("enrollments", columns, index)


def _plain(name: str, /, **columns: object) -> Sheet:
    values = {field: ("row", _text(column)) for field, column in columns.items()}
    size = len(next(iter(values.values()))[1])
    return Sheet(name, values, {"row": np.arange(size, dtype=np.int32)})


def _both(staff: object, students: object) -> np.ndarray:
    return np.concatenate([np.asarray(staff, dtype=object), np.asarray(students, dtype=object)])


def _grades(students: pd.DataFrame, labels: tuple[str, ...]) -> pa.Array:
    return pa.array(labels).take(pa.array(students["grade"].to_numpy()))


def _text(values: object) -> pa.Array:
    array = pa.array(np.asarray(values, dtype=object), pa.string())
    return pc.fill_null(array, "")


LAYOUTS: dict[str, Callable[[World, str], Iterator[Sheet]]] = {
    "combined": _combined,
    "staff": _staff,
    "students": _students,
    "sds_v21": _sds_v21,
}
