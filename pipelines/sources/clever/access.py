"""Open Clever's API: find a district's token in the list of districts that authorized us, and check its state.

Tokens rotate, so the settings hold the district's id and no token. The token is looked up when a pull begins, and
again when Clever refuses it.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

from requests.auth import HTTPBasicAuth

from pipelines.errors import CredentialsRefused, SettingsInvalid, SourceIncomplete
from pipelines.http.client import Bearer, Client
from pipelines.http.retry_policy import RetryPolicy
from pipelines.settings.connections import Connection, resolve
from pipelines.sources.clever.pages import follow, single
from pipelines.sources.clever.settings import Settings

log = logging.getLogger(__name__)

_API_HOST, _TOKEN_HOST = "api.clever.com", "clever.com"
_REFUSED_STATES = {"pending": "the district", "error": "Clever"}  # state -> who can resolve it


def open_api(source: Settings) -> Client:
    """Open the district's API.

    Raises SettingsInvalid. If Clever does not know our app, or the district has disconnected, raises
    CredentialsRefused: a disconnected district must never pass for a district without people.
    """
    if not source.connection:
        raise SettingsInvalid("a clever source needs a connection", fix="name the connection under connection:")
    connection = resolve(source.connection)
    used: set[str] = set()

    def renew() -> Bearer:
        token = next((token for token in _tokens(source, connection) if token not in used), None)
        if token is None:
            raise CredentialsRefused(
                "clever refused the district's token", fix="ask the district to authorize the app at Clever again"
            )
        used.add(token)
        return Bearer(token)

    base = f"{_address(connection.host or _API_HOST, connection.port)}/{source.version}"
    return Client("clever", base, renew(), source.retry_policy, renew)


def open_tokens(connection: Connection, retry_policy: RetryPolicy) -> Client:
    """Return a client for the list of tokens of all districts that authorized our app. Raises SettingsInvalid."""
    if not (connection.login and connection.password):
        raise SettingsInvalid(
            f"connection {connection.conn_id!r} lacks a login or a password",
            fix="set the app's client id as login, and the client secret as password",
        )
    basic = HTTPBasicAuth(connection.login, connection.password)
    host = _address(str(connection.extra.get("token_host") or _TOKEN_HOST))
    return Client("clever's list of tokens", host, basic, retry_policy)


def _tokens(source: Settings, connection: Connection) -> list[str]:
    """Return the district's tokens, newest first. Raises CredentialsRefused if there is none."""
    target = f"oauth/tokens?owner_type=district&district={source.clever_district_id}"
    with open_tokens(connection, source.retry_policy) as api:
        rows = [row for page in follow(api, target, plain=True) for row in page.rows]
    ours = [row for row in rows if (row.get("owner") or {}).get("id") == source.clever_district_id]
    found = [row for row in ours if row.get("access_token")]
    if not found:
        raise CredentialsRefused(
            "clever: the district is disconnected: the app has no authorization from it; nobody was archived",
            owner="district administrator",
            fix="ask the district to authorize the app at Clever again, or set enabled: false",
        )
    found.sort(key=lambda row: str(row.get("created") or ""), reverse=True)
    return [str(row["access_token"]) for row in found]


def read_state(api: Client, source: Settings) -> dict[str, Any]:
    """Return the district's state. Raises SourceIncomplete for a state in which Clever may hold only part of a roster.

    `paused` adds a warning: the data are frozen, but complete. `pending` and `error` are refused: Clever's own import
    has failed, and the district or Clever has to fix it. If the last import is older than `stale_days`, the result
    holds a warning. If the token opens another district, raises CredentialsRefused.
    """
    record = single(api, "districts")
    if record.get("id") != source.clever_district_id:
        raise CredentialsRefused("clever: the token belongs to another district", fix="correct clever_district_id:")
    state = str(record.get("state") or "")
    facts = {"state": state, "last_sync": record.get("last_sync") or None}
    if state in _REFUSED_STATES:
        raise SourceIncomplete(
            f"clever: the district's state is {state!r}, so its roster may be incomplete",
            owner=_REFUSED_STATES[state],
            fix="check the district's sync status at Clever",
        )
    warnings = []
    if state == "paused":
        facts["paused_until"] = record.get("pause_end") or None
        until = f" until {facts['paused_until']}" if facts["paused_until"] else ""
        warnings.append(f"the district is paused at Clever{until}: its data do not change")
    age = _age(facts["last_sync"])
    if age is not None and age > timedelta(days=source.stale_days):
        warnings.append(f"Clever's last import of the district is {age / timedelta(days=1):.1f} days old")
    for warning in warnings:
        log.warning("clever: %s", warning)
    return facts | ({"warnings": warnings} if warnings else {})


def _age(moment: object) -> timedelta | None:
    try:
        when = datetime.fromisoformat(str(moment))
    except ValueError:
        return None
    return datetime.now(UTC) - (when if when.tzinfo else when.replace(tzinfo=UTC))


def _address(host: str, port: int | None = None) -> str:
    address = host if "://" in host else f"https://{host}"
    return f"{address}:{port}" if port else address
