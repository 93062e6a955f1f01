"""A district's line items and results: absent until shared, and the same in both versions and as files."""

from __future__ import annotations

import csv

import pytest
import requests

from sandbox import grades
from sandbox.vendors.account import open_account
from sandbox.vendors.behaviour import Behaviour
from sandbox.vendors.oneroster import access, collections, gradebook, rest, shapes
from sandbox.vendors.oneroster.package import GRADEBOOK, write_package

VERSIONS = ("1.1", "1.2")


@pytest.fixture
def ask(sandbox):
    """Ask the gradebook service of a version, with a token for a scope."""

    def get(path, version, scope=access.GRADEBOOK):
        base = sandbox.addresses[f"oneroster_{version.replace('.', '')}"]
        form = {"grant_type": "client_credentials", "scope": access.scope(version, scope)}
        client = (sandbox.first.oneroster_client_id, sandbox.first.oneroster_client_secret)
        token = requests.post(f"{base}/token", data=form, auth=client, timeout=20).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        return requests.get(f"{base}{rest.GRADEBOOK_BASES[version]}/{path}", headers=headers, timeout=20)

    return get


@pytest.fixture
def account(world):
    return open_account(world, behaviour=Behaviour(oneroster_gradebook=True))


@pytest.mark.parametrize("version", VERSIONS)
def test_an_unshared_gradebook_is_unknown_and_one_without_permission_is_empty(sandbox, ask, version):
    assert [ask(name, version).status_code for name in collections.GRADEBOOK] == [404] * 3
    sandbox.behave(oneroster_gradebook=True)
    assert [ask(name, version).status_code for name in collections.GRADEBOOK] == [200] * 3
    sandbox.behave(oneroster_permitted=False)
    assert [ask(name, version).json() for name in collections.GRADEBOOK] == [{name: []} for name in GRADEBOOK["1.1"]]


@pytest.mark.parametrize("version", VERSIONS)
def test_every_gradebook_row_has_the_shape_of_its_kind_and_can_be_read_alone(sandbox, ask, version):
    sandbox.behave(oneroster_gradebook=True)
    for name, endpoint in collections.GRADEBOOK.items():
        rows = ask(f"{name}?limit=1000", version).json()[name]
        for row in rows:
            shapes.ROWS[name].model_validate(row)
        assert ask(f"{name}/{rows[-1]['sourcedId']}", version).json() == {endpoint.one: rows[-1]}
    assert ask("lineItems/nothing", version).status_code == 404


def test_each_version_has_its_own_references_and_1_2_its_own_path(sandbox, ask):
    sandbox.behave(oneroster_gradebook=True)
    old, new = (ask("lineItems?limit=1", version).json()["lineItems"][0].keys() for version in VERSIONS)
    assert old - new == {"gradingPeriod", "description"}
    assert new - old == {"school", "academicSession"}
    assert ask("users", "1.1", access.CORE).status_code == 200
    assert ask("users", "1.2", access.CORE).status_code == 404


@pytest.mark.parametrize(
    ("version", "scope", "status"),
    [
        ("1.1", access.GRADEBOOK, 200),
        ("1.2", access.GRADEBOOK, 200),
        ("1.2", access.GRADEBOOK_CORE, 200),
        ("1.1", access.FULL, 403),
        ("1.2", access.FULL, 403),
    ],
)
def test_only_a_gradebook_scope_opens_the_gradebook(sandbox, ask, version, scope, status):
    sandbox.behave(oneroster_gradebook=True)
    assert ask("results", version, scope).status_code == status


def test_line_items_and_results_equal_the_generated_gradebook(account, world):
    generated = grades.invent(world, account.seed)
    items = {row["sourcedId"]: row for row in gradebook.rows_of("lineItems", account)}
    assert {(key, row["title"], row["resultValueMax"]) for key, row in items.items()} == set(
        generated.activities[["activity_id", "title", "points"]].itertuples(index=False, name=None)
    )
    assert all(row["assignDate"] < row["dueDate"] for row in items.values())
    scores = {(row["lineItem"], row["student"]): row for row in gradebook.rows_of("results", account)}
    assert len(scores) == len(generated.scores)
    for one in generated.scores.itertuples(index=False):
        row = scores[one.activity_id, one.student_id]
        assert (row["scoreStatus"] == "exempt") == (one.excused == "true")
        assert row["score"] == ("0" if one.excused == "true" else one.points)


def test_classes_that_are_not_shared_have_no_grades(account, world):
    whole = list(gradebook.rows_of("results", account))
    account.share(["0101"])
    left = list(gradebook.rows_of("results", account))
    here = {row["sourcedId"] for row in gradebook.rows_of("lineItems", account)}
    assert 0 < len(left) < len(whole)
    assert {row["lineItem"] for row in left} <= here
    assert all(row["class"].startswith("0101") for row in left)


@pytest.mark.parametrize(("version", "files"), [("1.1", 13), ("1.2", 21)])
def test_a_package_has_the_gradebook_only_if_it_is_shared(tmp_path, account, world, version, files):
    folder = write_package(account, tmp_path / "shared", version=version)
    manifest = dict(csv.reader((folder / "manifest.csv").read_text(encoding="utf-8").splitlines()))
    assert sum(name.startswith("file.") for name in manifest) == files
    for name in GRADEBOOK[version]:
        assert manifest[f"file.{name}"] == "bulk"
        with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert [row["sourcedId"] for row in rows] == [row["sourcedId"] for row in gradebook.rows_of(name, account)]
    bare = write_package(open_account(world), tmp_path / "bare", version=version)
    assert not {path.stem for path in bare.iterdir()} & GRADEBOOK[version].keys()
