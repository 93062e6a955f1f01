"""The commands, their options and what they print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.cli import check_report, grades, history, plan
from pipelines.cli.options import DATE, DistrictOption, JsonOption, RowsOption, RunOption, today
from pipelines.cli.output import Output, errors_printed
from pipelines.cli.run import run_printed
from pipelines.runs.request import NightRequest, Scope
from pipelines.settings import District, load_district

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Class rosters, right every night."
)
app.add_typer(plan.app, name="plan")
app.add_typer(grades.app, name="grades")
history.add_to(app)

COMPARED = ("active", "by_link", "by_id", "by_email", "reactivated", "new", "vanishing", "staying")
LIMIT = {True: "ok", False: "BEYOND"}
RUN = ("run_id", "district_id", "kind", "as_of", "status", "code")
MAIN = ("received", "accepted", "quarantined", "planned", "scores", "sent")  # the counts in a run's one-line summary


@app.command("migrate")
def migrate_command(json: JsonOption = False) -> None:
    """Bring the warehouse's tables up to date. Safe to repeat."""
    from pipelines.store.migrate import migrate

    with errors_printed(json):
        applied = migrate()
        Output(json).sentence(
            {"applied": applied}, f"applied: {', '.join(applied) or 'none, the tables are up to date'}"
        )


@app.command()
def check(
    district: DistrictOption,
    as_of: Annotated[
        datetime | None, typer.Option(formats=DATE, help="The date of the run. Default: today in the district.")
    ] = None,
    switch_to: Annotated[
        str | None, typer.Option(help="Compare this kind of source (under candidates: or sources:) with the roster.")
    ] = None,
    settings: Annotated[
        bool, typer.Option("--settings", help="Print the resolved settings, defaults included.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Check a district: settings, warehouse, sources, schools, freshness. Or compare a new source before a switch.

    Also list the steps of the launch, and what is left to do at each school.
    """
    from pipelines.operations import self_check

    with errors_printed(json):
        on = as_of.date() if as_of else today(district)
        if switch_to:
            _compare(load_district(district), switch_to, on, Output(json))
            return
        if settings:
            check_report.print_settings(load_district(district), Output(json))
            return
        checked = self_check.examine(load_district(district), on)
        check_report.print_check(load_district(district), checked, Output(json))
        if not all(one.ok for one in checked.checks):
            raise typer.Exit(3)


@app.command()
def sync(
    district: DistrictOption,
    as_of: Annotated[
        datetime | None, typer.Option(formats=DATE, help="The date of the run. Default: today in the district.")
    ] = None,
    source: Annotated[str | None, typer.Option(help="Only this kind of source.")] = None,
    school: Annotated[list[str] | None, typer.Option(help="Only this school id; may be repeated.")] = None,
    term: Annotated[str | None, typer.Option(help="Only this term.")] = None,
    course: Annotated[
        str | None, typer.Option(help="Only this course, if the source can deliver a single course.")
    ] = None,
    path: Annotated[str | None, typer.Option(help="Read this file instead of the settings' path.")] = None,
    plan_only: Annotated[bool, typer.Option("--plan-only", help="Make the plan; do not change the roster.")] = False,
    json: JsonOption = False,
) -> None:
    """Sync the roster of a district for one date."""
    from pipelines import roster, runs
    from pipelines.store.migrate import migrate, pending

    out = Output(json)
    with errors_printed(json):
        request = NightRequest(
            district_id=load_district(district).district_id,
            as_of=as_of.date() if as_of else today(district),
            scope=Scope(schools=tuple(school) if school else None, term=term, course=course, source=source),
            plan_only=plan_only,
            path=_from_here(path),
        )
        if pending():
            migrate()
        with out.step_log():
            outcomes = roster.sync(request)
        run_printed(runs.load(outcomes[-1].run_id), outcomes, out)


@app.command("runs")
def runs_command(
    district: Annotated[str | None, typer.Option("--district", "-d", help="Only this district's.")] = None,
    rows: RowsOption = 20,
    json: JsonOption = False,
) -> None:
    """List the latest runs (Import Details)."""
    from pipelines import runs

    with errors_printed(json):
        found = runs.recent(district, rows)
        body = [(*(r[name] or "" for name in RUN), _relation(r), _brief(r["counts"], MAIN)) for r in found]
        header = ("run", "district", "kind", "as of", "status", "code", "", "counts")
        Output(json).table({"runs": found}, header, body)


@app.command("report")
def report_command(run_id: RunOption, json: JsonOption = False) -> None:
    """Show a run's report: imports, findings, the plan by school, seconds."""
    from pipelines import runs
    from pipelines.report import run_report

    with errors_printed(json):
        run = runs.load(run_id)
        if run.kind == "gradebook":
            grades.print_report(run, Output(json))
            return
        facts = run_report.facts(run)
        Output(json).markdown(facts, run_report.markdown(facts))


@app.command()
def quarantine(run_id: RunOption, rows: RowsOption = 50, json: JsonOption = False) -> None:
    """Show the quarantined rows of a run. The rows name people: only for those who correct them."""
    from pipelines import runs

    with errors_printed(json):
        found = runs.quarantined(runs.load(run_id), rows)
        body = [(q["file"], q["line"], q["code"], q["column_name"] or "", _brief(q["row"])) for q in found]
        Output(json).table({"run_id": run_id, "quarantined": found}, ("file", "line", "rule", "column", "row"), body)


@app.command()
def students(run_id: RunOption, rows: RowsOption = 50, json: JsonOption = False) -> None:
    """List the students from Canvas that need help, by Canvas id: the reason, who acts and how."""
    from pipelines import runs
    from pipelines.report import students as student_report

    with errors_printed(json):
        found = student_report.details(runs.load(run_id), rows)
        body = [
            (s["student"], s["reason"], s["actor"], s["action"], " ".join(s["courses"]), " ".join(s["classes"]))
            for s in found
        ]
        header = ("student", "reason", "who", "what to do", "courses", "classes")
        Output(json).table({"run_id": run_id, "students": found}, header, body)


def _compare(district: District, kind: str, as_of: date, out: Output) -> None:
    """Print who would be recognised, new or gone if the district switched to this source.

    Exits with 3 if a comparison is beyond its limit.
    """
    from pipelines.operations import switch

    with out.step_log():
        found = switch.compare(district, kind, as_of)
    compared = [asdict(one) for one in found.compared]
    facts = {"district_id": district.district_id, "as_of": as_of, "switch_to": found.source, "layout": found.layout}
    header = ("", "active", "by link", "by id", "by email", "reactivated", "new", "vanishing", "staying", "limit")
    body = [
        (" ".join(filter(None, (one["role"], one["entity"]))), *(one[name] for name in COMPARED), LIMIT[one["ok"]])
        for one in compared
    ]
    counts = _brief(found.counts, MAIN)
    title = f"{district.district_id}: the roster compared with {found.source} ({found.layout}); {counts}"
    out.table(facts | {"counts": found.counts, "compared": compared}, header, body, title)
    if not all(one.ok for one in found.compared):
        raise typer.Exit(3)


def _relation(run: dict[str, Any]) -> str:
    """Return how a run relates to others: which run it approves or undoes, and which run undid it."""
    relations = [f"{run['act']} of {run['of_run']}"] if run["act"] else []
    return ", ".join(relations + ([f"undone by {run['undone_by']}"] if run["undone_by"] else []))


def _from_here(path: str | None) -> str | None:
    """Return a typed path as an absolute path; leave a URL and None as they are.

    A path typed by a person starts at their working directory; a path of the settings starts at the project.
    """
    return path if path is None or "://" in path else str(Path(path).absolute())


def _brief(facts: dict[str, Any], wanted: Sequence[str] = ()) -> str:
    shown = {name: facts[name] for name in wanted or facts if facts.get(name) not in (0, "", None)}
    return ", ".join(f"{name}={value}" for name, value in shown.items())
