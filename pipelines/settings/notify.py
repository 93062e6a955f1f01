"""Whom a district tells, by what and about what: `notify:` in its settings. DAG files read it, too."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

About = Literal["failure", "hold", "quarantine", "import_missing"]
# One address each; a line break in one would become a header of the mail.
Address = Annotated[str, StringConstraints(pattern=r"^[^\s,;<>@]+@[^\s,;<>@]+$")]

ALL: tuple[About, ...] = ("failure", "hold", "quarantine", "import_missing")


class _Block(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ByEmail(_Block):
    """Mail, through one of Airflow's connections of type `smtp`, which also says who it is from."""

    connection: str
    to: tuple[Address, ...] = Field(min_length=1)


class BySlack(_Block):
    """One channel of Slack, through one of Airflow's connections of type `slackwebhook`."""

    connection: str


class Notify(_Block):
    """Nothing is sent but by a channel that is named here."""

    email: ByEmail | None = None
    slack: BySlack | None = None
    about: tuple[About, ...] = ALL
    quarantine_percent: float = Field(default=5, ge=0, le=100)  # of the lines received; told of when it is more

    @property
    def connections(self) -> dict[str, str]:
        """The connection of each channel that is named, by the channel."""
        named = {"email": self.email, "slack": self.slack}
        return {channel: block.connection for channel, block in named.items() if block}


BLOCKS: tuple[type[BaseModel], ...] = (Notify, ByEmail, BySlack)
