"""A server on loopback whose answers a test chooses: for answers that the sandbox's vendors never give."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Reply:
    """An answer. `promised` is a false Content-Length; `drop` closes the connection without an answer."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    promised: int | None = None
    drop: bool = False
    pieces: tuple[int, float] | None = None  # so many bytes at a time, so many seconds apart


@dataclass(frozen=True)
class Asked:
    """One request as it was received."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Answering:
    """A running server, and the requests that it received."""

    url: str
    asked: list[Asked] = field(default_factory=list)


def said(document: Any, **headers: str) -> Reply:
    """Return an answer with a JSON document."""
    return Reply(body=json.dumps(document).encode(), headers={"Content-Type": "application/json", **headers})


@contextmanager
def answering(answer: Callable[[Asked], Reply] | list[Reply]) -> Iterator[Answering]:
    """Serve the replies of the function `answer`, or those of a list in order; the last one is repeated."""
    running = Answering("")
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else the end of every answer waits for an acknowledgement

        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            asked = Asked(self.command, self.path, dict(self.headers.items()), self.rfile.read(length))
            with lock:
                running.asked.append(asked)
                number = len(running.asked) - 1
            _send(self, answer(asked) if callable(answer) else answer[min(number, len(answer) - 1)])

        do_POST = do_PUT = do_PATCH = do_GET  # noqa: N815 - the library looks for these names

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        running.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield running
        finally:
            server.shutdown()
            thread.join()


def _send(handler: BaseHTTPRequestHandler, reply: Reply) -> None:
    handler.close_connection = reply.drop or reply.promised is not None
    if reply.drop:
        return
    handler.send_response_only(reply.status)  # no Date of its own
    for name, value in reply.headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(reply.body) if reply.promised is None else reply.promised))
    handler.end_headers()
    try:
        _send_body(handler, reply)
    except (BrokenPipeError, ConnectionResetError):
        handler.close_connection = True


def _send_body(handler: BaseHTTPRequestHandler, reply: Reply) -> None:
    if reply.pieces is None:
        handler.wfile.write(reply.body)
        return
    size, pause = reply.pieces
    for start in range(0, len(reply.body), size):
        handler.wfile.write(reply.body[start : start + size])
        threading.Event().wait(pause)
