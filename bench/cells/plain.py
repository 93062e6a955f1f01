"""A plain client: the pages that Rollbook asks for, one after the other, thrown away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests


def prepare(order: Mapping[str, Any]) -> None:
    """Nothing is needed beforehand: the token is in the order."""


def work(order: Mapping[str, Any]) -> dict[str, Any]:
    """Ask for all pages; return how many there were and how large."""
    size = 0
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {order['token']}"
        for path in order["paths"]:
            answer = session.get(order["host"] + path, timeout=300)
            answer.raise_for_status()
            size += len(answer.content)
    return {"requests": len(order["paths"]), "megabytes": size / 1e6}
