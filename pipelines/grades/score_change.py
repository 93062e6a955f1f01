"""What becomes of one student's score in one column: pure, so that every case can be tried."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from pipelines.canvas.courses import Person
from pipelines.canvas.grades import Mark

NOTHING = Mark()
_ZERO = Mark(Decimal(0))


@dataclass(frozen=True)
class Recorded:
    """What we know of a score in Canvas from before.

    `sent` is what was sent last (at first nothing), `replaced` what it should replace, as long as nobody has read it
    back: it may never have arrived. `taken_back` is what an undo took back, `approved` the score that a person let us
    overwrite.
    """

    sent: Mark = NOTHING
    replaced: Mark | None = None
    taken_back: Mark | None = None
    approved: Mark | None = None


@dataclass(frozen=True)
class Policy:
    """The settings that decide: `changed` is `overwrite`, `skip` or `hold`; `zeros` for who has no score."""

    changed: str = "overwrite"
    zeros: bool = False


@dataclass(frozen=True)
class Decision:
    """A reason of `schemas.grade_states`, or a change (`send`) from what Canvas has."""

    reason: str | None = None
    send: Mark | None = None
    drifted: bool = False  # Canvas has neither what we sent nor what we saw: somebody changed it there (IC-21)


def decide(
    wanted: Mark, person: Person | str, there: Mark | None, known: Recorded, rules: tuple[Policy, str | None]
) -> Decision:
    """Decide about one score: `wanted` here, `there` in Canvas (None: the column has no row of the student yet).

    `rules` are the policy, and the reason why the column takes no scores, if there is one. Nothing is ever cleared and
    nobody un-excused.
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
    refused = _refusal(wanted, person, now, known)
    if refused or obstacle:
        return Decision(refused or obstacle)
    if there is None or now in (known.sent, known.replaced):
        return Decision(send=wanted)
    return _overwrite(wanted, now, known, policy)


def is_same(wanted: Mark, now: Mark) -> bool:
    """Tell whether Canvas has what it should; an excused student keeps a score there that nobody sees."""
    return now.excused if wanted.excused else wanted == now


def _refusal(wanted: Mark, person: Person, now: Mark, known: Recorded) -> str | None:
    if person.state == "completed":
        return "CONCLUDED"
    if now.excused:
        return "EXCUSED_IN_CANVAS"
    return "UNDONE" if wanted == known.taken_back else None


def _overwrite(wanted: Mark, now: Mark, known: Recorded, policy: Policy) -> Decision:
    if policy.changed == "overwrite" or now == known.approved:
        return Decision(send=wanted, drifted=True)
    held = policy.changed == "hold"
    return Decision("HELD" if held else "CHANGED_IN_CANVAS", send=wanted if held else None, drifted=True)
