"""The reasons why somebody has to act for a student read from Canvas: meaning, actor and action (IC-06 to IC-09)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from schemas.rules import RULES

Actor = Literal["instructor", "student", "Canvas administrator", "support"]

APP = "app"  # the system of people who come from no source


@dataclass(frozen=True)
class Help:
    """The problem, who acts, and what they do."""

    what: str
    actor: Actor
    action: str


REASONS = {
    "NOT_ENROLLED": Help(
        "The student is in the Canvas course, and has no active enrollment here: the enrollment or the account was "
        "archived outside Canvas.",
        "support",
        "reactivate the enrollment or account where it was archived, or remove the student from the Canvas course",
    ),
    "MULTIPLE_ACCOUNTS": Help(
        "Several accounts, here or in Canvas, match the same person, and Rollbook does not choose between them.",
        "support",
        "merge the accounts, or correct their emails and ids",
    ),
}

# Who fixes in Canvas what another owner fixes elsewhere. For any other owner only Rollbook can have made the error, so
# support acts.
_ACTORS: dict[str, Actor] = {
    "SIS administrator": "Canvas administrator",
    "school office": "Canvas administrator",
    "instructor": "instructor",
}


def help_for(reason: str, systems: Sequence[str] = ()) -> Help:
    """Return what a reason means.

    A reason is one of REASONS, `EMAIL_MISMATCH` between Canvas and `systems`, or the code of a row rule.
    """
    if reason == "EMAIL_MISMATCH":
        return _mismatch(systems)
    if reason in REASONS:
        return REASONS[reason]
    rule = RULES[reason]
    return Help(rule.what, _ACTORS.get(rule.owner, "support"), rule.fix)


def _mismatch(systems: Sequence[str]) -> Help:
    others = ["the app" if system == APP else system for system in systems]
    between = " and ".join(filter(None, (", ".join(["Canvas", *others[:-1]]), *others[-1:])))
    return Help(
        f"{between} have different emails of the student.",
        "student" if list(systems) == [APP] else "Canvas administrator",  # a source's emails are not the student's own
        f"make the student's email the same in {between}",
    )
