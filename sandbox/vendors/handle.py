"""What a test holds of a running sandbox: addresses, keys, and the controls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import requests

from sandbox import nights
from sandbox.vendors.account import Account
from sandbox.vendors.registry import Keys

_SECONDS = 120  # a night of 50,000 students takes some


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox. `accounts` are the districts themselves, where they live in this process."""

    addresses: Mapping[str, str]
    keys: Mapping[str, Keys]
    accounts: Mapping[str, Account]

    @property
    def first(self) -> Keys:
        """The keys of the first district."""
        return next(iter(self.keys.values()))

    @property
    def account(self) -> Account:
        """The first district itself."""
        return next(iter(self.accounts.values()))

    def pass_night(
        self,
        *,
        percent: float = 1.0,
        kinds: Iterable[str] = nights.USUAL,
        seed: int | None = None,
        district: str | None = None,
    ) -> dict[str, Any]:
        """Let a night pass; tell what a correct plan says about it: "users create" and the like, with counts."""
        asked = {"percent": percent, "kinds": list(kinds), "seed": seed, "district": district}
        return self._ask("POST", "night", asked)

    def share(self, schools: Iterable[str] | None, *, district: str | None = None) -> dict[str, Any]:
        """Share these schools only, or (None) all of them."""
        asked = {"schools": None if schools is None else list(schools), "district": district}
        return self._ask("POST", "share", asked)

    def behave(self, *, district: str | None = None, **changes: Any) -> dict[str, Any]:
        """Change how the vendors behave; see `behaviour.Behaviour`."""
        return self._ask("POST", "behaviour", {"changes": changes, "district": district})

    def fault(
        self,
        name: str,
        *,
        server: str | None = None,
        path: str = "",
        method: str | None = None,
        after: int = 0,
        times: int | None = 1,
        **values: float | str,
    ) -> None:
        """Switch a fault on; see `faults`. Of the matching requests, `after` pass and `times` are struck."""
        order = {"name": name, "server": server, "path": path, "method": method, "after": after, "times": times}
        self._ask("POST", "faults", order | {"values": values})

    def clear(self) -> None:
        """Switch all faults off, undo what they did to rows, and forget the requests."""
        self._ask("DELETE", "faults")

    def reset(self) -> None:
        """Go back to the first night: nothing withdrawn, nothing counted, no fault."""
        self._ask("POST", "reset")

    def requests(self, server: str | None = None) -> list[str]:
        """Path and query of every request since the last `clear`."""
        return [path for name, _, path in self._ask("GET", "requests")["requests"] if server in (None, name)]

    def writes(self, server: str | None = None) -> list[tuple[str, str]]:
        """Method, path and query of every request since the last `clear` that was not for reading."""
        seen = self._ask("GET", "requests")["requests"]
        return [(method, path) for name, method, path in seen if server in (None, name) and method != "GET"]

    def elsewhere(self) -> list[dict[str, Any]]:
        """What reached the host that nobody should ask: paths, and whether credentials came along."""
        return list(self._ask("GET", "requests")["elsewhere"])

    def canvas_audit(self, district: str | None = None) -> list[dict[str, Any]]:
        """Every real change of Canvas's gradebook since the start or the last `reset`; see `gradebook.Change`."""
        return list(self._ask("GET", "canvas", params={"district": district})["changes"])

    def columns(self, course: int | str, district: str | None = None) -> list[dict[str, Any]]:
        """The columns that a course has or had, as they are; `deleted` tells those that it had."""
        asked = {"district": district, "course": str(course)}
        return [
            {name: value for name, value in column.items() if name != "marks"}
            for column in self._ask("GET", "canvas", params=asked)["columns"]
        ]

    def scores(self, course: int | str, district: str | None = None) -> dict[int, dict[int, dict[str, Any]]]:
        """By column and user: `score`, `excused`, `grader_id`, `posted_at`; nobody whom nothing ever happened to."""
        asked = {"district": district, "course": str(course)}
        return {
            column["id"]: {int(user): mark for user, mark in column["marks"].items()}
            for column in self._ask("GET", "canvas", params=asked)["columns"]
        }

    def seat(self, course: int | str, user: int | str, state: str, *, district: str | None = None) -> None:
        """Give a student's enrollment in a course another state: inactive, completed, deleted, invited, active..."""
        self._ask(
            "POST", "canvas/seat", {"district": district, "course": str(course), "user": str(user), "state": state}
        )

    def teacher_sets(
        self,
        course: int | str,
        assignment: int,
        user: int | str,
        score: float | None = None,
        *,
        excused: bool = False,
        district: str | None = None,
    ) -> None:
        """Grade in Canvas as the course's teacher; neither score nor excused clears."""
        asked = {"district": district, "course": str(course), "assignment": str(assignment), "user": str(user)}
        self._ask("POST", "canvas/grade", asked | {"score": score, "excused": excused})

    def teacher_edits(self, course: int | str, assignment: int, *, district: str | None = None, **changes: Any) -> None:
        """Change a column in Canvas as the course's teacher: its name, points_possible, published..."""
        asked = {"district": district, "course": str(course), "assignment": str(assignment), "changes": changes}
        self._ask("POST", "canvas/column", asked)

    def remove_column(self, course: int | str, assignment: int, *, district: str | None = None) -> None:
        """Delete a column in Canvas as the course's teacher."""
        asked = {"district": district, "course": str(course), "assignment": str(assignment), "deleted": True}
        self._ask("POST", "canvas/column", asked)

    def _ask(
        self, method: str, what: str, asked: Mapping[str, Any] | None = None, params: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        url = f"{self.addresses['control']}/_control/{what}"
        reply = requests.request(method, url, json=asked, params=params, timeout=_SECONDS)
        if reply.status_code == 422:
            raise ValueError(str(reply.json()["detail"]))
        reply.raise_for_status()
        return dict(reply.json())
