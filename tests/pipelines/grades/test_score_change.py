"""For every score here and in Canvas: nothing is cleared, no excuse is removed, nothing is sent twice."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.canvas.courses import STATES, Person
from pipelines.canvas.grades import Grade
from pipelines.grades.score_change import NOTHING, Decision, Policy, Recorded, decide, is_same
from schemas.grade_states import REASONS

ACTIVE = Person(7, None, None, None, "active")
EIGHT, THREE, ZERO, EXCUSED = Grade(Decimal(8)), Grade(Decimal(3)), Grade(Decimal(0)), Grade(excused=True)
OPEN = (Policy(), None)

MARKS = st.builds(Grade, st.sampled_from([None, Decimal(0), Decimal(3), Decimal("8.5")]), st.booleans())
PEOPLE = st.sampled_from([*(replace(ACTIVE, state=state) for state in STATES), "NOT_IN_CANVAS", "MULTIPLE_ACCOUNTS"])
KNOWN = st.builds(Recorded, MARKS, st.none() | MARKS, st.none() | MARKS, st.none() | MARKS)
RULES = st.tuples(
    st.builds(Policy, st.sampled_from(["overwrite", "skip", "hold"]), st.booleans()),
    st.none() | st.sampled_from(["COLUMN_DELETED", "UNPUBLISHED"]),
)


@settings(max_examples=400)
@given(MARKS, PEOPLE, st.none() | MARKS, KNOWN, RULES)
def test_every_decision_has_a_reason_or_sends_a_score_and_clears_nothing(
    wanted: Grade, person: Person | str, there: Grade | None, known: Recorded, rules: tuple[Policy, str | None]
) -> None:
    found = decide(wanted, person, there, known, rules)
    assert found.reason is None or found.reason in REASONS
    assert (found.reason == "HELD") if found.reason and found.send else bool(found.reason) != bool(found.send)
    if found.send is None:
        return
    policy, obstacle = rules
    assert found.send != NOTHING
    assert isinstance(person, Person)
    assert person.state != "completed"
    assert not (there or NOTHING).excused
    assert obstacle is None
    expected = (known.sent, known.replaced, known.approved)
    if there is not None and policy.changed != "overwrite":
        assert (found.reason == "HELD") == (there not in expected)


@settings(max_examples=400)
@given(MARKS, PEOPLE, st.none() | MARKS, KNOWN, RULES)
def test_a_sent_score_is_confirmed_and_not_sent_again(
    wanted: Grade, person: Person | str, there: Grade | None, known: Recorded, rules: tuple[Policy, str | None]
) -> None:
    sent = decide(wanted, person, there, known, rules)
    if sent.send is None or sent.reason:
        return
    for replaced in (None, there or NOTHING):  # read back, or not yet
        again = decide(wanted, person, sent.send, Recorded(sent.send, replaced, None, known.approved), rules)
        assert again == Decision("EXCUSED" if sent.send.excused else "CONFIRMED")


@pytest.mark.parametrize(
    ("changed", "decision"),
    [
        ("overwrite", Decision(send=EIGHT, drifted=True)),
        ("skip", Decision("CHANGED_IN_CANVAS", drifted=True)),
        ("hold", Decision("HELD", send=EIGHT, drifted=True)),
    ],
)
def test_the_policy_decides_about_a_score_changed_in_canvas(changed: str, decision: Decision) -> None:
    assert decide(EIGHT, ACTIVE, THREE, Recorded(sent=ZERO), (Policy(changed), None)) == decision
    assert decide(EIGHT, ACTIVE, NOTHING, Recorded(sent=ZERO), (Policy(changed), None)) == decision  # cleared there
    assert decide(EIGHT, ACTIVE, THREE, Recorded(sent=ZERO, approved=THREE), (Policy(changed), None)).send == EIGHT


@pytest.mark.parametrize("there", [ZERO, THREE], ids=["what it should replace", "what was sent"])
def test_a_sent_score_that_was_never_read_back_is_not_drift(there: Grade) -> None:
    known = Recorded(sent=THREE, replaced=ZERO)
    assert decide(EIGHT, ACTIVE, there, known, (Policy("skip"), None)) == Decision(send=EIGHT)


def test_an_undone_score_is_sent_again_only_if_it_changes() -> None:
    known = Recorded(sent=NOTHING, taken_back=EIGHT)
    assert decide(EIGHT, ACTIVE, NOTHING, known, OPEN) == Decision("UNDONE")
    assert decide(THREE, ACTIVE, NOTHING, known, OPEN) == Decision(send=THREE)


def test_a_blank_is_sent_as_zero_only_if_the_settings_say_so_and_canvas_has_no_score() -> None:
    zeros = (Policy(zeros=True), None)
    assert decide(NOTHING, ACTIVE, None, Recorded(), OPEN) == Decision("NO_SCORE")
    assert decide(NOTHING, ACTIVE, None, Recorded(), zeros) == Decision(send=ZERO)
    assert decide(NOTHING, ACTIVE, THREE, Recorded(), zeros) == Decision("NO_SCORE")
    assert decide(NOTHING, ACTIVE, ZERO, Recorded(sent=ZERO), zeros) == Decision("CONFIRMED")


def test_two_excused_grades_are_the_same_whatever_their_scores() -> None:
    assert is_same(EXCUSED, Grade(Decimal(8), excused=True))
    assert not is_same(EIGHT, Grade(Decimal(8), excused=True))
    assert is_same(Grade(Decimal("8.50")), Grade(Decimal("8.5")))
