"""The district a night later, and exactly what a correct plan says about the difference.

Nobody is subject to two changes in one night, every class keeps its teacher and at least one untouched student, and
no newcomer resembles anybody who left: so each expected count has one cause, and tests may compare it with `==`.

kind      what happens                                expected
add       a student is new                            users create 1, enrollments create 7
drop      a student has left                          users archive 1, enrollments archive 7
move      another section of one course, or           enrollments move 1
          another school                              users move 1, enrollments archive 7, create 7
rename    a student has a new family name             users update 1
period    a class meets in another period             classes update 1 (nothing in SDS, which has no periods)
rekey     a student's id is replaced                  users rekey 1
return    a student who had left is back              users reactivate 1, enrollments reactivate 7
reassign  the id of one who left, for another person  nothing; from now on 7 combined rows are refused: ID_REUSED
renumber  the SIS is patched: every course and class  courses rekey, classes rekey, each as many as there are
          has a new id; never on a night of period
reissue   new ids for all students who can be told    users rekey 1 each, whether an email or names and classes tell
          apart and to whom nothing else happens
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import numpy as np
import pandas as pd

from sandbox import district, names
from sandbox.district import SLOTS, World

Expected = dict[tuple[str, str], int]
USUAL = ("add", "drop", "move", "rename")


@dataclass(frozen=True)
class Night:
    """A night: the district after it, what the plan must say, and what validation must refuse (rows of combined)."""

    world: World
    expected: Expected
    refused: dict[str, int] = field(default_factory=dict)


@dataclass
class _Draft:
    """The night in the making. `free` are students whom nothing has happened to yet, in random order."""

    world: World
    rng: np.random.Generator
    students: pd.DataFrame
    enrolled: np.ndarray
    classes: pd.DataFrame
    courses: pd.DataFrame
    issued: int
    free: np.ndarray
    gone: np.ndarray
    expected: Counter[tuple[str, str]] = field(default_factory=Counter)


def opening(world: World) -> Expected:
    """What the plan of a first load says: everybody and everything is new."""
    present = int(world.students["present"].sum())
    teaching = len(world.classes) + int((world.classes["co_teacher"] >= 0).sum())
    return {
        ("users", "create"): present + len(world.teachers),
        ("classes", "create"): len(world.classes),
        ("enrollments", "create"): present * SLOTS + teaching,
    }


def evolve(world: World, *, seed: int, percent: float, kinds: Iterable[str] = USUAL) -> Night:
    """Let a night pass that touches `percent` of the students, at least one by each kind; 0 percent changes nothing."""
    kinds = tuple(kinds)
    unknown = sorted(set(kinds) - set(_KINDS))
    if unknown:
        raise ValueError(f"no kind {unknown[0]!r}; known: {', '.join(_KINDS)}")
    draft = _begin(world, np.random.default_rng([seed, 2]))
    touched = max(len(kinds), round(world.students["present"].sum() * percent / 100)) if percent else 0
    for number, kind in enumerate(kind for kind in _KINDS if kind in kinds):
        count = touched // len(kinds) + (number < touched % len(kinds))
        if count:
            _KINDS[kind](draft, count)
    refused = int(draft.students["refused"].sum()) * SLOTS
    return Night(_finish(draft), dict(draft.expected), {"ID_REUSED": refused} if refused else {})


def _begin(world: World, rng: np.random.Generator) -> _Draft:
    present = world.students["present"].to_numpy()
    here = np.flatnonzero(present & ~world.students["refused"])
    # One student of every class is left alone, so that no class loses its last.
    _, first = np.unique(world.enrolled[here].ravel(), return_index=True)
    stays = np.zeros(len(present), bool)
    stays[here[first // SLOTS]] = True
    return _Draft(
        world=world,
        rng=rng,
        students=world.students.copy(),
        enrolled=world.enrolled.copy(),
        classes=world.classes.copy(),
        courses=world.courses.copy(),
        issued=world.issued,
        free=rng.permutation(here[~stays[here]]),
        gone=rng.permutation(np.flatnonzero(~present)),
    )


def _finish(draft: _Draft) -> World:
    return replace(
        draft.world,
        as_of=draft.world.as_of + timedelta(days=1),
        students=draft.students,
        enrolled=draft.enrolled,
        classes=draft.classes,
        courses=draft.courses,
        issued=draft.issued,
    )


def _take(draft: _Draft, count: int, fit: np.ndarray | None = None) -> np.ndarray:
    """Take students nothing has happened to yet, from those who fit (all, by default)."""
    suited = draft.free if fit is None else draft.free[fit[draft.free]]
    if len(suited) < count:
        raise ValueError(f"too few students: {count} are to be changed, {len(suited)} can be")
    taken = suited[:count]
    draft.free = draft.free[~np.isin(draft.free, taken)]
    return taken


def _take_gone(draft: _Draft, count: int) -> np.ndarray:
    if len(draft.gone) < count:
        raise ValueError(f"too few students have left: {count} are asked for, {len(draft.gone)} are there")
    taken, draft.gone = draft.gone[:count], draft.gone[count:]
    return taken


def _drop(draft: _Draft, count: int) -> None:
    who = _take(draft, count)
    draft.students.loc[who, "present"] = False
    draft.expected["users", "archive"] += count
    draft.expected["enrollments", "archive"] += count * SLOTS


def _add(draft: _Draft, count: int) -> None:
    """A new student sits where some classmate sits, and has the name of nobody who is not there any more."""
    mate = draft.rng.choice(draft.free, count)
    school, grade = draft.students["school"].to_numpy()[mate], draft.students["grade"].to_numpy()[mate]
    numbers = np.arange(count) + draft.issued
    new = district.enrol(draft.rng, draft.world.district, numbers, school, grade)
    left = draft.students[~draft.students["present"]]
    taken = set(zip(left["first"], left["last"], strict=True))
    new["last"] = [_unlike(taken, *person) for person in zip(new["first"], new["last"], strict=True)]
    draft.issued += count
    draft.students = pd.concat([draft.students, new], ignore_index=True)
    draft.enrolled = np.vstack([draft.enrolled, draft.enrolled[mate]])
    draft.expected["users", "create"] += count
    draft.expected["enrollments", "create"] += count * SLOTS


def _unlike(taken: set[tuple[str, str]], first: str, last: str) -> str:
    while (first, last) in taken:
        last = _after(names.FAMILY, last, 1)
    return last


def _after(pool: Sequence[str], name: str, skip: int) -> str:
    return pool[(pool.index(name) + skip) % len(pool)]


def _move(draft: _Draft, count: int) -> None:
    """One in three moves is to another school, where the district has one for the grade."""
    world = draft.world
    grade = draft.students["grade"].to_numpy()
    first, last = world.schools["first_grade"].to_numpy(), world.schools["last_grade"].to_numpy()
    levels = np.arange(len(district.GRADES))[:, None]
    offered = ((first <= levels) & (levels <= last)).sum(axis=1)
    # Nobody changes school twice: who goes back would find old seats reactivated, not new ones.
    away = (offered[grade] > 1) & ~draft.students["moved"].to_numpy()
    far = count // 3 if away[draft.free].any() else 0
    _change_school(draft, _take(draft, far, away))
    sections = np.bincount(world.classes["course"])
    splits = sections[world.classes["course"].to_numpy()][draft.enrolled] > 1
    _change_section(draft, _take(draft, count - far, splits.any(axis=1)), splits)


def _change_school(draft: _Draft, who: np.ndarray) -> None:
    """Who changes school sits where some student of the grade sits there."""
    if not len(who):
        return
    grade, school = draft.students["grade"].to_numpy(), draft.students["school"].to_numpy(copy=True)
    seated = np.flatnonzero(draft.students["present"])
    hosts = pd.Series(seated).groupby([grade[seated], school[seated]]).first()
    goes = school.copy()
    for student in who:
        there = hosts[grade[student]].drop(school[student]).to_numpy()
        host = there[draft.rng.integers(len(there))]
        draft.enrolled[student] = draft.enrolled[host]
        goes[student] = school[host]
    draft.students["school"] = goes
    draft.students.loc[who, "moved"] = True
    draft.expected["users", "move"] += len(who)
    draft.expected["enrollments", "archive"] += len(who) * SLOTS
    draft.expected["enrollments", "create"] += len(who) * SLOTS


def _change_section(draft: _Draft, who: np.ndarray, splits: np.ndarray) -> None:
    if not len(who):
        return
    course = draft.world.classes["course"].to_numpy()  # classes are sorted by course
    for student in who:
        slot = draft.rng.choice(np.flatnonzero(splits[student]))
        now = draft.enrolled[student, slot]
        first, last = np.searchsorted(course, [course[now], course[now] + 1])
        draft.enrolled[student, slot] = draft.rng.choice(np.setdiff1d(np.arange(first, last), [now]))
    draft.expected["enrollments", "move"] += len(who)


def _rename(draft: _Draft, count: int) -> None:
    who = _take(draft, count)
    skips = draft.rng.integers(1, len(names.FAMILY), size=count)
    last = draft.students["last"].to_numpy(object, copy=True)
    last[who] = [_after(names.FAMILY, name, skip) for name, skip in zip(last[who], skips, strict=True)]
    draft.students["last"] = last
    draft.expected["users", "update"] += count


def _period(draft: _Draft, count: int) -> None:
    who = draft.rng.permutation(len(draft.classes))[:count]
    period = draft.classes["period"].to_numpy(object, copy=True)
    period[who] = [str(int(now) % SLOTS + 1) for now in period[who]]
    draft.classes["period"] = period
    draft.expected["classes", "update"] += len(who)


def _rekey(draft: _Draft, count: int) -> None:
    """Only of students whom an email and a name of their own still tell apart."""
    alike = draft.students.duplicated(["first", "last"], keep=False)
    _issue(draft, _take(draft, count, (~alike & (draft.students["email"] != "")).to_numpy()))


def _issue(draft: _Draft, who: np.ndarray) -> None:
    ids = draft.students["student_id"].to_numpy(object, copy=True)
    ids[who] = district.student_ids(np.arange(len(who)) + draft.issued)
    draft.issued += len(who)
    draft.students["student_id"] = ids
    draft.expected["users", "rekey"] += len(who)


def _return(draft: _Draft, count: int) -> None:
    who = _take_gone(draft, count)
    draft.students.loc[who, "present"] = True
    draft.expected["users", "reactivate"] += count
    draft.expected["enrollments", "reactivate"] += count * SLOTS


def _reassign(draft: _Draft, count: int) -> None:
    """Another person, of other names, takes the id and the seats; who had the id can't return any more."""
    who = _take_gone(draft, count)
    students = draft.students
    students.loc[who, ["email", "login"]] = ""
    students.loc[who, "first"] = [_after(names.GIVEN, name, 7) for name in students.loc[who, "first"]]
    students.loc[who, "last"] = [_after(names.FAMILY, name, 11) for name in students.loc[who, "last"]]
    students.loc[who, ["present", "refused"]] = True


def _renumber(draft: _Draft, _count: int) -> None:
    if draft.expected["classes", "update"]:
        raise ValueError("a class of another period and another id is another class: renumber without period")
    for told, name in ((draft.classes, "class_id"), (draft.courses, "course_id")):
        told[name] = told[name] + "-R"
    draft.expected["classes", "rekey"] += len(draft.classes)
    draft.expected["courses", "rekey"] += len(draft.courses)


def _reissue(draft: _Draft, _count: int) -> None:
    alike = draft.students.duplicated(["first", "last"], keep=False).to_numpy()
    _issue(draft, _take(draft, int((~alike)[draft.free].sum()), ~alike))


_KINDS: dict[str, Callable[[_Draft, int], None]] = {
    "drop": _drop,
    "rename": _rename,
    "move": _move,
    "add": _add,
    "period": _period,
    "rekey": _rekey,
    "return": _return,
    "reassign": _reassign,
    "renumber": _renumber,
    "reissue": _reissue,
}
