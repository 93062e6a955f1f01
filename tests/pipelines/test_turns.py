"""One run at a time changes a district's roster."""

from __future__ import annotations

from pipelines import turns

FIRST, SECOND = "roster_nightly__springfield/a", "roster_nightly__springfield/b"


def test_a_turn_is_one_runs_until_it_gives_it_back_or_is_known_to_have_gone(warehouse: str) -> None:
    assert turns.whose("springfield") is None
    assert turns.take("springfield", FIRST)
    assert turns.take("springfield", FIRST)
    assert not turns.take("springfield", SECOND)
    assert turns.whose("springfield") == FIRST
    assert turns.take("springfield", SECOND, over=FIRST)
    assert not turns.take("springfield", FIRST)
    turns.give_back("springfield", FIRST)  # it is not its own any more
    assert turns.whose("springfield") == SECOND
    turns.give_back("springfield", SECOND)
    assert turns.take("springfield", FIRST)


def test_another_districts_turn_is_its_own(warehouse: str) -> None:
    assert turns.take("springfield", FIRST)
    assert turns.take("shelbyville", SECOND)
