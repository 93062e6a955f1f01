"""Open a OneRoster service with a signature, the proxy's bearer or a token, at the connection's address."""

from __future__ import annotations

import hashlib

from requests.auth import AuthBase

from pipelines.errors import CredentialsRefused, SettingsInvalid
from pipelines.http.client import Bearer, Client
from pipelines.settings.connections import Connection, resolve
from pipelines.sources.classlink.proxy import find_application, path_of
from pipelines.sources.classlink.settings import KIND, Settings
from pipelines.sources.classlink.signing import Signed
from pipelines.sources.classlink.tokens import Granted


def open_service(source: Settings) -> Client:
    """Open the district's rostering service. Raises SettingsInvalid, CredentialsRefused."""
    if not source.connection:
        raise SettingsInvalid("a classlink source needs a connection", fix="name the connection under connection:")
    return enter(source, resolve(source.connection))


def enter(source: Settings, connection: Connection) -> Client:
    """Open the service of a connection. Raises the errors of `open_service`."""
    host = address_of(connection)
    if source.auth == "oauth1":
        return Client(KIND, f"{host}/{source.path}", Signed(*_pair(connection), source.signature), source.retry_policy)
    return _by_proxy(source, connection, host) if source.auth == "proxy" else _by_token(source, connection, host)


def identify(api: Client) -> str:
    """Return a digest of a service's address: a revision of one service means nothing at another."""
    return hashlib.sha256(api.base.encode()).hexdigest()[:16]


def _by_proxy(source: Settings, connection: Connection, host: str) -> Client:
    if bearer := connection.extra.get("bearer_token"):
        if not source.application:
            raise SettingsInvalid(
                "the connection has a bearer_token, and the settings name no application",
                fix="name the bearer's application under application:",
            )
        path = path_of(source.application)
        return Client(KIND, f"{host}/{path}/{source.path}", Bearer(str(bearer)), source.retry_policy)
    if not connection.password:
        raise SettingsInvalid(
            f"connection {connection.conn_id!r} lacks a password",
            fix="set the partner's API key as the connection's password",
        )
    key = connection.password
    found = find_application(host, key, source.application, source.retry_policy)
    used = {found.bearer}

    def renew() -> AuthBase:
        again = find_application(host, key, found.path, source.retry_policy)
        if again.bearer in used:
            raise CredentialsRefused(
                "classlink refuses the district's bearer and has no new one: the district withdrew its authorization",
                owner="district administrator",
                fix="ask the district to share the app in ClassLink again",
            )
        used.add(again.bearer)
        return Bearer(again.bearer)

    return Client(KIND, f"{host}/{found.path}/{source.path}", Bearer(found.bearer), source.retry_policy, renew)


def _by_token(source: Settings, connection: Connection, host: str) -> Client:
    granted = Granted(source.token_url or f"{host}/token", _pair(connection), source.asked_scopes, source.retry_policy)
    return Client(KIND, f"{host}/{source.path}", granted, source.retry_policy, granted.again)


def _pair(connection: Connection) -> tuple[str, str]:
    if not (connection.login and connection.password):
        raise SettingsInvalid(
            f"connection {connection.conn_id!r} lacks a login or a password",
            fix="set the key as login and the secret as password",
        )
    return connection.login, connection.password


def address_of(connection: Connection) -> str:
    """Return the address of the service or the proxy. Raises SettingsInvalid if the connection lacks a host."""
    if not connection.host:
        raise SettingsInvalid(f"connection {connection.conn_id!r} lacks a host", fix="set the service's address")
    host = connection.host.rstrip("/")
    address = host if "://" in host else f"https://{host}"
    return f"{address}:{connection.port}" if connection.port else address
