"""What Canvas remembers of grades: columns, every student's mark in them, bulk jobs, and each real change."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

GRADER = 1  # the user who owns the token
FIRST_COLUMN = 4_000_000


@dataclass(slots=True)
class Mark:
    """A student's place in a column. `score` is `entered_score` less what lateness costs."""

    score: float | None = None
    grade: str | None = None
    entered_score: float | None = None
    entered_grade: str | None = None
    points_deducted: float | None = None
    excused: bool | None = None
    graded_at: str | None = None
    posted_at: str | None = None
    grader_id: int | None = None
    workflow_state: str = "unsubmitted"
    late_policy_status: str | None = None
    seconds_late: int = 0


_UNTOUCHED = Mark()


@dataclass
class Column:
    """An assignment. `assigned` are the students of its overrides, where nobody else has it."""

    id: int
    position: int
    group: int
    created_at: str
    updated_at: str
    name: str
    points_possible: float | None = 0.0
    grading_type: str = "points"
    submission_types: tuple[str, ...] = ("none",)
    published: bool = False
    due_at: str | None = None
    lock_at: str | None = None
    unlock_at: str | None = None
    description: str | None = None
    sis_assignment_id: str | None = None
    integration_id: str | None = None
    integration_data: dict[str, Any] = field(default_factory=dict)
    only_visible_to_overrides: bool = False
    overrides: tuple[frozenset[int], ...] = ()
    omit_from_final_grade: bool = False
    hide_in_gradebook: bool = False
    anonymous_grading: bool = False
    moderated_grading: bool = False
    post_to_sis: bool = False
    grading_standard_id: int | None = None
    post_manually: bool = False
    deleted: bool = False
    marks: dict[int, Mark] = field(default_factory=dict)  # by user

    def mark(self, user: int) -> Mark:
        return self.marks.get(user, _UNTOUCHED)

    def is_for(self, user: int) -> bool:
        """Whether a student has this assignment at all."""
        return not self.only_visible_to_overrides or any(user in some for some in self.overrides)


@dataclass
class Group:
    """A group of assignments."""

    id: int
    name: str
    position: int
    weight: float = 0.0


@dataclass(eq=False)
class Job:
    """A bulk update under way; `grades` are column -> user as addressed -> what is asked of them."""

    id: int
    course: int
    grades: dict[str, dict[str, Any]]
    sections: frozenset[int] | None
    ready_at: float
    polls: int  # that still find it pending
    created_at: str
    updated_at: str
    stuck: bool = False
    aborts_after: int | None = None  # students
    state: str = "queued"
    message: str | None = None


@dataclass(frozen=True)
class Change:
    """One real change: `what` is created, updated, deleted or graded."""

    what: str
    course: int
    assignment: int
    grader: int
    user: int | None = None
    before: float | None = None
    after: float | None = None
    excused_before: bool = False
    excused_after: bool = False
    at: str = ""


@dataclass
class Book:
    """The gradebook of one course; `version` counts every change of it."""

    course: int
    groups: list[Group] = field(default_factory=list)
    columns: dict[int, Column] = field(default_factory=dict)
    jobs: deque[Job] = field(default_factory=deque)  # one runs after the other
    version: int = 1

    def live(self) -> Iterator[Column]:
        """The columns that are not deleted, as the gradebook orders them."""
        places = {group.id: group.position for group in self.groups}
        here = (one for one in self.columns.values() if not one.deleted)
        yield from sorted(here, key=lambda one: (places[one.group], one.position, one.id))


@dataclass
class Gradebook:
    """Everything about grades of one district. Whoever reads or writes it holds the district's lock."""

    books: dict[int, Book] = field(default_factory=dict)  # by the course's number
    seats: dict[tuple[int, int], str] = field(default_factory=dict)  # course and user -> state, where not the usual
    progress: dict[int, Job] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    last: int = FIRST_COLUMN

    def book(self, course: int) -> Book:
        """A course's gradebook; a new one has a group already."""
        if course not in self.books:
            self.books[course] = Book(course, [Group(self.number(), "Assignments", 1)])
        return self.books[course]

    def number(self) -> int:
        """A number that nothing else has."""
        self.last += 1
        return self.last

    def note(self, book: Book, change: Change) -> None:
        """Write a change down; whatever was rendered of the course is old from now on."""
        book.version += 1
        self.changes.append(change)

    def audit(self) -> list[dict[str, Any]]:
        """Every change so far, the oldest first."""
        return [asdict(change) for change in self.changes]


def now() -> str:
    """This moment, as Canvas writes it."""
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
