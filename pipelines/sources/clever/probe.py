"""Answer the Test button: ask Clever how many districts have authorized our app."""

from __future__ import annotations

from pipelines.http.retry_policy import IMPATIENT
from pipelines.settings.connections import Connection
from pipelines.sources.clever.access import open_tokens
from pipelines.sources.clever.pages import follow


def probe(connection: Connection) -> str:
    """Ask Clever for the list of tokens; return a sentence with the number of districts and no names.

    Raises the errors of a pull.
    """
    with open_tokens(connection, IMPATIENT) as api:
        pages = follow(api, "oauth/tokens?owner_type=district", plain=True)
        districts = {str((row.get("owner") or {}).get("id")) for page in pages for row in page.rows}
    return f"Clever accepts this app. Districts that have authorized the app: {len(districts)}"
