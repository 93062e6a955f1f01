"""One run at a time changes a district's roster."""

from __future__ import annotations

from pipelines.runs import lease

FIRST, SECOND = "roster_nightly__springfield/a", "roster_nightly__springfield/b"


def test_a_turn_is_one_runs_until_it_gives_it_back_or_is_known_to_have_gone(warehouse: str) -> None:
    assert lease.whose("springfield") is None
    assert lease.acquire("springfield", FIRST)
    assert lease.acquire("springfield", FIRST)
    assert not lease.acquire("springfield", SECOND)
    assert lease.whose("springfield") == FIRST
    assert lease.acquire("springfield", SECOND, over=FIRST)
    assert not lease.acquire("springfield", FIRST)
    lease.release("springfield", FIRST)  # it is not its own any more
    assert lease.whose("springfield") == SECOND
    lease.release("springfield", SECOND)
    assert lease.acquire("springfield", FIRST)


def test_another_districts_turn_is_its_own(warehouse: str) -> None:
    assert lease.acquire("springfield", FIRST)
    assert lease.acquire("shelbyville", SECOND)
