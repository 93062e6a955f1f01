"""The output of a finished run: its steps, their seconds and counts."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipelines.cli.output import Output

if TYPE_CHECKING:
    from pipelines.runs import Outcome, Run


def run_printed(run: Run, outcomes: Sequence[Outcome], out: Output) -> None:
    """Print a run and its steps."""
    steps = [{"step": o.step, "seconds": round(o.seconds, 3), "counts": o.counts} for o in outcomes]
    facts = {"run_id": run.run_id, "district_id": run.district_id, "as_of": run.as_of, "status": run.status}
    out.table(
        facts | {"code": run.code, "steps": steps},
        ("step", "seconds", "counts"),
        [(o.step, f"{o.seconds:.2f}", _counts(o.counts)) for o in outcomes],
        f"run {run.run_id}, {run.district_id}, as of {run.as_of}: {run.status}",
    )


def whoever(by: str | None) -> str:
    """Return who decides: the given name, else the login of this machine."""
    return by or getpass.getuser()


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())
