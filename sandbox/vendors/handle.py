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
        after: int = 0,
        times: int | None = 1,
        **values: float | str,
    ) -> None:
        """Switch a fault on; see `faults`. Of the matching requests, `after` pass and `times` are struck."""
        order = {"name": name, "server": server, "path": path, "after": after, "times": times, "values": values}
        self._ask("POST", "faults", order)

    def clear(self) -> None:
        """Switch all faults off, undo what they did to rows, and forget the requests."""
        self._ask("DELETE", "faults")

    def reset(self) -> None:
        """Go back to the first night: nothing withdrawn, nothing counted, no fault."""
        self._ask("POST", "reset")

    def requests(self, server: str | None = None) -> list[str]:
        """Path and query of every request since the last `clear`."""
        return [path for name, path in self._ask("GET", "requests")["requests"] if server in (None, name)]

    def elsewhere(self) -> list[dict[str, Any]]:
        """What reached the host that nobody should ask: paths, and whether credentials came along."""
        return list(self._ask("GET", "requests")["elsewhere"])

    def _ask(self, method: str, what: str, asked: Mapping[str, Any] | None = None) -> dict[str, Any]:
        url = f"{self.addresses['control']}/_control/{what}"
        reply = requests.request(method, url, json=asked, timeout=_SECONDS)
        if reply.status_code == 422:
            raise ValueError(str(reply.json()["detail"]))
        reply.raise_for_status()
        return dict(reply.json())
