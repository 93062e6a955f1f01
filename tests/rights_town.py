"""Two districts behind Airflow's FAB auth manager, and people with rights on one of them, for tests of rights."""

from __future__ import annotations

import configparser
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox import nights
from sandbox.demo import processes, rest, services
from tests import warehouse as postgresql
from tests.pages_asked import Site, ids_in
from tests.school import school
from tests.town import Town, generous, world
from tests.warehouse import Server

OURS, THEIRS = "springfield", "shelbyville"
_FAB = "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager"
_HELD = generous() | {"archive_percent": 10, "archive_rows": 5}
# What the README of the provider and its code say a right is: an action on a resource. docs/deploy.md gives the same.
_READS = (("can_read", "DAG:roster_nightly__{}"), ("can_read", "DAG Run:roster_nightly__{}"))
_STARTS = (("can_edit", "DAG:roster_nightly__{}"), ("can_create", "DAG Run:roster_nightly__{}"))
_DECIDES = (
    *((action, "DAG:roster_holds__{}") for action in ("can_read", "can_edit")),
    *((action, "DAG Run:roster_holds__{}") for action in ("can_read", "can_create")),
    *((action, "HITL Detail") for action in ("can_read", "can_edit")),
    ("can_read", "XComs"),
)
_CHECKS = (
    *((action, "DAG:district_check__{}") for action in ("can_read", "can_edit")),
    *((action, "DAG Run:district_check__{}") for action in ("can_read", "can_create")),
)
_PEOPLE = {
    "nobody": (OURS, ()),
    "reader": (OURS, _READS),
    "starter": (OURS, (*_READS, *_STARTS, *_DECIDES, *_CHECKS)),
    "unasked": (OURS, (*_READS, *_STARTS, *_DECIDES[:4])),
    "neighbour": (THEIRS, (*_READS, *_STARTS, *_DECIDES, *_CHECKS)),
}


@dataclass(frozen=True)
class RightsTown:
    """`site` answers requests; `strange` has the values of the other district's addresses.

    Each district has a run with quarantined lines and an open hold; the own district also has grades in Canvas.
    """

    site: Site
    ours: Town
    theirs: Town
    strange: dict[str, str]
    metadata_url: str

    def state(self) -> dict[str, bytes]:
        """Return all rows of Rollbook and Airflow, except the access log and Airflow's heartbeats."""
        schemas = self.ours.ask("select distinct schemaname from pg_tables where schemaname !~ '^(pg_|information)'")
        dump = self.ours.dump(*(name for (name,) in schemas))
        dump |= postgresql.dump(self.metadata_url, "public")
        passing = {"runs.audit_log", "public.log", "public.job", "public.session", "public.ab_user"}
        return {name: rows for name, rows in dump.items() if name not in passing}

    def dag_runs(self, dag_id: str) -> list[tuple[Any, ...]]:
        """Return who triggered DAG runs, in order."""
        query = "select triggering_user_name from dag_run where dag_id = %s order by id"
        return postgresql.ask(self.metadata_url, query, dag_id)

    def sign_in(self, who: str) -> str:
        """Return another token of a person."""
        return token_of(self.site.url, who, f"{who}'s")

    def looks(self) -> list[tuple[Any, ...]]:
        """Return the access log: district, actor, act, details as text."""
        return self.ours.ask("select district_id, actor, act, details::text from runs.audit_log order by at, entry_id")

    def people(self) -> set[str]:
        """Return texts that identify a person, without family names, which may also be names of schools."""
        found = self.ours.ask("select identifier, email, given_name || ' ' || family_name from roster.users")
        return {text for row in found for text in row if text}


@contextmanager
def guarded(server: Server, folder: Path) -> Iterator[RightsTown]:
    """Sync the districts, start Airflow's API server for them, and grant people their rights."""
    with (
        postgresql.database(server, "rights_warehouse") as warehouse_url,
        postgresql.database(server, "rights_metadata", template="template0") as metadata_url,
    ):
        environment = {
            "ROLLBOOK_CONFIG": str(folder / "config"),
            "ROLLBOOK_HOME": str(folder / "home"),
            "ROLLBOOK_WAREHOUSE_URL": warehouse_url,
            "AIRFLOW__CORE__AUTH_MANAGER": _FAB,
        }
        ours, theirs = (Town(folder, warehouse_url, district_id) for district_id in (OURS, THEIRS))
        values = _sync(environment, ours, theirs)
        try:
            # On any port: another Airflow may be starting beside this one, and be about to take the usual one.
            airflow = services.settle(folder / "airflow", metadata_url, environment, port=0)
            _prepare(airflow)
            services.run(airflow, ("api-server",))
            tokens = {"admin": token_of(airflow.url, "admin", airflow.password)} | _people(airflow)
            site = Site(airflow.url, tokens, _secret(airflow), values)
            yield RightsTown(site, ours, theirs, _theirs(theirs), metadata_url)
        finally:
            processes.stop(folder / "airflow")


def _sync(environment: dict[str, str], ours: Town, theirs: Town) -> dict[str, tuple[str, ...]]:
    """Sync two nights of both districts, and export the own grades; return the values of the own addresses."""
    from pipelines.store.engine import dispose

    first = world()
    second = nights.evolve(first, seed=6, percent=30, kinds=("drop", "rename")).world
    settled = {"enabled": True, "limits": _HELD, "expectations": {"quarantined_percent": 100}, "schedule": "0 0 29 2 *"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        for town in (ours, theirs):
            town.settle()
            assert town.night(first).status == "applied"
        with school(ours, here=first) as there:
            there.score("quiz-1", {0: 5, 1: 7})
            export = there.export()
        held = {}
        for town in (ours, theirs):
            town.settle(**settled)
            held[town.district_id] = town.night(second, dirty=5)
            assert held[town.district_id].code == "HOLD_REQUIRED"
            assert held[town.district_id].counts["quarantined"] > 0
    dispose()
    graded = ours.one("select distinct class_id::text from gradebook.activities where district_id = %s", OURS)
    runs = (str(held[OURS].run_id), str(export.run_id))
    values = {"district_id": (OURS,), "run_id": runs, "name": ("rollbook.css",), "class_id": (graded,)}
    return {name: (value,) for name, value in ids_in(ours).items()} | values


def _theirs(theirs: Town) -> dict[str, str]:
    run_id = theirs.one("select max(run_id) from runs.runs where district_id = %s", THEIRS)
    return {"run_id": str(run_id)} | ids_in(theirs)


def _prepare(airflow: services.Airflow) -> None:
    """Prepare Airflow as in docs/deploy.md: an administrator, and the DAGs, so that their rights have names."""
    named = ("--username", airflow.user, "--password", airflow.password, "--role", "Admin")
    services.command(airflow, "users", "create", *named, "-e", "admin@oakdale.example", "-f", "A", "-l", "Admin")
    services.command(airflow, "dags", "reserialize")


def _people(airflow: services.Airflow) -> dict[str, str]:
    session = rest.sign_in(airflow)
    for name, (district_id, rights) in _PEOPLE.items():
        named = [(action, resource.format(district_id)) for action, resource in rights]
        role = {"name": name, "actions": [{"action": {"name": one}, "resource": {"name": of}} for one, of in named]}
        person = {"username": name, "password": f"{name}'s", "email": f"{name}@oakdale.example", "first_name": "Given"}
        person |= {"last_name": "Family", "roles": [{"name": name}]}  # type: ignore[dict-item]
        for what, body in (("roles", role), ("users", person)):
            session.post(f"{airflow.url}/auth/fab/v1/{what}", json=body, timeout=60).raise_for_status()
    return {name: token_of(airflow.url, name, f"{name}'s") for name in _PEOPLE}


def token_of(url: str, name: str, password: str) -> str:
    """Return a person's token, which Airflow issues for a password."""
    answer = requests.post(f"{url}/auth/token", json={"username": name, "password": password}, timeout=60)
    answer.raise_for_status()
    return str(answer.json()["access_token"])


def _secret(airflow: services.Airflow) -> str:
    config = configparser.ConfigParser(interpolation=None)
    config.read(airflow.home / "airflow.cfg", encoding="utf-8")
    return config["api"]["secret_key"].replace("%%", "%")
