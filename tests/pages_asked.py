"""Requests of pages over HTTP, with a cookie as a browser sends it; and checks of every answer."""

from __future__ import annotations

import itertools
import re
import time
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

import requests
from itsdangerous import TimestampSigner, URLSafeTimedSerializer

from tests.page_routes import PageRoute
from tests.town import Town

QUERY = {"dag_id": "roster_nightly__springfield"}  # what pages need in their query
# A form that any page which takes one understands.
FORM: dict[str, Any] = {"choice": "Approve", "seen": ["1:x"], "hold": ["1"], "why": "on purpose"}
SEEN = {200, 303}


@dataclass(frozen=True)
class Site:
    """A running Airflow: people and their tokens, and the values that addresses of pages may contain."""

    url: str
    tokens: dict[str, str] = field(repr=False)
    secret: str = field(repr=False)
    known: dict[str, tuple[str, ...]]
    examples: dict[PageRoute, str] = field(default_factory=dict, repr=False)

    def ask(self, who: str | None, path: str, method: str = "GET", **request: Any) -> requests.Response:
        """Request a page, and check the headers of the answer."""
        cookies = {"_token": self.tokens[who]} if who else {}
        answer = requests.request(
            method, f"{self.url}/rollbook{path}", cookies=cookies, allow_redirects=False, timeout=60, **request
        )
        assert_safe(answer, path)
        return answer

    def as_known_by(self, tokens: dict[str, str]) -> Site:
        """Return the same site with other people."""
        return replace(self, tokens=tokens)

    def addresses(self, page: PageRoute) -> list[str]:
        """Return every address of a page that the known values allow."""
        names = re.findall(r"{(\w+)}", page.path)
        unknown = {*names} - {*self.known} | {*page.needs} - {*QUERY}
        assert not unknown, f"{page.path}: say what fills {unknown}, in tests/pages_asked.py or tests/rights_town.py"
        query = f"?{urlencode({name: QUERY[name] for name in page.needs})}" if page.needs else ""
        made = itertools.product(*(self.known[name] for name in names))
        return [page.path.format(**dict(zip(names, values, strict=True))) + query for values in made]

    def example(self, page: PageRoute) -> str:
        """Return an address of an existing page; for a form, any address."""
        if page not in self.examples:
            self.examples[page] = self._example(page)
        return self.examples[page]

    def _example(self, page: PageRoute) -> str:
        made = self.addresses(page)
        if page.method == "POST":
            return made[0]
        statuses = {one: self.ask("admin", one).status_code for one in made}
        found = [one for one, status in statuses.items() if status in SEEN]
        assert found, f"nobody sees an example of {page.path}: {statuses}"
        return found[0]

    def form_token(self, who: str, district_id: str) -> str:
        """Return the token in the form that a person receives."""
        page = self.ask(who, f"/{district_id}/check").text
        (found,) = {*re.findall(r'name="token" value="([^"]+)"', page)}
        return str(found)

    def signed(self, token: str, hours: float) -> str:
        """Return a token for the same person that was issued so many hours ago."""

        class Then(TimestampSigner):
            def get_timestamp(self) -> int:
                return int(time.time() - hours * 3600)

        given_to = URLSafeTimedSerializer(self.secret, salt="rollbook.form").loads(token)
        return str(URLSafeTimedSerializer(self.secret, salt="rollbook.form", signer=Then).dumps(given_to))


def ids_in(town: Town) -> dict[str, str]:
    """Return one id of each kind from a district's roster, as addresses write it."""
    kinds = {"school_id": "schools", "class_id": "classes", "user_id": "users"}
    query = "select min({key}::text) from roster.{table} where district_id = %s"
    return {key: town.one(query.format(key=key, table=table), town.district_id) for key, table in kinds.items()}


def assert_safe(answer: requests.Response, path: str) -> None:
    """Check that browsers store nothing, run nothing of another host, and don't embed the page elsewhere."""
    policy = answer.headers.get("content-security-policy", "")
    for needed in ("default-src 'none'", "script-src 'self'", "form-action 'self'", "frame-ancestors 'self'"):
        assert needed in policy, f"{path}: {policy}"
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff", path
    # The stylesheet and the script name nobody.
    allowed = {"no-store"} if not (path.startswith("/assets/") and answer.ok) else {"private, max-age=300"}
    assert answer.headers["cache-control"] in allowed, path
    assert answer.headers.get("location", "/rollbook/").startswith("/rollbook/"), path
