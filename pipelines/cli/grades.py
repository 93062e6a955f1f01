"""`rollbook grades …`: the export of grades to Canvas, and people's decisions about it."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.options import DATE, DistrictOption, JsonOption, RowsOption, RunOption, today
from pipelines.cli.output import Output, errors_printed
from pipelines.errors import RollbookError
from pipelines.runs.request import ExportRequest, UndoRequest
from pipelines.settings import load_district

if TYPE_CHECKING:
    from pipelines.runs import Run

app = typer.Typer(no_args_is_help=True, help="Send grades to Canvas, list their states, undo an export.")

ClassesOption = Annotated[
    list[str] | None, typer.Option("--class", help="Only this class, by its id at the source; may be repeated.")
]
ActivitiesOption = Annotated[
    list[str] | None, typer.Option("--activity", help="Only this activity, by its id at the source; may be repeated.")
]
ActivityOption = Annotated[str, typer.Option("--activity", help="The activity's id at its source.")]
StateOption = Annotated[str | None, typer.Option(help="Only SYNCED, NOT_SYNCED, NOT_FOUND or ERROR.")]


@app.command()
def export(
    district: DistrictOption,
    as_of: Annotated[
        datetime | None, typer.Option(formats=DATE, help="The date of the run. Default: today in the district.")
    ] = None,
    classes: ClassesOption = None,
    activities: ActivitiesOption = None,
    plan_only: Annotated[bool, typer.Option("--plan-only", help="Show what would be written; send nothing.")] = False,
    json: JsonOption = False,
) -> None:
    """Send the selected activities' scores to Canvas, and read them back."""
    _run(
        lambda: ExportRequest(
            district_id=load_district(district).district_id,
            as_of=as_of.date() if as_of else today(district),
            classes=_all(classes),
            activities=_all(activities),
            plan_only=plan_only,
        ),
        json,
    )


@app.command()
def undo(district: DistrictOption, run_id: RunOption, json: JsonOption = False) -> None:
    """Restore the scores that Canvas had before an export, unless somebody has changed them since."""
    _run(
        lambda: UndoRequest(
            district_id=load_district(district).district_id, as_of=today(district), reverts=run_id, by=getpass.getuser()
        ),
        json,
    )


@app.command("list")
def list_command(district: DistrictOption, classes: ClassesOption = None, json: JsonOption = False) -> None:
    """List polls, quizzes and assignments, and mark the selected ones."""
    from pipelines.grades import select as selection

    with errors_printed(json):
        found = selection.listed(load_district(district), classes)
        body = [
            (a["class"], a["activity"], a["kind"], a["title"], a["points"], "yes" if a["selected"] else "", a["open"])
            for a in found
        ]
        header = ("class", "activity", "kind", "title", "points", "selected", "")
        Output(json).table({"district_id": district, "activities": found}, header, body)


@app.command()
def select(
    district: DistrictOption,
    classes: ClassesOption = None,
    activities: ActivitiesOption = None,
    off: Annotated[
        bool, typer.Option("--off", help="Deselect: the activity is not sent any more, and stays in Canvas.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Select activities for export by activity, by class, or both. This overrides the source's selection."""
    from pipelines.grades import decisions

    if not (classes or activities):
        raise typer.BadParameter("give an --activity or a --class")
    what = f"activities are {'deselected' if off else 'selected'}"
    _decide(district, what, json, lambda by: decisions.select(district, (classes, activities), not off, by))


@app.command()
def unarchive(
    district: DistrictOption,
    class_id: Annotated[str, typer.Option("--class", help="The class's id at its source.")],
    json: JsonOption = False,
) -> None:
    """Keep a class open for export after its term's end, without an end date."""
    from pipelines.grades import decisions

    _decide(district, "classes are open", json, lambda by: decisions.unarchive(district, class_id, by))


@app.command()
def recreate(district: DistrictOption, activity: ActivityOption, json: JsonOption = False) -> None:
    """Let the next export create a Canvas assignment again that was deleted in Canvas."""
    from pipelines.grades import decisions

    _decide(
        district, "Canvas assignments may be created again", json, lambda by: decisions.recreate(district, activity, by)
    )


@app.command()
def approve(run_id: RunOption, json: JsonOption = False) -> None:
    """Approve the overwrites that an export held (changed_in_canvas: hold). The next export sends them."""
    from pipelines import runs
    from pipelines.grades import decisions

    with errors_printed(json):
        run = runs.load(run_id)
        _decide(run.district_id, "overwrites are approved", json, lambda by: decisions.approve(run, by))


@app.command()
def show(run_id: RunOption, state: StateOption = None, rows: RowsOption = 50, json: JsonOption = False) -> None:
    """Show each student's score, old and new, and its state. The rows name people: only for those who may see them."""
    from pipelines import runs
    from pipelines.grades import decisions
    from schemas.grade_states import REASONS

    with errors_printed(json):
        found = decisions.students(runs.load(run_id), state, rows)
        for one in found:
            reason = REASONS[one["reason"]]
            one |= {"explanation": reason.explanation, "actor": reason.actor, "action": reason.action}
        header = ("activity", "family name", "given name", "before", "new", "state", "explanation")
        body = [
            (f["activity"], f["family_name"], f["given_name"], _score(f["old"]), _new(f), f["state"], f["explanation"])
            for f in found
        ]
        Output(json).table({"run_id": run_id, "students": found}, header, body)


def print_report(run: Run, out: Output) -> None:
    """Print an export's summary."""
    from pipelines.grades import report

    facts = report.facts(run, load_district(run.district_id).canvas)
    out.markdown(facts, report.page(facts))


def _run(make_request: Callable[[], ExportRequest | UndoRequest], json: bool) -> None:
    """Run the request and print its summary, however the run ends.

    With JSON output, print one object and end with the exit code.
    """
    from pipelines import gradebook, runs
    from pipelines.store.migrate import migrate, pending

    out = Output(json)
    with errors_printed(json):
        request = make_request()
        if pending():
            migrate()
        run_id = gradebook.start(request)
        stopped = None
        try:
            with out.step_log():
                gradebook.export(run_id)
        except RollbookError as error:
            stopped = error
        print_report(runs.load(run_id), out)
        if stopped and json:
            raise typer.Exit(stopped.exit_code)
        if stopped:
            raise stopped


def _decide(district: str, what: str, json: bool, act: Callable[[str], int]) -> None:
    with errors_printed(json):
        done = act(getpass.getuser())
        Output(json).sentence({"district_id": district, "changed": done}, f"{done} {what}")


def _new(row: dict[str, Any]) -> str:
    return "excused" if row["excused"] else _score(row["new"])


def _score(score: Any) -> str:
    return "" if score is None else str(score)


def _all(names: list[str] | None) -> tuple[str, ...] | None:
    return tuple(names) if names else None
