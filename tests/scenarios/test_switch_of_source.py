"""A district switches to another source: every row keeps its id, and the switch archives nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from sandbox.demo.vendors import connection_id, connections
from sandbox.vendors import ids
from sandbox.vendors.handle import Sandbox
from sandbox.vendors.oneroster.package import write_package
from sandbox.vendors.serving import serving
from tests.town import FIRST, Town, world

NAME = "springfield"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with serving(worlds=[world()], seed=3) as running:
        yield running


@pytest.fixture
def clever(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    for name, value in connections(sandbox, {NAME: "clever"}).items():
        monkeypatch.setenv(name, value)
    identity = ids.clever(sandbox.account.world, "districts", NAME, 0)
    return {"kind": "clever", "connection": connection_id("clever", NAME), "clever_district_id": identity}


@pytest.fixture
def package(sandbox: Sandbox, town: Town) -> dict[str, Any]:
    path = town.folder / "package.zip"
    write_package(sandbox.account, path, version="1.2")
    return {"kind": "oneroster_csv", "path": str(path), "completeness": {"settle_seconds": 0}}


def active(town: Town) -> dict[str, set[Any]]:
    """Return our ids of all active rows, by entity."""
    keys = {"schools": "school_id", "courses": "course_id", "classes": "class_id", "users": "user_id"}
    found = {
        entity: {row for (row,) in town.ask(f"select {key} from roster.{entity} where status = 'active'")}
        for entity, key in keys.items()
    }
    seats = town.ask("select class_id, user_id, role from roster.enrollments where status = 'active'")
    return found | {"enrollments": set(seats)}


def test_a_switch_from_files_to_clever_and_back_keeps_every_row(town: Town, clever: dict[str, Any]) -> None:
    town.deliver(world())
    town.sync(FIRST)
    before = active(town)
    town.settle(sources=[clever])
    over = town.sync(FIRST + timedelta(days=1))
    assert over.status == "applied", over.error
    assert {key: count for key, count in over.planned.items() if key[1] in {"create", "archive"}} == {}
    assert over.planned["users", "link"] == len(before["users"])
    assert over.planned["classes", "link"] == len(before["classes"])
    assert active(town) == before
    again = town.sync(FIRST + timedelta(days=2))
    assert again.status == "unchanged" or again.planned == {}
    town.settle()
    town.deliver(world(as_of=FIRST + timedelta(days=3)))
    back = town.sync(FIRST + timedelta(days=3))
    assert {key: count for key, count in back.planned.items() if key[1] in {"create", "archive"}} == {}
    assert active(town) == before


def test_a_switch_from_a_package_to_clever_keeps_every_row(
    town: Town, clever: dict[str, Any], package: dict[str, Any]
) -> None:
    town.settle(sources=[package])
    assert town.sync(FIRST).status == "applied"
    before = active(town)
    town.settle(sources=[clever])
    over = town.sync(FIRST + timedelta(days=1))
    assert over.status == "applied", over.error
    assert active(town) == before


def test_a_switch_archives_people_absent_from_the_new_source_only_within_the_limits(
    town: Town, clever: dict[str, Any], sandbox: Sandbox
) -> None:
    town.deliver(world())
    town.sync(FIRST)
    before = active(town)
    sandbox.behave(withdrawn_users=2)
    try:
        town.settle(sources=[clever])
        over = town.sync(FIRST + timedelta(days=1))
    finally:
        sandbox.behave(withdrawn_users=0)
    assert over.status == "applied", over.error
    assert over.planned.get(("users", "archive"), 0) in {0, 2}
    assert active(town)["classes"] == before["classes"]
