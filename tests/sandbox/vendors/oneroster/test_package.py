from __future__ import annotations

import csv
import io
import zipfile

import pytest

from sandbox.vendors.account import open_account
from sandbox.vendors.oneroster.package import write_package


def read(target):
    files = {path.name: path.read_text(encoding="utf-8") for path in target.iterdir()}
    return {name: list(csv.DictReader(io.StringIO(text))) for name, text in files.items()}


def manifest(files):
    return {row["propertyName"]: row["value"] for row in files["manifest.csv"]}


@pytest.fixture
def account(world):
    return open_account(world)


@pytest.mark.parametrize(("version", "present", "all_files"), [("1.1", 7, 13), ("1.2", 8, 21)])
def test_a_package_has_the_files_of_its_manifest_and_consistent_references(
    tmp_path, account, world, version, present, all_files
):
    files = read(write_package(account, tmp_path / "package", version=version))
    properties = manifest(files)
    named = {name.removeprefix("file.") for name, value in properties.items() if value == "bulk"}
    assert {f"{name}.csv" for name in named} | {"manifest.csv"} == files.keys()
    assert len(named) == present
    assert sum(name.startswith("file.") for name in properties) == all_files
    assert properties["oneroster.version"] == version
    users, classes, orgs = ({row["sourcedId"] for row in files[f"{name}.csv"]} for name in ("users", "classes", "orgs"))
    for row in files["enrollments.csv"]:
        assert row["userSourcedId"] in users
        assert row["classSourcedId"] in classes
        assert row["schoolSourcedId"] in orgs
    students = {row["userSourcedId"] for row in files["enrollments.csv"] if row["role"] == "student"}
    assert students == set(world.students["student_id"])
    if version == "1.2":
        assert {row["userSourcedId"] for row in files["roles.csv"]} == users


def test_a_bulk_file_has_status_and_dates_only_if_stamped(tmp_path, account):
    plain = read(write_package(account, tmp_path / "plain"))["users.csv"][0]
    stamped = read(write_package(account, tmp_path / "stamped", stamped=True))["users.csv"][0]
    assert (plain["status"], plain["dateLastModified"]) == ("", "")
    assert (stamped["status"], stamped["dateLastModified"]) == ("active", "2026-09-01T06:15:40.221Z")


def test_a_zip_has_the_same_files_and_always_the_same_bytes(tmp_path, account):
    folder = write_package(account, tmp_path / "folder")
    zips = [write_package(account, tmp_path / f"{number}.zip").read_bytes() for number in range(2)]
    assert zips[0] == zips[1]
    with zipfile.ZipFile(tmp_path / "0.zip") as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            path.name: path.read_bytes() for path in folder.iterdir()
        }


def test_a_delta_applied_to_yesterdays_package_gives_todays(tmp_path, account):
    before = read(write_package(account, tmp_path / "before"))
    account.pass_night(percent=5, kinds=("add", "drop", "move", "rename", "period", "rekey"))
    delta = read(write_package(account, tmp_path / "delta", mode="delta"))
    after = read(write_package(account, tmp_path / "after"))
    assert set(manifest(delta).values()) >= {"delta", "absent"}
    for name in ("users.csv", "enrollments.csv", "classes.csv", "demographics.csv"):
        known = {row["sourcedId"]: row for row in before[name]}
        for row in delta.get(name, []):
            if row["status"] == "tobedeleted":
                del known[row["sourcedId"]]
            else:
                known[row["sourcedId"]] = row | {"status": "", "dateLastModified": ""}
        now = {row["sourcedId"]: row for row in after[name]}
        assert known.keys() == now.keys()
        differing = [key for key in now if now[key] != known[key] and now[key].get("role") != "parent"]
        assert differing == []


def test_a_delta_without_changes_has_only_a_manifest(tmp_path, account):
    account.pass_night(percent=0)
    files = read(write_package(account, tmp_path / "quiet", mode="delta"))
    assert files.keys() == {"manifest.csv"}
    assert {value for name, value in manifest(files).items() if name.startswith("file.")} == {"absent"}


def test_lists_of_users_are_in_one_cell(tmp_path, account):
    files = read(write_package(account, tmp_path / "lists"))
    parent = next(row for row in files["users.csv"] if row["role"] == "parent" and "," in row["agentSourcedIds"])
    assert len(parent["agentSourcedIds"].split(",")) == 2
    assert parent["userIds"] == f"{{FED:{parent['sourcedId']}}}"
    assert (tmp_path / "lists" / "manifest.csv").read_bytes().startswith(b"propertyName,value\r\n")
