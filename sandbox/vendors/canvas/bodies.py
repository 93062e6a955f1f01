"""What a request brings: JSON, or a form whose names nest in brackets."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from fastapi import Request

from sandbox.vendors.canvas.refusals import Refused

Body = dict[str, Any]
_PART = re.compile(r"\[([^\[\]]*)\]")
_YES = ("true", "1", "t", "yes", "y", "on")


async def read(request: Request) -> Body:
    """The body, nested. 400: it is no JSON where it says it is."""
    text = await request.body()
    if "json" not in request.headers.get("content-type", ""):
        return nest(parse_qsl(text.decode("utf-8", "replace"), keep_blank_values=True))
    try:
        found = msgspec.json.decode(text or b"{}")
    except msgspec.DecodeError:
        raise Refused(400, {"errors": [{"message": "The request body is not valid JSON."}]}) from None
    return found if isinstance(found, dict) else {}


def nest(pairs: list[tuple[str, str]]) -> Body:
    """`a[b][]=1` as {"a": {"b": ["1"]}}."""
    body: Body = {}
    for name, value in pairs:
        parts = [name.partition("[")[0], *_PART.findall(name)]
        here: Any = body
        for at, part in enumerate(parts[:-1]):
            here = here.setdefault(part, [] if parts[at + 1] == "" else {})
            if not isinstance(here, dict):
                break
        if isinstance(here, list):
            here.append(value)
        elif isinstance(here, dict):
            here[parts[-1]] = value
    return body


def inner(body: Body, name: str) -> Body:
    """What stands under a name, if it is nested."""
    found = body.get(name)
    return found if isinstance(found, dict) else {}


def is_true(value: Any) -> bool:
    """What Canvas takes for yes."""
    return str(value).lower() in _YES
