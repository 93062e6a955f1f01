"""The context of a page: the request, who sent it, and the district that it is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse

from pipelines import runs
from pipelines.errors import SettingsInvalid
from pipelines.operations.pages import access_log
from pipelines.runs import Run
from pipelines.settings import District, district_ids, readable_district
from rollbook_pages.render import link, page


@dataclass(frozen=True)
class Here:
    """A request whose rights were checked; a rule of `guard` creates it."""

    request: Request
    user: BaseUser
    district_id: str = ""

    def page(self, template: str, **facts: Any) -> HTMLResponse:
        """Return a page, with the district's id and name if the request is about a district."""
        name = {"district_id": self.district_id, "name": self.name()} if self.district_id else {}
        return page(self.request, template, self.user, **name, **facts)

    def lead(self, path: str, **query: Any) -> RedirectResponse:
        """Redirect to a page of the district, by GET."""
        return RedirectResponse(link(f"/{self.district_id}{path}", **query), 303)

    def run(self, run_id: int) -> Run:
        """Return the run. Raises SettingsInvalid if the run is another district's.

        The right to see one district shows nothing of another.
        """
        found = runs.load(run_id)
        if found.district_id != self.district_id:
            raise SettingsInvalid(f"there is no run {run_id}", fix="find the run among the imports")
        return found

    def settings(self) -> District | None:
        """Return the district's settings, or None if they can't be read; pages work also without settings."""
        return readable_district(self.district_id)

    def name(self) -> str:
        """Return the district's name, or its id if the settings can't be read.

        Raises SettingsInvalid for a district that has neither settings nor runs.
        """
        found = self.settings()
        if found is None and self.district_id not in district_ids() and not runs.recent(self.district_id, 1):
            raise SettingsInvalid("there is no such district", fix="find the district in the list of districts")
        return found.name if found else self.district_id

    def record_access(self, what: str, **details: Any) -> None:
        """Record in the access log that this person reads rows that name people. Call it before the rows are given."""
        access_log.record(self.district_id, self.user.get_name(), what, **details)
