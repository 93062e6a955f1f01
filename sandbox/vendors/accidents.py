"""The faults that strike any response: a wrapper around a vendor's server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.vendors.faults import Box, Fault, Struck

Refuse = Callable[[int, Fault], Response]  # a vendor's own words for a status

PAGE = "<!DOCTYPE html><html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>\n"


class Accidents:
    """A server whose every request may be struck; the others' `scope["state"]["struck"]` tells what concerns rows."""

    def __init__(self, app: ASGIApp, name: str, box: Box, refuse: Refuse) -> None:
        self.app, self.name, self.box, self.refuse = app, name, box, refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope["raw_path"].decode("latin-1").partition("?")[0]
        query = scope["query_string"].decode("latin-1")
        struck = self.box.strike(self.name, scope["method"], f"{path}?{query}" if query else path)
        scope["state"] = dict(scope.get("state") or {}) | {"struck": struck}
        await self._serve(struck, path, scope, receive, send)

    async def _serve(self, struck: Struck, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        for name, fault in struck.faults.items():
            reply = self._reply(name, fault, struck.elsewhere + path)
            if (reply or name == "timeout") and fault.number("performed", 0):
                await self.app(scope, receive, _say_nothing)
            if name == "timeout":
                await _wait(receive, fault.number("seconds", 3600))
                return
            if reply:
                await reply(scope, receive, send)
                return
        if struck.has("truncated"):
            await self.app(scope, receive, _Cutting(send))
        elif slow := struck.faults.get("slow"):
            await self.app(scope, receive, _dripping(send, int(slow.number("bytes", 64)), slow.number("seconds", 0.2)))
        else:
            await self.app(scope, receive, send)

    def _reply(self, name: str, fault: Fault, elsewhere: str) -> Response | None:
        if name.isdigit():
            return self.refuse(int(name), fault)
        if name == "html_200":
            return HTMLResponse(PAGE.format("Scheduled maintenance"))
        if name == "html_500":
            return HTMLResponse(PAGE.format("502 Bad Gateway"), 502)
        return RedirectResponse(elsewhere, 302) if name == "redirect" else None


async def _say_nothing(_message: Message) -> None:
    """What was asked is done, and nobody hears of it."""


async def _wait(receive: Receive, seconds: float) -> None:
    """Say nothing until the client has gone, or the time is up."""

    async def gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    try:
        await asyncio.wait_for(gone(), seconds)
    except TimeoutError:
        return


class _Cutting:
    """Sends the headers, half of the body, and then nothing: the connection closes on an unfinished body."""

    def __init__(self, send: Send) -> None:
        self.send = send

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.body":
            half = message.get("body", b"")[: len(message.get("body", b"")) // 2]
            message = {"type": "http.response.body", "body": half, "more_body": True}
        await self.send(message)


def _dripping(send: Send, size: int, seconds: float) -> Send:
    async def drip(message: Message) -> None:
        body = message.get("body", b"")
        if message["type"] != "http.response.body" or not body:
            await send(message)
            return
        for start in range(0, len(body), size):
            await send({"type": message["type"], "body": body[start : start + size], "more_body": True})
            await asyncio.sleep(seconds)
        await send({"type": message["type"], "body": b"", "more_body": message.get("more_body", False)})

    return drip
