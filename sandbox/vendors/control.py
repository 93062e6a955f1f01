"""What a test or a demo tells the sandbox: turn the night, switch faults, change behaviour. Only from this machine."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sandbox import nights
from sandbox.vendors.account import Account
from sandbox.vendors.canvas import control as canvas_control
from sandbox.vendors.faults import Fault
from sandbox.vendors.registry import Registry


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    district: str | None = None  # the first


class Night(_Asked):
    """A night to let pass; see `sandbox.nights`."""

    percent: float = Field(1.0, ge=0, le=50)
    kinds: tuple[str, ...] = nights.USUAL
    seed: int | None = None


class Sharing(_Asked):
    """Which schools are shared; None: all."""

    schools: tuple[str, ...] | None = None


class Manner(_Asked):
    """How the vendors behave from now on; see `behaviour.Behaviour`."""

    changes: dict[str, Any]


class Order(BaseModel):
    """A fault to switch on; see `faults`."""

    model_config = ConfigDict(extra="forbid")

    name: str
    server: str | None = None
    path: str = ""
    method: str | None = None
    after: int = Field(0, ge=0)
    times: int | None = Field(1, ge=1)
    values: dict[str, int | float | str] = {}


def make_control(registry: Registry, elsewhere: list[dict[str, Any]]) -> FastAPI:
    """The control server; `elsewhere` is what reached the host that nobody should ask."""
    app = FastAPI(dependencies=[Depends(_from_here)])
    app.add_exception_handler(ValueError, _refuse)  # type: ignore[arg-type]
    _route_districts(app, registry)
    _route_faults(app, registry, elsewhere)
    canvas_control.route(app, lambda name: _account(registry, name))
    return app


def _route_districts(app: FastAPI, registry: Registry) -> None:
    @app.get("/_control")
    def tell() -> Mapping[str, Any]:
        return {"addresses": registry.addresses, "districts": [_tell(one) for one in registry.accounts.values()]}

    @app.post("/_control/night")
    def pass_night(night: Night) -> Mapping[str, Any]:
        account = _account(registry, night.district)
        account.pass_night(percent=night.percent, kinds=night.kinds, seed=night.seed)
        return _tell(account)

    @app.post("/_control/share")
    def share(sharing: Sharing) -> Mapping[str, Any]:
        account = _account(registry, sharing.district)
        account.share(sharing.schools)
        return _tell(account)

    @app.post("/_control/behaviour")
    def behave(manner: Manner) -> Mapping[str, Any]:
        account = _account(registry, manner.district)
        account.behave(**manner.changes)
        return account.behaviour.model_dump()


def _route_faults(app: FastAPI, registry: Registry, elsewhere: list[dict[str, Any]]) -> None:
    @app.get("/_control/faults")
    def faults() -> Mapping[str, Any]:
        return {"faults": registry.box.faults}

    @app.post("/_control/faults")
    def switch_on(order: Order) -> Mapping[str, Any]:
        registry.box.switch_on(Fault(**order.model_dump()))
        return faults()

    @app.delete("/_control/faults")
    def switch_off() -> Mapping[str, Any]:
        registry.box.switch_off()
        elsewhere.clear()
        for account in registry.accounts.values():
            account.renew()
        return faults()

    @app.post("/_control/reset")
    def reset() -> Mapping[str, Any]:
        registry.reset()
        elsewhere.clear()
        return faults()

    @app.get("/_control/requests")
    def requests() -> Mapping[str, Any]:
        return {"requests": list(registry.box.requests), "elsewhere": elsewhere}


def _account(registry: Registry, name: str | None) -> Account:
    if name is not None and name not in registry.accounts:
        raise ValueError(f"no district {name!r}; known: {', '.join(registry.accounts)}")
    return registry.accounts[name] if name else next(iter(registry.accounts.values()))


def _tell(account: Account) -> dict[str, Any]:
    told = account.told
    return {
        "district": account.name,
        "night": account.view.night,
        "as_of": account.world.as_of.isoformat(),
        "students": len(account.view.students()),
        "expected": {" ".join(key): count for key, count in told.expected.items()} if told else None,
        "refused": told.refused if told else None,
    }


def _from_here(request: Request) -> None:
    if request.client is None or not ip_address(request.client.host).is_loopback:
        raise HTTPException(403)


async def _refuse(_request: Request, error: ValueError) -> JSONResponse:
    wrong = error.errors() if isinstance(error, ValidationError) else []
    detail = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in wrong]
    return JSONResponse({"detail": detail or str(error)}, 422)
