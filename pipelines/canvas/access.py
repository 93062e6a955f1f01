"""Open Canvas's API with an access token, and recognise Canvas's throttle answers."""

from __future__ import annotations

from pipelines.canvas.pages import read_page
from pipelines.errors import CredentialsRefused, SettingsInvalid
from pipelines.http.client import Answer, Bearer, Client
from pipelines.http.retry_policy import IMPATIENT, RetryPolicy
from pipelines.settings.connections import Connection, resolve


def open_api(connection: str | None, retry_policy: RetryPolicy) -> Client:
    """Open Canvas's API by a connection's id. Raises SettingsInvalid."""
    if not connection:
        raise SettingsInvalid("canvas: needs a connection", fix="set connection:")
    return open_with(resolve(connection), retry_policy)


def probe(connection: Connection) -> str:
    """Ask Canvas for the token's owner and for one of their accounts; return a sentence without a name.

    The sentence says whether the token reads all courses of an account. Raises the errors of a pull.
    """
    with open_with(connection, IMPATIENT) as api:
        api.get("users/self")
        accounts = read_page(api.get("accounts", {"per_page": 1})).rows
    may = (
        "all courses of an account"
        if accounts
        else "the courses that the settings name; an administrator's token reads all courses"
    )
    return f"Canvas accepts this token. The token reads {may}"


def was_taken(answer: Answer) -> bool:
    """Return whether Canvas did what the request asked. If Canvas refuses the token, raise CredentialsRefused.

    Older hosts answer 401 to both kinds of refusal. The WWW-Authenticate header distinguishes them (contract 4).
    """
    if answer.status == 401 and "WWW-Authenticate" in answer.headers:
        raise CredentialsRefused("canvas refused the access token", fix="renew the connection's access token")
    return answer.status < 300


def open_with(connection: Connection, retry_policy: RetryPolicy) -> Client:
    """Open Canvas's API with a connection. Raises SettingsInvalid."""
    missing = [name for name in ("host", "password") if not getattr(connection, name)]
    if missing:
        raise SettingsInvalid(
            f"connection {connection.conn_id!r} lacks a {' and a '.join(missing)}",
            fix="set Canvas's address as its host, and an access token as its password",
        )
    host = (connection.host or "").rstrip("/")
    address = host if "://" in host else f"https://{host}"
    port = f":{connection.port}" if connection.port else ""
    token = Bearer(connection.password or "")
    return Client("canvas", f"{address}{port}/api/v1", token, retry_policy, is_throttled=_is_throttled)


def _is_throttled(status: int, body: bytes) -> bool:
    """Return whether an answer means a full bucket.

    Older hosts answer 403 to a full bucket and to a refusal. No header distinguishes them; the body does.
    """
    return status == 403 and b"Rate Limit Exceeded" in body
