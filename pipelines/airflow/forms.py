"""The forms of vendors' connections on Airflow's Connections page, declared as an Airflow provider declares its own.

Every Airflow process imports this module when it starts, so the module imports only the standard library. The hooks
behind the Test buttons are in `connections.py`.
"""

from __future__ import annotations

from typing import Any

_TEXT = {"type": ["string", "null"]}
_HOOKS = "pipelines.airflow.connections"


def get_provider_info() -> dict[str, Any]:
    """Return the connection types `clever`, `classlink` and `canvas` as Airflow's provider information."""
    return {
        "package-name": "rollbook",
        "name": "Rollbook",
        "description": "Class rosters right every night.",
        "connection-types": [_clever(), _classlink(), _canvas()],
    }


def _clever() -> dict[str, Any]:
    return _form(
        "clever",
        "Clever",
        hidden=["schema", "port"],
        labels={"host": "API host", "login": "Client ID", "password": "Client secret"},
        placeholders={
            "host": "empty: api.clever.com",
            "login": "the app's, from Clever's dashboard",
            "password": "the app's, from Clever's dashboard",
        },
        fields={
            "token_host": {
                "label": "Token host",
                "schema": _TEXT,
                "description": "Where districts' tokens are listed. Empty: clever.com.",
            }
        },
    )


def _classlink() -> dict[str, Any]:
    ways = ["oauth1", "proxy", "client_credentials"]
    return _form(
        "classlink",
        "ClassLink and OneRoster",
        hidden=["schema", "port"],
        labels={"host": "Service", "login": "Key", "password": "Key's secret"},
        placeholders={
            "host": "https://… of the rostering service, or of the proxy",
            "login": "consumer key or client id; empty with the proxy",
            "password": "consumer secret or client secret; the partner's API key with the proxy",
        },
        fields={
            "auth": {
                "label": "Test with",
                "schema": {"type": ["string", "null"], "enum": ways, "default": "oauth1"},
                "description": "How the Test button signs in. Runs use auth: of the district's settings.",
            },
            "bearer_token": {  # Airflow masks a field whose name contains "token"
                "label": "Bearer",
                "schema": {**_TEXT, "format": "password"},
                "description": "With the proxy: a district's own bearer token, in place of the partner's API key.",
            },
        },
    )


def _canvas() -> dict[str, Any]:
    return _form(
        "canvas",
        "Canvas",
        hidden=["schema", "port", "login", "extra"],
        labels={"host": "Canvas", "password": "Access token"},
        placeholders={"host": "https://….instructure.com", "password": "of an account administrator, or of a teacher"},
    )


def _form(
    kind: str,
    name: str,
    *,
    hidden: list[str],
    labels: dict[str, str],
    placeholders: dict[str, str],
    fields: dict[str, Any] | None = None,
) -> dict[str, Any]:
    return {
        "connection-type": kind,
        "hook-name": name,
        "hook-class-name": f"{_HOOKS}.{kind.capitalize()}Hook",
        "ui-field-behaviour": {"hidden-fields": hidden, "relabeling": labels, "placeholders": placeholders},
        "conn-fields": fields or {},
    }
