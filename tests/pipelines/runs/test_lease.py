"""The lease: one run at a time changes a district's roster."""

from __future__ import annotations

from pipelines.runs import lease

FIRST, SECOND = "roster_nightly__springfield/a", "roster_nightly__springfield/b"


def test_a_lease_has_one_holder_until_it_is_released_or_taken_over(warehouse: str) -> None:
    assert lease.whose("springfield") is None
    assert lease.acquire("springfield", FIRST)
    assert lease.acquire("springfield", FIRST)
    assert not lease.acquire("springfield", SECOND)
    assert lease.whose("springfield") == FIRST
    assert lease.acquire("springfield", SECOND, over=FIRST)
    assert not lease.acquire("springfield", FIRST)
    lease.release("springfield", FIRST)  # no effect: the holder has lost the lease
    assert lease.whose("springfield") == SECOND
    lease.release("springfield", SECOND)
    assert lease.acquire("springfield", FIRST)


def test_each_district_has_its_own_lease(warehouse: str) -> None:
    assert lease.acquire("springfield", FIRST)
    assert lease.acquire("shelbyville", SECOND)
