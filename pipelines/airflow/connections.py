"""The hooks behind the Test buttons of vendors' connections: each sends its vendor one cheap request, as a night would.

`forms.py` names these hooks. The result never repeats the vendor's own words.
"""

from __future__ import annotations

from airflow.sdk import BaseHook

from pipelines.errors import RollbookError
from pipelines.settings.connections import Connection
from pipelines.sources import module_of


class VendorHook(BaseHook):
    """A connection of a source's kind."""

    conn_name_attr = "conn_id"
    conn_type = ""
    hook_name = ""

    def __init__(self, conn_id: str) -> None:
        super().__init__()
        self.conn_id = conn_id

    def get_conn(self) -> Connection:
        """Return the connection in the form that sources read."""
        stored = self.get_connection(self.conn_id)
        return Connection(
            self.conn_id,
            conn_type=self.conn_type,
            host=stored.host or None,
            port=stored.port,
            login=stored.login or None,
            password=stored.password or None,
            schema=stored.schema or None,
            extra=stored.extra_dejson,
        )

    def test_connection(self) -> tuple[bool, str]:
        """Send the vendor a request; return whether it granted access, and a text that says why not."""
        try:
            return True, str(module_of(self.conn_type).probe(self.get_conn()))
        except RollbookError as error:
            return False, str(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, Airflow would show its words, which may hold a secret
            return False, f"UNEXPECTED: {type(error).__name__}. See docs/runbook.md#unexpected"


class CleverHook(VendorHook):
    """Clever: an app's client id and secret."""

    conn_type = "clever"
    hook_name = "Clever"
    default_conn_name = "clever_default"


class ClasslinkHook(VendorHook):
    """ClassLink, or another vendor's OneRoster service."""

    conn_type = "classlink"
    hook_name = "ClassLink and OneRoster"
    default_conn_name = "classlink_default"


class CanvasHook(VendorHook):
    """Canvas: an access token."""

    conn_type = "canvas"
    hook_name = "Canvas"
    default_conn_name = "canvas_default"
