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
_SAID = ("auth", "signature", "application", "token_url", "version", "base_path")


def probe(connection: Connection) -> str:
    """Ask for one organisation, or for the list of applications; return a sentence without a name.

    Raises the errors of a pull.
    """
    said = {name: connection.extra[name] for name in _SAID if connection.extra.get(name)}
    source = of_kind(Settings, SourceSettings(kind=KIND, **said, retry_policy=IMPATIENT))
    if source.auth == "proxy" and connection.password and not connection.extra.get("bearer_token"):
        found = list_applications(address_of(connection), connection.password, IMPATIENT)
        return f"ClassLink knows this key. {sum(map(is_open, found))} of {len(found)} applications may be read"
    with enter(source, connection) as api:
        document = api.get("orgs?limit=1&offset=0").document
    rows = document.get("orgs") if isinstance(document, dict) else document
    if not isinstance(rows, list):
        raise SourceIncomplete("classlink: the answer holds no organisations", fix="correct base_path or version")
    if not rows:
        raise SourceIncomplete(
            "classlink: the service lets us in and shows no organisation",
            owner="district administrator",
            fix="see what the district shares with the app",
        )
    return "The service lets us in, and shows the district's organisations"
