"""All servers of one sandbox on loopback ports: in a thread, or in a process of their own for measurements."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from functools import cache, partial
from typing import Any

import uvicorn
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox import district
from sandbox.district import World
from sandbox.vendors import account, control
from sandbox.vendors.accidents import Accidents, Refuse
from sandbox.vendors.behaviour import Behaviour
from sandbox.vendors.canvas import api as canvas
from sandbox.vendors.clever import api as clever
from sandbox.vendors.faults import Box
from sandbox.vendors.handle import Sandbox
from sandbox.vendors.oneroster import access
from sandbox.vendors.oneroster import api as oneroster
from sandbox.vendors.oneroster.api import Service
from sandbox.vendors.oneroster.classlink import Proxy
from sandbox.vendors.registry import Keys, Registry

HOST = "127.0.0.1"
SERVERS = (
    "clever",
    "clever_tokens",
    "classlink",
    "classlink_proxy",
    "oneroster_11",
    "oneroster_12",
    "canvas",
    "elsewhere",
    "control",
)


@contextmanager
def serving(
    *,
    students: int = 200,
    seed: int = 1,
    districts: Iterable[str] = ("springfield",),
    worlds: Iterable[World] = (),
    own_process: bool = False,
    **behaviour: Any,
) -> Iterator[Sandbox]:
    """Serve these worlds, or invented ones, until the block ends. A process of its own takes no worlds."""
    if own_process:
        with _process(students, seed, tuple(districts)) as sandbox:
            for name in sandbox.keys:
                sandbox.behave(district=name, **behaviour)
            yield sandbox
        return
    chosen = tuple(worlds) or invent(students, seed, districts)
    manner = Behaviour().but(**behaviour)
    registry = Registry({world.district: account.open_account(world, seed, manner) for world in chosen}, seed)
    with _thread(registry):
        yield Sandbox(registry.addresses, registry.keys, registry.accounts)


def invent(students: int, seed: int, districts: Iterable[str]) -> tuple[World, ...]:
    """Invented districts of one size."""
    return tuple(district.generate(seed=seed, students=students, district=name) for name in districts)


class Switchboard:
    """One ASGI app for all ports: the port says which server is meant, and it is made when it is first asked."""

    def __init__(self, registry: Registry) -> None:
        elsewhere: list[dict[str, Any]] = []
        box = registry.box
        self.makers: dict[str, Callable[[], ASGIApp]] = {
            "elsewhere": lambda: _elsewhere(elsewhere),
            "control": lambda: control.make_control(registry, elsewhere),
        }
        for name, (make, refuse) in _vendors(registry).items():
            self.makers[name] = partial(_unreliable, make, name, box, refuse)
        self.names: dict[int, str] = {}  # by port
        self.made: dict[str, ASGIApp] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = self.names[scope["server"][1]]
        if name not in self.made:
            self.made[name] = self.makers[name]()
        await self.made[name](scope, receive, send)


def _unreliable(make: Callable[[], ASGIApp], name: str, box: Box, refuse: Refuse) -> ASGIApp:
    return Accidents(make(), name, box, refuse)


def _vendors(registry: Registry) -> dict[str, tuple[Callable[[], ASGIApp], Refuse]]:
    """How every vendor's server is made, and its words for a refusal."""
    classlink = cache(lambda: oneroster.make_service(Service("1.1", access.signed(registry), classlink=True)))
    return {
        "clever": (lambda: clever.make_api(registry), clever.refuse),
        "clever_tokens": (lambda: clever.make_tokens(registry), clever.refuse),
        "classlink": (classlink, oneroster.refuse),
        "classlink_proxy": (lambda: Proxy(registry, classlink()), oneroster.refuse),
        "oneroster_11": (lambda: oneroster.make_generic(registry, "1.1"), oneroster.refuse),
        "oneroster_12": (lambda: oneroster.make_generic(registry, "1.2"), oneroster.refuse),
        "canvas": (lambda: canvas.make_canvas(registry), canvas.refuse),
    }


def _elsewhere(seen: list[dict[str, Any]]) -> ASGIApp:
    """A host that no client should ask: it notes who came, and whether they brought their credentials."""

    async def note(scope: Scope, receive: Receive, send: Send) -> None:
        names = {name for name, _ in scope["headers"]}
        seen.append({"path": scope["path"], "credentials": b"authorization" in names})
        await Response(b"{}", media_type="application/json")(scope, receive, send)

    return note


def open_sockets(port: int) -> dict[str, socket.socket]:
    """A listening socket for each server: from `port` on, or (0) wherever there is room."""
    with ExitStack() as stack:
        opened = {}
        for number, name in enumerate(SERVERS):
            one = stack.enter_context(socket.socket())
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind((HOST, port + number if port else 0))
            opened[name] = one
        stack.pop_all()
        return opened


def prepare(registry: Registry, sockets: dict[str, socket.socket]) -> uvicorn.Server:
    """A server for these sockets that isn't running yet; the registry learns their addresses."""
    board = Switchboard(registry)
    for name, one in sockets.items():
        board.names[one.getsockname()[1]] = name
        registry.addresses[name] = f"http://{HOST}:{one.getsockname()[1]}"
    registry.box.elsewhere = registry.addresses["elsewhere"]
    # What breaks a connection on purpose would be logged as an error.
    config = uvicorn.Config(
        board,
        lifespan="off",
        log_level="critical",
        access_log=False,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)


@contextmanager
def _thread(registry: Registry) -> Iterator[None]:
    sockets = open_sockets(0)
    server = prepare(registry, sockets)
    thread = threading.Thread(target=server.run, kwargs={"sockets": list(sockets.values())}, daemon=True)
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise RuntimeError("the sandbox did not start")
            time.sleep(0.005)
        yield
    finally:
        server.should_exit = server.force_exit = True
        thread.join(10)


@contextmanager
def _process(students: int, seed: int, districts: tuple[str, ...]) -> Iterator[Sandbox]:
    command = [sys.executable, "-m", "sandbox.vendors", "--port", "0", "--json", "--seed", str(seed)]
    command += ["--students", str(students), *(part for name in districts for part in ("--district", name))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            told = json.loads(process.stdout.readline() if process.stdout else "")
            yield Sandbox(told["addresses"], {name: Keys(**keys) for name, keys in told["keys"].items()}, {})
        finally:
            process.terminate()


def describe(registry: Registry) -> dict[str, Any]:
    """Addresses and keys, as one line of JSON tells them."""
    return {"addresses": registry.addresses, "keys": {name: asdict(keys) for name, keys in registry.keys.items()}}
