"""What the demo prints: each night as it ends, then all of them as one table, then where to look."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from sandbox.demo.nights import Told
from sandbox.demo.services import Airflow

COUNTS = ("received", "accepted", "quarantined", "planned", "written")


def nights(results: Sequence[Told]) -> Table:
    """Group the nights by district; what an unchanged night does not count is a dash."""
    table = Table(
        title="Results",
        title_justify="left",
        caption="A move to another class is one planned change and two rows written.",
        caption_justify="left",
        box=box.SIMPLE_HEAD,
    )
    for name in ("district", "night", "status"):
        table.add_column(name, no_wrap=True)
    for name in (*COUNTS, "seconds"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in sorted(results, key=lambda one: (one.demo.name, one.night.number)):
        beside = {1: one.demo.name, 2: f"  {one.demo.delivers}"}.get(one.night.number, "")
        counts = [f"{one.counts.get(name, 0):,}" if "received" in one.counts else "-" for name in COUNTS]
        style = "red" if one.problem else "yellow" if one.error or one.counts.get("quarantined") else None
        table.add_row(beside, one.night.label, one.status, *counts, f"{one.seconds:.0f}", style=style)
    return table


def where_to_look(console: Console, airflow: Airflow, environment: Path) -> None:
    """The address, the login, and commands to go on with."""
    page = f"{airflow.url}/dags?tags=roster"
    console.print(
        f"\nAirflow:  [link={page}]{page}[/link]   login [bold]{airflow.user}[/] / [bold]{airflow.password}[/]"
    )
    pages = f"{airflow.url}/plugin/rollbook"
    console.print(f"Pages:    [link={pages}]{pages}[/link]   findings, plans and holds, in Airflow's own UI")
    console.print("To go on in a shell with the environment of the DAGs' tasks:")
    console.print(f"  . {environment}", soft_wrap=True)
    for command, meaning in (
        ("rollbook runs", "all runs, newest first"),
        ("rollbook report --run 1", "findings, their owners, the plan"),
        ("rollbook quarantine --run 3", "the rows of a run that were not accepted (names people)"),
    ):
        console.print(f"  {command:30} # {meaning}")
    console.print("Everything runs on this machine only, until `make stop`.\n")
