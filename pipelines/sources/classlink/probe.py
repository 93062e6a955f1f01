"""Answer the Test button: ask a OneRoster service for one organisation, or a proxy for its key's applications."""

from __future__ import annotations

from pipelines.errors import SourceIncomplete
from pipelines.http.retry_policy import IMPATIENT
from pipelines.settings import SourceSettings, of_kind
from pipelines.settings.connections import Connection
from pipelines.sources.classlink.access import address_of, enter
from pipelines.sources.classlink.proxy import is_open, list_applications
from pipelines.sources.classlink.settings import KIND, Settings

# Only the districts' settings say how a connection is used. For the test, its extra may hold the same settings.
_SETTINGS = ("auth", "signature", "application", "token_url", "version", "base_path")


def probe(connection: Connection) -> str:
    """Ask for one organisation, or for the list of applications; return a sentence without a name.

    Raises the errors of a pull.
    """
    settings = {name: connection.extra[name] for name in _SETTINGS if connection.extra.get(name)}
    source = of_kind(Settings, SourceSettings(kind=KIND, **settings, retry_policy=IMPATIENT))
    if source.auth == "proxy" and connection.password and not connection.extra.get("bearer_token"):
        found = list_applications(address_of(connection), connection.password, IMPATIENT)
        return f"ClassLink accepts this key. Rollbook may read {sum(map(is_open, found))} of {len(found)} applications"
    with enter(source, connection) as api:
        document = api.get("orgs?limit=1&offset=0").document
    rows = document.get("orgs") if isinstance(document, dict) else document
    if not isinstance(rows, list):
        raise SourceIncomplete(
            "classlink: the service's answer has no list of organisations", fix="correct base_path or version"
        )
    if not rows:
        raise SourceIncomplete(
            "classlink: the service accepts the credentials and shows no organisation",
            owner="district administrator",
            fix="check what the district shares with the app",
        )
    return "The service accepts the credentials and shows the district's organisations"
