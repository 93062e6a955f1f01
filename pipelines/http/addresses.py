"""Parse the server of an address with the same library that connects to it."""

from __future__ import annotations

from urllib.parse import urlsplit

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from pipelines.errors import SettingsInvalid, SourceIncomplete

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_PORTS = {"https": 443, "http": 80}

Origin = tuple[str, str, int]  # scheme, host, port


def origin(url: str, name: str, error: type[SettingsInvalid | SourceIncomplete] = SettingsInvalid) -> Origin:
    """Return scheme, host and port of an address.

    Raises `error` if the address can't be used, or if it is not https and its host is not this machine.
    """
    wrong = error(f"{name}: an address can't be used", fix="correct the connection's host")
    try:
        parsed, netloc = parse_url(url), urlsplit(url).netloc
    except (LocationParseError, ValueError):
        raise wrong from None
    if any(mark in url for mark in "\\ \t\r\n") or "@" in netloc:
        raise wrong  # two libraries might read different hosts from such an address
    host = (parsed.hostname or "").strip("[]").lower()
    if parsed.scheme not in _PORTS or not host:
        raise wrong
    if parsed.scheme != "https" and host not in LOOPBACK:
        raise error(f"{name}: an address is not https", fix="use the https address")
    return parsed.scheme, host, parsed.port or _PORTS[parsed.scheme]
