"""`rollbook plan …`: show a run's plan, and decide about its holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.options import JsonOption, RowsOption, RunOption
from pipelines.cli.output import Output, errors_printed
from pipelines.cli.run import run_printed, whoever

if TYPE_CHECKING:
    from pipelines.runs.request import Decision

app = typer.Typer(no_args_is_help=True, help="Show a run's plan, and approve or reject its holds.")

HoldsOption = Annotated[
    list[int] | None,
    typer.Option("--hold", help="Only this hold, by its number; may be repeated. Default: all open holds."),
]
WhyOption = Annotated[str, typer.Option(help="The reason; it is recorded with the decision.")]
ByOption = Annotated[str | None, typer.Option(help="Who decides. Default: the login of this machine.")]
HOLD = ("hold_n", "school", "entity", "action", "planned", "active", "allowed", "status", "digest")


@app.command()
def show(
    run_id: RunOption,
    entity: Annotated[str | None, typer.Option(help="Only this entity: schools, users, enrollments …")] = None,
    school: Annotated[str | None, typer.Option(help="Only this school id.")] = None,
    rows: RowsOption = 50,
    json: JsonOption = False,
) -> None:
    """Show what a run would change: counts by school, the changes by our ids, and what needs approval."""
    from pipelines import runs
    from pipelines.plan import changes
    from pipelines.review import holds

    with errors_printed(json):
        run, out = runs.load(run_id), Output(json)
        counted = changes.by_school(run)
        shown = changes.show(run, entity, school, rows)
        held = holds.of_run(run)
        facts: dict[str, Any] = {"run_id": run_id, "status": run.status, "by_school": counted, "changes": shown}
        body = [(row["school"], row["entity"], row["action"], row["changes"], row["held"] or "") for row in counted]
        header = ("school", "entity", "action", "changes", "held")
        out.table(facts | {"holds": held}, header, body, f"plan of run {run_id}: {run.status}")
        if held and not json:
            held_rows = [tuple(hold[name] for name in HOLD) for hold in held]
            out.table({}, ("hold", *HOLD[1:]), held_rows, f"holds; digest {holds.digest_of(held) or '-'}")


@app.command()
def approve(
    run_id: RunOption,
    hold: HoldsOption = None,
    why: WhyOption = "",
    by: ByOption = None,
    digest: Annotated[
        str | None, typer.Option(help="Only if the open holds still have this digest, which `plan show` prints.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Apply the holds of a run, exactly as they were shown. The approval is a separate run, and can be undone."""
    from pipelines import runs
    from pipelines.operations import approval

    out = Output(json)
    with errors_printed(json):
        with out.step_log():
            outcomes = approval.approve(run_id, _decision(by, why, hold, digest))
        run_printed(runs.load(outcomes[-1].run_id), outcomes, out)


@app.command()
def reject(
    run_id: RunOption, hold: HoldsOption = None, why: WhyOption = "", by: ByOption = None, json: JsonOption = False
) -> None:
    """Discard the holds of a run. Nothing is written to the roster."""
    from pipelines import runs
    from pipelines.review import holds

    with errors_printed(json):
        run = runs.load(run_id)
        rejected = holds.reject(run, _decision(by, why, hold, None))
        facts = {"run_id": run_id, "district_id": run.district_id, "rejected": rejected}
        Output(json).sentence(facts, f"rejected: {len(rejected)} holds of run {run_id}; the roster is unchanged")


def _decision(by: str | None, why: str, holds: list[int] | None, digest: str | None) -> Decision:
    from pipelines.runs.request import Decision

    return Decision(by=whoever(by), why=why, holds=tuple(holds or ()), digest=digest)
