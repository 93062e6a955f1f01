"""Read secrets in Airflow's form, without Airflow: `AIRFLOW_CONN_<ID>` in the environment, as JSON or as a URI."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from pipelines.errors import SettingsInvalid

_OWNER = "data engineer"


@dataclass(frozen=True)
class Connection:
    """One connection. Its repr may be logged, so the repr holds no secrets."""

    conn_id: str
    conn_type: str
    host: str | None = None
    port: int | None = None
    login: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    schema: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)


def resolve(conn_id: str) -> Connection:
    """Read a connection from the environment, when a task needs the connection.

    Raises SettingsInvalid that names the variable, and never the variable's value.
    """
    variable = f"AIRFLOW_CONN_{conn_id.upper()}"
    written = os.environ.get(variable, "").strip()
    if not written:
        raise SettingsInvalid(f"there is no connection {conn_id!r}", owner=_OWNER, fix=f"set {variable}")
    return understand(conn_id, written)


def understand(conn_id: str, written: str) -> Connection:
    """Parse a connection as Airflow writes it, as JSON or as a URI.

    Raises SettingsInvalid, whose text quotes nothing of the connection's value.
    """
    connection = _from_json(conn_id, written) if written.startswith("{") else _from_uri(conn_id, written)
    if connection is None:
        fix = f"correct AIRFLOW_CONN_{conn_id.upper()}"
        raise SettingsInvalid(f"connection {conn_id!r} is neither Airflow's JSON nor a URI", owner=_OWNER, fix=fix)
    return connection


def _from_json(conn_id: str, written: str) -> Connection | None:
    try:
        facts = json.loads(written)
        port = facts.get("port")
        return Connection(
            conn_id,
            conn_type=str(facts["conn_type"]),
            host=_text(facts.get("host")),
            port=int(port) if port not in (None, "") else None,
            login=_text(facts.get("login")),
            password=_text(facts.get("password")),
            schema=_text(facts.get("schema")),
            extra=_extra(facts.get("extra")),
        )
    except (ValueError, TypeError, KeyError):
        return None


def _from_uri(conn_id: str, written: str) -> Connection | None:
    try:
        parts = urlsplit(written)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        whole = query.pop("__extra__", None)  # Airflow writes a nested extra in this way
        return (
            Connection(
                conn_id,
                conn_type=parts.scheme.replace("-", "_"),
                host=_text(unquote(parts.hostname or "")),
                port=parts.port,
                login=_text(unquote(parts.username or "")),
                password=_text(unquote(parts.password or "")),
                schema=_text(unquote(parts.path[1:])),
                extra=_extra(whole) if whole else query,
            )
            if parts.scheme
            else None
        )
    except (ValueError, TypeError):
        return None


def _text(value: object) -> str | None:
    return None if value in (None, "") else str(value)


def _extra(value: object) -> dict[str, Any]:
    """Parse an extra. Airflow also writes an extra as JSON within JSON. Raises TypeError if it is not a dict."""
    extra = json.loads(value) if isinstance(value, str) and value else value or {}
    if not isinstance(extra, dict):
        raise TypeError("an extra is a set of keys and values")
    return extra
