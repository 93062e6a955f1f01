"""Grading periods: which one a date belongs to, and whether it is closed to the token's owner."""

from __future__ import annotations

from sandbox.vendors.behaviour import Behaviour


def number(behaviour: Behaviour, due_at: str | None) -> int | None:
    """The period of a date, counted from 1. What has no date belongs to the last of all."""
    periods = behaviour.canvas_grading_periods
    if due_at is None:
        return len(periods) or None
    day = due_at[:10]
    return next((at for at, one in enumerate(periods, start=1) if day <= one.ends.isoformat()), None)


def is_closed(behaviour: Behaviour, due_at: str | None) -> bool:
    """Whether a date lies in a period that is closed, for anybody."""
    found = number(behaviour, due_at)
    return bool(found and behaviour.canvas_grading_periods[found - 1].closed)


def binds(behaviour: Behaviour, due_at: str | None) -> bool:
    """Whether a date lies in a period that is closed to the token's owner."""
    return is_closed(behaviour, due_at) and not behaviour.canvas_administrator
