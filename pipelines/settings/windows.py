"""The dates on which a district's sync does less: nothing at all, or additions only. DAG files read it, too."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, model_validator

Mode = Literal["blackout", "additions_only"]


class Window(BaseModel):
    """A range of dates, both ends included. A run belongs to the window by the date that the run describes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    begin: date = Field(alias="from")
    end: date = Field(alias="to")
    mode: Mode

    @model_validator(mode="after")
    def _in_order(self) -> Window:
        if self.end < self.begin:
            raise ValueError("the window ends before it begins")
        return self

    def __str__(self) -> str:
        return f"{self.mode} from {self.begin} to {self.end}"


class _HasWindows(Protocol):
    @property
    def windows(self) -> Sequence[Window]: ...


def mode_on(district: _HasWindows, as_of: date) -> Mode | None:
    """Return the mode of the district's windows on a date, or None if no window covers the date.

    If two windows overlap, `blackout` applies.
    """
    modes = {window.mode for window in district.windows if window.begin <= as_of <= window.end}
    return "blackout" if "blackout" in modes else "additions_only" if modes else None
