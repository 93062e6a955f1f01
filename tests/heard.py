"""A mail server and a Slack webhook on this machine, which record the notifications that they receive."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller

FROM = "rollbook@district.example"
TO = "rosters@district.example"
NOTIFY: dict[str, Any] = {
    "email": {"connection": "smtp_heard", "to": [TO]},
    "slack": {"connection": "slack_heard"},
}


@dataclass
class Heard:
    """The notifications that were received. While `refuses` is true, both servers refuse them."""

    connections: dict[str, dict[str, Any]]
    mails: list[EmailMessage] = field(default_factory=list)
    posts: list[dict[str, Any]] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)

    @property
    def environment(self) -> dict[str, str]:
        """Return the connections as environment variables."""
        return {f"AIRFLOW_CONN_{name.upper()}": json.dumps(facts) for name, facts in self.connections.items()}

    @property
    def subjects(self) -> list[str]:
        """Return the subjects of the mails, in order."""
        return [str(mail["Subject"]) for mail in self.mails]

    @property
    def said(self) -> list[str]:
        """Return everything that was received, as it was sent."""
        return [str(mail["Subject"]) + body_of(mail) for mail in self.mails] + [one["text"] for one in self.posts]


def body_of(mail: EmailMessage) -> str:
    """Return the HTML text of a mail."""
    part = mail.get_body(("html",))
    assert part is not None
    return str(part.get_content())


@contextmanager
def listening() -> Iterator[Heard]:
    """Open a mail server and a webhook for as long as the context lasts."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        mail_port = probe.getsockname()[1]
    slack = ThreadingHTTPServer(("127.0.0.1", 0), _Webhook)
    plain = {"from_email": FROM, "disable_ssl": True, "disable_tls": True}
    heard = Heard(
        {
            "smtp_heard": {"conn_type": "smtp", "host": "127.0.0.1", "port": mail_port, "extra": plain},
            "slack_heard": {
                "conn_type": "slackwebhook",
                "password": f"http://127.0.0.1:{slack.server_address[1]}/services/T0/B0/heard",
            },
        }
    )
    slack.heard = heard  # type: ignore[attr-defined]  # the handler finds it there
    mail = Controller(_Mailbox(heard), hostname="127.0.0.1", port=mail_port)
    thread = threading.Thread(target=slack.serve_forever, daemon=True)
    mail.start()
    thread.start()
    try:
        yield heard
    finally:
        mail.stop()
        slack.shutdown()
        slack.server_close()


class _Mailbox:
    def __init__(self, heard: Heard) -> None:
        self.heard = heard

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's own
        if "email" in self.heard.refuses:
            return "451 not now"
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.heard.mails.append(mail)
        return "250 OK"


class _Webhook(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        heard: Heard = self.server.heard  # type: ignore[attr-defined]
        document = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        refuses = "slack" in heard.refuses
        if not refuses:
            heard.posts.append(document)
        self.send_response(500 if refuses else 200)
        self.end_headers()
        self.wfile.write(b"no_service" if refuses else b"ok")

    def log_message(self, *_: Any) -> None:
        """Stay quiet."""
