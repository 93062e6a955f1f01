from __future__ import annotations

from fastapi import FastAPI
from starlette.responses import Response

from sandbox.vendors.faults import Fault
from sandbox.vendors.registry import Registry


def make_canvas(registry: Registry) -> FastAPI:
    return FastAPI(openapi_url=None)


def refuse(status: int, fault: Fault) -> Response:
    return Response(b"", status)
