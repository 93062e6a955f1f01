"""A OneRoster package becomes the relational layout's tables, or is refused by name."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from pipelines.errors import ContractBroken, SourceIncomplete
from pipelines.sources import configured, oneroster_csv
from pipelines.sources.contract import ExtractRequest
from pipelines.sources.oneroster_csv import Settings
from pipelines.store import landing
from pipelines.validate.result import Validated
from tests.delivery import found, roster
from tests.oneroster import as_folder, as_zip, encoded, parts, seat, stamped, user, whole_package
from tests.oneroster_drop import DISTRICT, NIGHT, Drop, judged, last_of, people_in, settings


@pytest.fixture
def drop(tmp_path: Path) -> Drop:
    return Drop(tmp_path)


def refused(expected: Validated) -> set[tuple[str, int, str]]:
    return {(row["file"], row["line"], row["code"]) for row in expected.quarantine.to_pylist()}


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_both_versions_give_the_same_roster(drop: Drop, version: str) -> None:
    fetched = judged(drop.fetch(parts(whole_package(version), version)))
    assert fetched.counts["quarantined"] == 0
    assert fetched.counts["accepted.schools"] == 2
    assert fetched.counts["accepted.terms"] == 1
    assert fetched.counts["accepted.courses"] == 2
    assert fetched.counts["accepted.users"] == 10
    assert fetched.counts["accepted.enrollments"] == 15
    users = {user[0]: user for user in roster(fetched)["users"]}
    assert "user:g1" not in users
    assert users["user:t2"][1] == "id-t2"
    assert users["user:t2"][-1] == (("S2", "S1") if version == "1.2" else ("S1", "S2"))  # 1.2 tells the first school


def test_settings_of_oneroster_csv_are_read_by_its_module() -> None:
    source = configured(DISTRICT.sources[0].model_copy(update={"path": "drop/{as_of}.zip"}))
    assert isinstance(source, Settings)
    assert oneroster_csv.layout_of(source).name == "oneroster_csv"


def test_the_package_of_a_run_is_found_by_its_date(tmp_path: Path) -> None:
    as_folder(tmp_path / "springfield" / "2026-11-24", parts(whole_package()))
    source = settings(tmp_path / "{district}" / "{as_of}")
    (tmp_path / "to").mkdir()
    fetched = oneroster_csv.fetch(source, ExtractRequest("springfield", NIGHT, tmp_path / "to"))
    assert fetched.facts["records"]["users"] == 11


def test_columns_are_read_by_name_in_any_order_and_with_a_byte_order_mark(drop: Drop) -> None:
    content = parts(whole_package())
    rows = [{"metadata.house": "x", **dict(reversed(row.items()))} for row in whole_package()["users"]]
    content["users.csv"] = b"\xef\xbb\xbf" + encoded(rows, "\n")
    plain, turned = judged(drop.fetch(parts(whole_package()))), judged(drop.fetch(content))
    assert roster(turned) == roster(plain)


def test_a_misspelt_header_is_refused_with_a_suggestion(drop: Drop) -> None:
    content = parts(whole_package())
    content["users.csv"] = content["users.csv"].replace(b"orgSourcedIds", b"orgSourcedId")
    with pytest.raises(ContractBroken, match=r"'orgSourcedIds', did you mean 'orgSourcedId'\?.*users\.csv, line 1"):
        judged(drop.fetch(content))


@pytest.mark.parametrize("written", ["3/09/2026", "03/09/2026", "2026-9-3"])
def test_a_date_in_another_format_is_quarantined_by_file_line_and_column(drop: Drop, written: str) -> None:
    files = whole_package()
    files["enrollments"][3] |= {"beginDate": written}
    fetched = judged(drop.fetch(parts(files)))
    assert refused(fetched) == {("enrollments.csv", 5, "INVALID_DATE")}
    assert found(fetched, "INVALID_DATE") == {"beginDate": 1}


@pytest.mark.parametrize("word", ["tobedeleted", "inactive", "ToBeDeleted"])
def test_tombstones_of_a_bulk_package_remove_their_rows_and_references(drop: Drop, word: str) -> None:
    files = whole_package()
    files["classes"][1] |= {"status": word}
    files["users"][2] |= {"status": word}
    fetched = judged(drop.fetch(parts(files)))
    assert fetched.counts["quarantined"] == 0
    assert people_in(fetched, "C2") == set()
    assert people_in(fetched, "C1") == {"t1", "s2", "s3", "s4"}
    assert "user:s1" not in {user[0] for user in roster(fetched)["users"]}


def test_a_bulk_package_may_have_status_and_dates(drop: Drop) -> None:
    plain = whole_package()
    filled = {kind: [stamped(row) for row in rows] for kind, rows in plain.items()}
    assert roster(judged(drop.fetch(parts(filled)))) == roster(judged(drop.fetch(parts(plain))))


def test_passwords_phones_and_guardians_never_reach_a_table(drop: Drop) -> None:
    content = parts(whole_package())
    content["users.csv"] += b"s99,,,true,S1,student,s99,Given,Fam,ily,id,s99@school.example,555-0100,,,,hunter2,x\r\n"
    fetched = drop.fetch(content)
    tables, _ = oneroster_csv.understand(fetched.files, settings(Path("p.zip")))
    everything = repr(
        [
            (table.rows.to_pydict(), [column.chunk(0).dictionary for column in table.rows.columns[:-1]])
            for table in tables
        ]
    )
    everything += repr([table.problems for table in tables])
    assert "Given-s1" in everything
    for secret in ("hunter2", "555-0100", "555-0199", "Given-g1"):
        assert secret not in everything


@pytest.mark.parametrize("kind", ["users", "classes", "enrollments", "orgs"])
def test_a_bulk_package_without_a_required_file_is_incomplete(drop: Drop, kind: str) -> None:
    files = whole_package()
    del files[kind]
    with pytest.raises(SourceIncomplete, match=rf"lacks {kind}\.csv"):
        drop.fetch(parts(files))


def test_a_package_without_a_manifest_is_bulk(drop: Drop) -> None:
    content = parts(whole_package())
    del content["manifest.csv"]
    fetched = drop.fetch(content)
    assert fetched.facts["manifest"] is False
    assert judged(fetched).counts["accepted.users"] == 10


@pytest.mark.parametrize("kind", ["users", "courses"])
def test_a_file_with_a_header_and_no_rows_is_incomplete(drop: Drop, kind: str) -> None:
    content = parts(whole_package())
    content[f"{kind}.csv"] = content[f"{kind}.csv"].split(b"\r\n")[0] + b"\r\n"
    with pytest.raises(SourceIncomplete, match=rf"header and no rows.*{kind}\.csv"):
        drop.fetch(content)


def test_a_file_cut_in_the_middle_of_a_row_is_incomplete(tmp_path: Path) -> None:
    content = parts(whole_package())
    content["users.csv"] = content["users.csv"][:-30]
    (tmp_path / "to").mkdir()
    source = settings(as_folder(tmp_path / "folder", content))
    with pytest.raises(SourceIncomplete, match=r"middle of a row.*users\.csv"):
        oneroster_csv.fetch(source, ExtractRequest("springfield", NIGHT, tmp_path / "to"))


def test_a_repacked_package_has_the_same_digest(tmp_path: Path) -> None:
    content = parts(whole_package())
    packed = [
        as_zip(tmp_path / "a.zip", content),
        as_zip(tmp_path / "b.zip", dict(reversed(content.items())), compression=0),
    ]
    assert packed[0].read_bytes() != packed[1].read_bytes()
    digests = set()
    for number, path in enumerate(packed):
        (tmp_path / f"{number}").mkdir()
        request = ExtractRequest("springfield", NIGHT + timedelta(days=number), tmp_path / f"{number}")
        digests.add(landing.identify(oneroster_csv.fetch(settings(path), request).files).digest)
    assert len(digests) == 1


def test_a_package_with_far_fewer_rows_than_the_last_run_is_incomplete(drop: Drop) -> None:
    first = drop.fetch(parts(whole_package()))
    files = whole_package()
    files["enrollments"] = files["enrollments"][:7]
    second = drop.fetch(parts(files), last_of(first))
    with pytest.raises(SourceIncomplete, match=r"7 rows and the last applied run had 15.*enrollments\.csv"):
        oneroster_csv.prove_whole(second, settings(Path("p.zip")), last_of(first))
    assert oneroster_csv.prove_whole(first, settings(Path("p.zip")), last_of(first)) == {"rows": 37}


@pytest.mark.parametrize("name", ["7_1553", "5678_T5678-0005", "a:b|c", "{4f7a-11}", "a b", "x/y@z"])
def test_ids_of_every_form_are_read_unchanged(drop: Drop, name: str) -> None:
    files = whole_package()
    files["users"].append(user(name, "student", "S1", email=""))
    files["enrollments"].append(seat("C1", name))
    fetched = judged(drop.fetch(parts(files)))
    assert fetched.counts["quarantined"] == 0
    assert name in people_in(fetched, "C1")


def test_ids_that_differ_only_in_case_are_two_people(drop: Drop) -> None:
    files = whole_package()
    files["users"].append(user("S1", "student", "S1", givenName="Other", identifier="id-other"))
    files["enrollments"].append(seat("C1", "S1"))
    fetched = judged(drop.fetch(parts(files)))
    assert fetched.counts["quarantined"] == 0
    assert {"s1", "S1"} <= people_in(fetched, "C1")
