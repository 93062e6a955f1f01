"""A district's line items and results as OneRoster's rows, of classes and students that are shared."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from sandbox import grades
from sandbox.grades import Grades
from sandbox.vendors.account import Account
from sandbox.vendors.oneroster.rows import Row

CATEGORIES = {"assignment": "Homework & Projects", "poll": "Polls", "quiz": "Quizzes and Tests"}
_OPEN = timedelta(days=7)  # a line item is assigned so long before it is due


def rows_of(kind: str, account: Account) -> Iterator[Row]:
    """All rows of a kind: categories, lineItems or results."""
    made = {"categories": _categories, "lineItems": _items, "results": _results}[kind]
    for row_id, row in made(account):
        yield {"sourcedId": row_id, "status": "active", "dateLastModified": account.view.moment(0)} | row


def book(account: Account) -> Grades:
    """The district's gradebook as it is shared."""
    return account.kept("oneroster gradebook", lambda: _shared(account))


def _shared(account: Account) -> Grades:
    world, view = account.world, account.view
    told = grades.invent(world, account.seed)
    classes = set(world.classes["class_id"].to_numpy(object)[view.rows("classes")])
    students = set(world.students["student_id"].to_numpy(object)[view.students()])
    activities = told.activities[told.activities["class_id"].isin(classes)]
    known = told.scores["activity_id"].isin(activities["activity_id"]) & told.scores["student_id"].isin(students)
    return Grades(activities, told.scores[known])


def _categories(_account: Account) -> Iterator[tuple[str, Row]]:
    for kind, title in CATEGORIES.items():
        yield f"category-{kind}", {"title": title}


def _items(account: Account) -> Iterator[tuple[str, Row]]:
    """Numbers stand as they are told. The standard knows days, and none without a due date: it is the term's last."""
    world = account.world
    terms, ends = (world.terms[name].to_numpy(object) for name in ("term_id", "ends"))
    schools = world.schools["school_id"].to_numpy(object)
    of = {one.class_id: (one.term, one.school) for one in world.classes.itertuples(index=False)}
    for one in book(account).activities.itertuples(index=False):
        term, school = of[one.class_id]
        due = one.due[:10] or str(ends[term])
        yield (
            one.activity_id,
            {
                "title": one.title,
                "description": "",
                "assignDate": (date.fromisoformat(due) - _OPEN).isoformat(),
                "dueDate": due,
                "class": one.class_id,
                "school": schools[school],
                "category": f"category-{one.kind}",
                "gradingPeriod": terms[term],
                "academicSession": terms[term],
                "resultValueMin": "0",
                "resultValueMax": one.points,
            },
        )


def _results(account: Account) -> Iterator[tuple[str, Row]]:
    """Who is exempt has a score all the same, for 1.1 demands one."""
    told = book(account)
    class_of = dict(zip(told.activities["activity_id"], told.activities["class_id"], strict=True))
    for one in told.scores.itertuples(index=False):
        exempt = one.excused == "true"
        yield (
            f"{one.activity_id}_{one.student_id}",
            {
                "lineItem": one.activity_id,
                "student": one.student_id,
                "class": class_of[one.activity_id],
                "scoreStatus": "exempt" if exempt else "fully graded" if one.points else "not submitted",
                "score": "0" if exempt else one.points,
                "scoreDate": account.view.opened.isoformat(),
                "comment": "",
            },
        )
