"""`python -m sandbox.vendors.contract FOLDER`: every response held against the vendors' published schemas.

The schemas are the vendors' and not part of this project; `_CHECKS` names the files that the folder may hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from sandbox.vendors.canvas import contract as canvas
from sandbox.vendors.clever import contract as clever
from sandbox.vendors.handle import Sandbox
from sandbox.vendors.oneroster import contract as oneroster
from sandbox.vendors.serving import serving

Finding = tuple[str, list[str]]  # the request, and what is wrong with its response

_CHECKS: dict[str, tuple[str, Callable[[Sandbox, Path], Iterator[Finding]]]] = {
    "Clever Data API": ("clever/v3.1.yml", clever.check_data),
    "Clever Events API": ("clever/v3.1-events.yml", clever.check_events),
    "OneRoster 1.2 rostering": ("oneroster/1edtech-1.2/rostersservice.yaml", oneroster.check_schemas),
    "OneRoster 1.1 operations": ("oneroster/oneroster-1.1-operations.json", oneroster.check_operations),
    "Canvas grades as recorded": ("canvas/recorded_shapes.json", canvas.check_recorded),
    "Canvas posted grades": ("canvas/posted_grade_vectors.json", canvas.check_marks),
}

app = typer.Typer(add_completion=False)


@app.command()
def validate(
    folder: Annotated[Path, typer.Argument(help="Where the vendors' schemas are.")], students: int = 200
) -> None:
    """Ask every endpoint of a sandbox of its own, and print what the schemas say; exit 1 if they object."""
    if not folder.is_dir():
        print(f"not validated against the official contracts: {folder} is not there")
        return
    wrong = False
    with serving(students=students, oneroster_tombstones=True) as sandbox:
        sandbox.pass_night(percent=10)
        for title, (name, check) in _CHECKS.items():
            if (folder / name).is_file():
                wrong |= _tell(title, list(check(sandbox, folder / name)))
            else:
                print(f"{title}: not validated, {folder / name} is not there")
    if wrong:
        raise typer.Exit(1)


def _tell(title: str, findings: list[Finding]) -> bool:
    wrong = [(asked, faults) for asked, faults in findings if faults]
    print(f"{title}: {len(findings)} responses, {len(wrong)} wrong")
    for asked, faults in wrong:
        print(f"  {asked}", *(f"    {fault}" for fault in faults[:5]), sep="\n")
    return bool(wrong) or not findings


if __name__ == "__main__":
    app(prog_name="python -m sandbox.vendors.contract")
