"""Commands about past nights: revert a run, replay nights, show who was in a class on a night."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from pipelines.cli.options import DATE, DistrictOption, JsonOption, RunOption
from pipelines.cli.output import Output, errors_printed
from pipelines.cli.run import run_printed, whoever


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module to `app`."""
    app.command()(undo)
    app.command()(replay)
    app.command("as-of")(as_of)


def undo(
    run: RunOption,
    conflicts: Annotated[
        bool, typer.Option("--conflicts", help="List the rows that later runs changed, by our ids.")
    ] = False,
    why: Annotated[str, typer.Option(help="The reason; it is recorded.")] = "",
    by: Annotated[str | None, typer.Option(help="Who undoes the run. Default: the login of this machine.")] = None,
    json: JsonOption = False,
) -> None:
    """Revert what a run did to the roster. The undo is a separate run, and can be undone, too."""
    from pipelines import runs
    from pipelines.merge import undo as undoing
    from pipelines.operations.undo import undo_run

    out = Output(json)
    with errors_printed(json):
        if conflicts:
            found = undoing.conflicts(runs.load(run))
            header = ("entity", "id", "class_id", "user_id", "changed_by")
            body = [tuple(row[name] or "" for name in header) for row in found]
            out.table({"run_id": run, "conflicts": found}, (*header[:-1], "changed by run"), body)
            return
        with out.step_log():
            outcomes = undo_run(run, whoever(by), why)
        run_printed(runs.load(outcomes[-1].run_id), outcomes, out)


def replay(
    district: DistrictOption,
    first: Annotated[datetime, typer.Option("--from", formats=DATE, help="The first date.")],
    last: Annotated[datetime, typer.Option("--to", formats=DATE, help="The last date.")],
    term: Annotated[str | None, typer.Option(help="Only this term.")] = None,
    json: JsonOption = False,
) -> None:
    """Sync past dates once more from their landed snapshots. Nothing is sent to Canvas."""
    from pipelines.operations import replay as replaying

    out = Output(json)
    with errors_printed(json):
        with out.step_log():
            nights = replaying.replay(district, first.date(), last.date(), term)
        body = [(one["as_of"], one["run_id"] or "", one["status"], one["code"] or "") for one in nights]
        out.table({"district_id": district, "nights": nights}, ("as of", "run", "status", "code"), body)


def as_of(
    district: DistrictOption,
    on: Annotated[datetime, typer.Option("--date", formats=DATE, help="The date.")],
    class_id: Annotated[str | None, typer.Option("--class", help="The class's id at its source, or ours.")] = None,
    school: Annotated[str | None, typer.Option(help="All classes of the school, by its id at the source.")] = None,
    json: JsonOption = False,
) -> None:
    """Show who was in a class, or in a school's classes, on a date."""
    from pipelines.operations import as_of as looking_back

    with errors_printed(json):
        facts: dict[str, Any] = {"district_id": district, "date": on.date()}
        if school is not None:
            found = looking_back.school_members(district, on.date(), school)
            facts |= {"school": school, "members": found}
        elif class_id is not None:
            found = looking_back.members(district, on.date(), class_id)
            facts |= {"class": class_id, "members": found}
        else:
            raise typer.BadParameter("give a --class or a --school")
        columns = {"class": "class", "role": "role", "family_name": "family name", "given_name": "given name"}
        columns |= {"source_id": "id"}
        shown = [name for name in columns if school is not None or name != "class"]
        body = [tuple(member[name] for name in shown) for member in found]
        Output(json).table(facts, [columns[name] for name in shown], body)
