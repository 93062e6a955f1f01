"""`python -m sandbox generate`: files to try Rollbook on, and what it should say about them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from sandbox import district, nights, write

app = typer.Typer(add_completion=False, help="An offline world to try Rollbook in.")


@app.callback()
def _choose() -> None:
    """Keep `generate` a command of its own, for others to stand beside it."""


@app.command()
def generate(  # noqa: PLR0913 - Typer takes one parameter per option
    out: Annotated[Path, typer.Option(help="Folder to write into: one folder inside it per night.")],
    students: Annotated[int, typer.Option(min=13)] = 1200,
    schools: Annotated[int | None, typer.Option(min=1, help="By default one per 833 students.")] = None,
    name: Annotated[
        str, typer.Option("--district", help="The district's id; emails are named after it.")
    ] = "springfield",
    seed: int = 1,
    as_of: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The first night.")] = datetime(2026, 9, 1),  # noqa: DTZ001 - a date
    layout: Annotated[str, typer.Option(help="combined, staff, students or sds_v21")] = "combined",
    format: Annotated[str, typer.Option(help="csv, tsv, xls or xlsx")] = "csv",  # noqa: A002 - it names the option
    night_count: Annotated[int, typer.Option("--nights", min=1, help="How many nights in a row.")] = 1,
    percent: Annotated[float, typer.Option(min=0, max=50, help="Students touched by each further night.")] = 1.0,
    kinds: Annotated[str, typer.Option(help="What happens, e.g. add,drop,move,rename.")] = ",".join(nights.USUAL),
    dirty: Annotated[int | None, typer.Option(help="Seed of mistakes to make; none by default.")] = None,
    encoding: str = "utf-8",
    delimiter: str | None = None,
    trailer: Annotated[bool, typer.Option(help="End each file with its number of rows.")] = False,
    manifest: Annotated[bool, typer.Option(help="Write a <file>.manifest.json with rows, bytes, sha256.")] = False,
) -> None:
    """Write the files of one or more nights, and print them with the changes a correct plan has."""
    form = {"layout": layout, "format": format, "dirty": dirty, "encoding": encoding, "delimiter": delimiter}
    form |= {"trailer": trailer, "manifest": manifest}
    try:
        world = district.generate(seed=seed, students=students, schools=schools, district=name, as_of=as_of.date())
        night = nights.Night(world, nights.opening(world))
        for number in range(night_count):
            if number:
                night = nights.evolve(night.world, seed=seed + number, percent=percent, kinds=kinds.split(","))
            files = write.write(night.world, out / night.world.as_of.isoformat(), **form)
            _tell(night, files, write.list_mistakes(night.world, **form))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _tell(night: nights.Night, files: list[Path], mistakes: dict[str, tuple[int, ...]]) -> None:
    print(night.world.as_of.isoformat() + (" (the changes are those of a clean export)" if mistakes else ""))
    for file in files:
        print(f"  {file}  {file.stat().st_size:,} bytes")
    for (entity, action), count in sorted(night.expected.items()):
        print(f"  {entity:12} {action:11} {count:>9,}")
    refused = night.refused | {code: len(lines) for code, lines in mistakes.items()}
    for code, count in sorted(refused.items()):
        print(f"  {code:24} {count:>9,}")


if __name__ == "__main__":
    app(prog_name="python -m sandbox")
