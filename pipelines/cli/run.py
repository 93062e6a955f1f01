"""The output of a finished run: its steps, their seconds and counts."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipelines.cli.output import Output

if TYPE_CHECKING:
    from pipelines.runs import Outcome, Run


def run_told(night: Run, outcomes: Sequence[Outcome], out: Output) -> None:
    """Print a run and its steps."""
    steps = [{"step": o.step, "seconds": round(o.seconds, 3), "counts": o.counts} for o in outcomes]
    told = {"run_id": night.run_id, "district_id": night.district_id, "as_of": night.as_of, "status": night.status}
    out.table(
        told | {"code": night.code, "steps": steps},
        ("step", "seconds", "counts"),
        [(o.step, f"{o.seconds:.2f}", _counts(o.counts)) for o in outcomes],
        f"run {night.run_id}, {night.district_id}, night of {night.as_of}: {night.status}",
    )


def whoever(by: str | None) -> str:
    """Return who decides: the given name, else the login of this machine."""
    return by or getpass.getuser()


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())
