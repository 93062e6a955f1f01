"""Whom a district notifies, by which channel and about what: `notify:` in its settings. DAG files read it, too."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

About = Literal["failure", "hold", "quarantine", "import_missing"]
# Each entry is one address. A line break in an address would become a header of the mail.
Address = Annotated[str, StringConstraints(pattern=r"^[^\s,;<>@]+@[^\s,;<>@]+$")]

ALL: tuple[About, ...] = ("failure", "hold", "quarantine", "import_missing")


class _Block(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ByEmail(_Block):
    """Mail, through an Airflow connection of type `smtp`. The connection also holds the mail's sender."""

    connection: str
    to: tuple[Address, ...] = Field(min_length=1)


class BySlack(_Block):
    """One Slack channel, through an Airflow connection of type `slackwebhook`."""

    connection: str


class Notify(_Block):
    """The channels and the events of notifications. Notifications go only through channels that are named here."""

    email: ByEmail | None = None
    slack: BySlack | None = None
    about: tuple[About, ...] = ALL
    quarantine_percent: float = Field(default=5, ge=0, le=100)  # of the lines received; above it: a notification

    @property
    def connections(self) -> dict[str, str]:
        """Return the connection of each named channel, by channel."""
        named = {"email": self.email, "slack": self.slack}
        return {channel: block.connection for channel, block in named.items() if block}


BLOCKS: tuple[type[BaseModel], ...] = (Notify, ByEmail, BySlack)
