"""Whole runs of OneRoster, from packages and from the service: changes, repeats, and incomplete deliveries."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from sandbox.vendors.account import Account, open_account
from sandbox.vendors.handle import Sandbox
from sandbox.vendors.oneroster.package import write_package
from sandbox.vendors.serving import serving
from tests.at_oneroster import HURRIED, connect
from tests.oneroster import as_zip, encoded, manifest
from tests.town import FIRST, Told, Town, world

EARLY_TRIES = HURRIED | {"attempts": 2, "longest_wait": 0.1}


@pytest.fixture
def account() -> Account:
    return open_account(world(), seed=7)


@pytest.fixture
def dropping(town: Town) -> Town:
    """Return a district that receives packages."""
    path = str(town.drop / "{as_of}.zip")
    town.settle(sources=[{"kind": "oneroster_csv", "path": path, "completeness": {"settle_seconds": 0}}])
    return town


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with serving(worlds=[world()], seed=7) as running:
        yield running


@pytest.fixture
def served(town: Town, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Town:
    """Return a district at ClassLink."""
    keys = sandbox.first
    connect(monkeypatch, sandbox.addresses["classlink"], keys.classlink_consumer_key, keys.classlink_consumer_secret)
    town.settle(sources=[{"kind": "classlink", "connection": "classlink_springfield", "retry_policy": EARLY_TRIES}])
    return town


def night(number: int) -> date:
    return FIRST + timedelta(days=number)


def package(town: Town, account: Account, number: int, **how: Any) -> Told:
    """Deliver the package of a night, and sync the package."""
    write_package(account, town.drop / f"{night(number)}.zip", **how)
    return town.sync(night(number))


def expected(counts: dict[tuple[str, ...], int]) -> dict[tuple[str, ...], int]:
    return {what: count for what, count in counts.items() if count}


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_a_run_of_the_same_package_is_unchanged(dropping: Town, account: Account, version: Any) -> None:
    assert package(dropping, account, 0, version=version).status == "applied"
    before = dropping.dump("roster")
    again = package(dropping, account, 1, version=version)
    assert again.status == "unchanged"
    assert dropping.dump("roster") == before


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_delta_packages_plan_the_same_changes_as_bulk_packages(dropping: Town, account: Account, version: Any) -> None:
    package(dropping, account, 0, version=version)
    account.behave(oneroster_tombstones=True)
    for number in (1, 2):
        account.pass_night(percent=5)
        changed = package(dropping, account, number, version=version, mode="delta")
        assert changed.status == "applied"
        assert account.told
        assert changed.planned == expected(account.told.expected)
    assert package(dropping, account, 3, version=version).planned == {}


def test_a_package_of_only_a_manifest_is_unchanged_and_the_next_delta_is_applied(
    dropping: Town, account: Account
) -> None:
    package(dropping, account, 0)
    as_zip(dropping.drop / f"{night(1)}.zip", {"manifest.csv": encoded(manifest({}))})
    assert dropping.sync(night(1)).status == "unchanged"
    account.behave(oneroster_tombstones=True)
    account.pass_night(percent=5)
    assert package(dropping, account, 2, mode="delta").status == "applied"


def test_a_delta_after_a_missed_delta_is_refused_until_a_bulk_package_arrives(dropping: Town, account: Account) -> None:
    package(dropping, account, 0)
    before = dropping.dump("roster")
    account.pass_night(percent=5)
    run = package(dropping, account, 2, mode="delta")
    assert (run.status, run.code) == ("stopped", "SOURCE_INCOMPLETE")
    assert dropping.dump("roster") == before
    assert package(dropping, account, 3).status == "applied"


def test_a_first_package_that_is_a_delta_is_refused(dropping: Town, account: Account) -> None:
    account.pass_night(percent=5)
    run = package(dropping, account, 0, mode="delta")
    assert (run.status, run.code) == ("stopped", "SOURCE_INCOMPLETE")
    assert dropping.one("select count(*) from roster.users") == 0


def test_a_truncated_package_leaves_the_roster_unchanged(dropping: Town, account: Account) -> None:
    package(dropping, account, 0)
    before = dropping.dump("roster")
    path: Path = write_package(account, dropping.drop / f"{night(1)}.zip")
    path.write_bytes(path.read_bytes()[:-500])
    run = dropping.sync(night(1))
    assert (run.status, run.code) == ("stopped", "SOURCE_INCOMPLETE")
    assert dropping.dump("roster") == before


def test_runs_from_classlink_plan_what_changed_and_an_unrevised_roster_is_unchanged(
    served: Town, sandbox: Sandbox
) -> None:
    assert served.sync(night(0)).status == "applied"
    sandbox.clear()
    assert served.sync(night(1)).status == "unchanged"
    passed = sandbox.pass_night(percent=5)
    changed = served.sync(night(2))
    planned = {f"{entity} {action}": count for (entity, action), count in changed.planned.items()}
    assert planned == {what: count for what, count in passed["expected"].items() if count}


def test_a_revision_without_relevant_changes_is_unchanged(served: Town, sandbox: Sandbox) -> None:
    served.sync(night(0))
    sandbox.behave(contacts=True)  # a new contact is a revision
    assert served.sync(night(1)).status == "unchanged"


@pytest.mark.parametrize(
    ("trouble", "status", "code"),
    [
        ("500", "failed", "SOURCE_UNAVAILABLE"),
        ("401", "stopped", "CREDENTIALS_REFUSED"),
        ("empty", "stopped", "SOURCE_INCOMPLETE"),
    ],
)
def test_a_failing_service_leaves_the_roster_unchanged(
    served: Town, sandbox: Sandbox, trouble: str, status: str, code: str
) -> None:
    served.sync(night(0))
    before = served.dump("roster")
    sandbox.behave(contacts=True)
    sandbox.fault(trouble, server="classlink", path="/users", times=None)
    run = served.sync(night(1))
    assert (run.status, run.code) == (status, code)
    assert served.dump("roster") == before
