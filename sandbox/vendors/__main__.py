"""`python -m sandbox.vendors`: the vendors' servers until Ctrl-C; prints where they are and what opens them."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from sandbox.vendors import account, serving
from sandbox.vendors.registry import Registry

app = typer.Typer(add_completion=False, help="Clever, ClassLink, OneRoster and Canvas, invented, on this machine only.")


@app.command()
def serve(
    port: Annotated[int, typer.Option(min=0, help="The first of nine ports in a row; 0 takes any.")] = 8700,
    seed: int = 1,
    students: Annotated[int, typer.Option(min=13)] = 1200,
    district: Annotated[list[str] | None, typer.Option(help="Once for each district.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON for a program.")] = False,
) -> None:
    """Serve invented districts until interrupted."""
    worlds = serving.invent(students, seed, district or ["springfield"])
    registry = Registry({world.district: account.open_account(world, seed) for world in worlds}, seed)
    sockets = serving.open_sockets(port)
    server = serving.prepare(registry, sockets)
    for one in sockets.values():
        one.listen()  # who reads the addresses may call at once
    told = serving.describe(registry)
    print(json.dumps(told) if as_json else "\n".join(_lines(told)), flush=True)
    server.run(sockets=list(sockets.values()))


def _lines(told: dict[str, Any]) -> list[str]:
    lines = [f"{name:16} {address}" for name, address in told["addresses"].items()]
    for district, keys in told["keys"].items():
        lines += ["", district, *(f"  {name:26} {key}" for name, key in keys.items())]
    return lines


if __name__ == "__main__":
    app(prog_name="python -m sandbox.vendors")
