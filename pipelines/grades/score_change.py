"""Decide about one student's score in one Canvas assignment: what is sent, and the reason for its state.

The functions are pure, so that tests can cover every case.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from pipelines.canvas.courses import Person
from pipelines.canvas.grades import Grade

NOTHING = Grade()
_ZERO = Grade(Decimal(0))


@dataclass(frozen=True)
class Recorded:
    """What earlier runs recorded about a score in Canvas.

    `sent` is the score that was sent last; it is empty before the first export. `replaced` is the score that `sent`
    should replace. It is set until somebody has read `sent` back: until then the score may not have arrived.

    `taken_back` is the score that an undo removed. `approved` is the score that a person allowed to overwrite.
    """

    sent: Grade = NOTHING
    replaced: Grade | None = None
    taken_back: Grade | None = None
    approved: Grade | None = None


@dataclass(frozen=True)
class Policy:
    """The settings that decide: `changed` is `overwrite`, `skip` or `hold`; `zeros` is for students without a score."""

    changed: str = "overwrite"
    zeros: bool = False


@dataclass(frozen=True)
class Decision:
    """A reason of `schemas.grade_states`, or a score to send (`send`) that differs from the one in Canvas."""

    reason: str | None = None
    send: Grade | None = None
    drifted: bool = False  # Canvas has neither the sent nor the replaced score: somebody changed it (IC-21)


def decide(
    wanted: Grade, person: Person | str, there: Grade | None, recorded: Recorded, rules: tuple[Policy, str | None]
) -> Decision:
    """Decide about one score: `wanted` is the score here, `there` is the score in Canvas.

    If `there` is None, the column has no row of the student in Canvas yet. `rules` are the policy and the reason why
    the column takes no scores, or None. No score is ever cleared, and no excused student loses the excuse.
    """
    policy, obstacle = rules
    if isinstance(person, str):
        return Decision(person)
    now = there or NOTHING
    if wanted == NOTHING and policy.zeros and now in (NOTHING, _ZERO):
        wanted = _ZERO
    if wanted == NOTHING:
        return Decision("NO_SCORE")
    if is_same(wanted, now):
        return Decision("EXCUSED" if wanted.excused else "CONFIRMED")
    refused = _refusal(wanted, person, now, recorded)
    if refused or obstacle:
        return Decision(refused or obstacle)
    if there is None or now in (recorded.sent, recorded.replaced):
        return Decision(send=wanted)
    return _overwrite(wanted, now, recorded, policy)


def is_same(wanted: Grade, now: Grade) -> bool:
    """Return whether Canvas has what it should.

    For an excused student only the excuse counts: Canvas may store a score that nobody sees.
    """
    return now.excused if wanted.excused else wanted == now


def _refusal(wanted: Grade, person: Person, now: Grade, recorded: Recorded) -> str | None:
    if person.state == "completed":
        return "CONCLUDED"
    if now.excused:
        return "EXCUSED_IN_CANVAS"
    return "UNDONE" if wanted == recorded.taken_back else None


def _overwrite(wanted: Grade, now: Grade, recorded: Recorded, policy: Policy) -> Decision:
    if policy.changed == "overwrite" or now == recorded.approved:
        return Decision(send=wanted, drifted=True)
    held = policy.changed == "hold"
    return Decision("HELD" if held else "CHANGED_IN_CANVAS", send=wanted if held else None, drifted=True)
