"""`python -m bench`: whole nights of Rollbook beside those of two others."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from bench.contest import OURS, PANDAS, REFERENCE, contest
from bench.measure import Write, begin, finish
from sandbox.district import SLOTS

SIZES = {"D": 350_000, "X": 7_000_000}
LARGE = 2_000_000  # rows from which one round is the default and pandas, at minutes a night, must be asked for

app = typer.Typer(add_completion=False)


@app.command()
def bench(
    size: Annotated[str, typer.Option(help="D (350,000 rows), X (7,000,000), or a number of rows.")] = "D",
    rounds: Annotated[int | None, typer.Option(min=1, help="By default 3; 1 for X.")] = None,
    with_pandas: Annotated[bool, typer.Option("--with-pandas", help="Let pandas take part in X, too.")] = False,
    folder: Annotated[Path | None, typer.Option(help="Where there is room: 12 GB for X. By default /tmp.")] = None,
    write: Write = False,
) -> None:
    """Measure whole nights of Rollbook, of COPY + MERGE, and of pandas.to_sql + upsert, side by side."""
    rows, about = _rows(size), begin("bench")
    contenders = (REFERENCE, OURS) if rows >= LARGE and not with_pandas else (REFERENCE, PANDAS, OURS)
    with TemporaryDirectory(prefix="rollbook-bench-", dir=folder, ignore_cleanup_errors=True) as temporary:
        found = contest(Path(temporary), rows, rounds or (1 if rows >= LARGE else 3), contenders)
    finish("nights", {**about, "size": size, **found}, write=write)


def _rows(size: str) -> int:
    if size in SIZES:
        return SIZES[size]
    if not size.isdecimal() or int(size) < 13 * SLOTS:
        raise typer.BadParameter(f"--size is D, X or a number of rows, at least {13 * SLOTS}")
    return int(size)


if __name__ == "__main__":
    app(prog_name="python -m bench")
