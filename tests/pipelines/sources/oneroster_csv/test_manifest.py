"""A manifest and the package's files must agree, otherwise the package is incomplete."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.errors import ContractBroken, RollbookError, SourceIncomplete
from pipelines.sources.oneroster_csv.manifest import Manifest, read_manifest
from tests.delivery import Row
from tests.oneroster import encoded, manifest, whole_package


def _read(rows: list[Row] | bytes, tmp_path: Path, *kinds: str) -> Manifest:
    path = tmp_path / "manifest.csv"
    path.write_bytes(rows if isinstance(rows, bytes) else encoded(rows))
    return read_manifest({"manifest": path, **{kind: tmp_path / f"{kind}.csv" for kind in kinds}})


def _changed(rows: list[Row], name: str, value: str) -> list[Row]:
    return [row | {"value": value} if row["propertyName"] == name else row for row in rows]


def test_a_manifest_gives_the_mode_of_each_file(tmp_path: Path) -> None:
    files = whole_package()
    parsed = _read(manifest(files, users="delta"), tmp_path, *files)
    assert (parsed.modes["users"], parsed.modes["orgs"], parsed.modes["demographics"]) == ("delta", "bulk", "absent")
    assert parsed.has_delta
    assert not parsed.is_empty
    assert parsed.facts["version"] == "1.1"


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_a_byte_order_mark_of_a_manifest_do_not_matter(
    tmp_path: Path, line_end: str, mark: bytes
) -> None:
    files = whole_package()
    data = mark + encoded(manifest(files), line_end).removesuffix(line_end.encode())
    assert _read(data, tmp_path, *files).modes["users"] == "bulk"


def test_a_file_listed_in_the_manifest_and_missing_is_incomplete(tmp_path: Path) -> None:
    files = whole_package()
    with pytest.raises(SourceIncomplete, match=r"lists enrollments\.csv"):
        _read(manifest(files), tmp_path, *(kind for kind in files if kind != "enrollments"))


def test_a_file_that_the_manifest_calls_absent_is_incomplete(tmp_path: Path) -> None:
    files = whole_package()
    with pytest.raises(SourceIncomplete, match=r"demographics\.csv.*calls the file absent.*manifest\.csv, line \d+"):
        _read(manifest(files), tmp_path, *files, "demographics")


def test_a_file_that_the_manifest_does_not_list_is_incomplete(tmp_path: Path) -> None:
    files = whole_package("1.2")
    with pytest.raises(SourceIncomplete, match=r"roles\.csv, and the manifest does not list the file"):
        _read(manifest(files, "1.1"), tmp_path, *files)
    with pytest.raises(SourceIncomplete, match=r"users\.csv, and the manifest does not list the file"):
        _read(_changed(manifest(files, "1.2"), "file.users", ""), tmp_path, *files)


def test_a_blank_mode_of_a_missing_file_means_absent(tmp_path: Path) -> None:
    files = whole_package()
    assert _read(_changed(manifest(files), "file.results", ""), tmp_path, *files).modes["results"] == "absent"


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("file.users", "full", "neither bulk, delta nor absent"),
        ("oneroster.version", "2.0", "does not support this version of OneRoster"),
    ],
)
def test_an_unknown_value_of_a_manifest_is_refused_by_line(tmp_path: Path, name: str, value: str, what: str) -> None:
    files = whole_package()
    with pytest.raises(ContractBroken, match=rf"{what} \[manifest\.csv, line \d+, column 'value'\]") as raised:
        _read(_changed(manifest(files), name, value), tmp_path, *files)
    assert value not in str(raised.value)


def test_a_property_with_two_different_values_is_refused(tmp_path: Path) -> None:
    files = whole_package()
    rows = [*manifest(files), {"propertyName": "file.users", "value": "delta"}]
    with pytest.raises(ContractBroken, match="appears twice"):
        _read(rows, tmp_path, *files)


def test_the_standards_misspelling_is_understood(tmp_path: Path) -> None:
    files = whole_package()
    rows = [row for row in manifest(files) if row["propertyName"] != "file.courseResources"]
    rows.append({"propertyName": "file.courseResourses", "value": "bulk"})
    assert _read(rows, tmp_path, *files, "courseResources").modes["courseResources"] == "bulk"


def test_without_a_manifest_every_file_is_bulk() -> None:
    parsed = read_manifest({kind: Path(kind) for kind in whole_package("1.2")})
    assert {parsed.modes[kind] for kind in whole_package("1.2")} == {"bulk"}
    assert parsed.facts == {"manifest": False, "version": "1.2"}


def test_a_manifest_without_files_declares_no_changes(tmp_path: Path) -> None:
    assert _read(manifest({}), tmp_path).is_empty
    assert _read(manifest({}, results="delta"), tmp_path, "results").is_empty
    assert not _read(manifest({}, results="bulk"), tmp_path, "results").is_empty


def test_a_manifest_without_its_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RollbookError, match=r"missing columns: 'propertyName'.*manifest\.csv"):
        _read(b"property,value\nfile.users,bulk\n", tmp_path, "users")
