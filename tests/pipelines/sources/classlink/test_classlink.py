"""The whole source: the same roster by every authentication, unchanged if nothing is new, and never an empty roster."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import SettingsInvalid, SourceIncomplete
from pipelines.settings import District
from pipelines.sources import classlink, configured, oneroster_csv
from pipelines.sources.classlink import Settings
from pipelines.sources.contract import Bookmark, ExtractRequest, ExtractResult
from pipelines.store import landing
from pipelines.validate.delivery import validate_delivery
from sandbox.vendors.oneroster.package import write_package
from tests.at_oneroster import NIGHT, AtOneRoster, judge, last_of, settings
from tests.delivery import district, roster
from tests.oneroster_drop import settings as of_files

WAYS = ("oauth1", "proxy", "1.1", "1.2")


def test_settings_of_classlink_are_read_by_its_module() -> None:
    given = {"district_id": "oakdale", "name": "O", "sources": [{"kind": "classlink", "auth": "proxy"}]}
    source = configured(District.model_validate(given).sources[0])
    assert isinstance(source, Settings)
    assert classlink.layout_of(source).name == "classlink"
    with pytest.raises(SettingsInvalid, match=r"auht: unknown key, did you mean 'auth'\?"):
        configured(District.model_validate(given | {"sources": [{"kind": "classlink", "auht": "proxy"}]}).sources[0])


@pytest.mark.parametrize("roles", ["usual", "role", "roles", "both"])
def test_every_authentication_and_every_shape_of_roles_gives_the_same_roster(at: AtOneRoster, roles: str) -> None:
    at.sandbox.behave(oneroster_roles=roles)
    found = [judge(at.fetch(way)) for way in WAYS]
    assert [one.counts["quarantined"] for one in found] == [0] * 4
    rosters = [roster(one) for one in found]
    assert rosters[0]["users"]
    assert all(one == rosters[0] for one in rosters)


@pytest.mark.parametrize("version", ["1.1", "1.2"])
@pytest.mark.parametrize("stamped", [True, False])
def test_a_csv_package_of_the_same_district_gives_the_same_roster(
    at: AtOneRoster, tmp_path: Path, version: Any, stamped: bool
) -> None:
    path = write_package(at.sandbox.account, tmp_path / "package.zip", version=version, stamped=stamped)
    (tmp_path / "to").mkdir()
    fetched = oneroster_csv.fetch(of_files(path), ExtractRequest("oakdale", NIGHT, tmp_path / "to"))
    tables, layout = oneroster_csv.understand(fetched.files, of_files(path))
    assert roster(validate_delivery(tables, layout, district())) == roster(judge(at.fetch("1.2")))


def test_guardians_and_private_fields_are_in_no_table(at: AtOneRoster) -> None:
    tables, _ = classlink.understand(at.fetch().files, settings())
    (users,) = (one for one in tables if one.name == "users.json")
    assert users.facts["guardians"] > 0
    assert len(users.rows) == len(at.ids()) - users.facts["guardians"]
    fields = {name for one in tables for name in one.rows.column_names}
    assert not fields & {"password", "sms", "phone", "agentSourcedIds", "agents", "userIds"}


def test_tombstones_and_rows_that_refer_to_them_are_not_in_the_roster(at: AtOneRoster) -> None:
    at.sandbox.behave(oneroster_tombstones=True)
    before = judge(at.fetch())
    at.sandbox.pass_night(percent=10)
    fetched = at.fetch()
    after = judge(fetched)
    assert after.counts["quarantined"] == 0
    alive = {f"user:{name}" for name in at.ids()}
    assert {user[0] for user in roster(after)["users"]} <= alive
    assert roster(after)["users"] != roster(before)["users"]
    assert fetched.facts["records"]["users"] > len(at.ids())


def test_an_unchanged_revision_needs_only_one_request(at: AtOneRoster) -> None:
    first = at.fetch()
    at.sandbox.clear()
    same = at.fetch(last=last_of(at.fetch()))
    assert same.unchanged
    assert same.files == {}
    assert same.facts["records"] == first.facts["records"]
    assert same.facts["requests"] == 1
    at.sandbox.pass_night(percent=5)
    changed = at.fetch(last=last_of(same, revision=same.facts["revision"]))
    assert not changed.unchanged
    assert changed.facts["revision"] != same.facts["revision"]


def test_a_revision_is_ignored_without_its_snapshot_or_from_another_service(at: AtOneRoster) -> None:
    first = at.fetch()
    assert not at.fetch(last=Bookmark(first.facts, None, None)).unchanged
    assert not at.fetch("proxy", last=last_of(first)).unchanged
    assert not at.fetch("1.1", last=last_of(at.fetch("1.1"))).unchanged


def test_the_same_rows_have_the_same_digest(at: AtOneRoster) -> None:
    assert landing.identify(at.fetch("1.1").files).digest == landing.identify(at.fetch("1.1").files).digest


@pytest.mark.parametrize("way", WAYS)
def test_empty_lists_after_a_lost_permission_are_not_a_roster(at: AtOneRoster, way: str) -> None:
    at.sandbox.behave(oneroster_permitted=False)
    with pytest.raises(SourceIncomplete, match="0 organisations and 0 users; nobody was archived"):
        _prove(at.fetch(way))


@pytest.mark.parametrize("kind", ["/users", "/enrollments", "/classes"])
def test_a_collection_that_became_empty_is_refused(at: AtOneRoster, kind: str) -> None:
    before = last_of(at.fetch("1.1"))
    at.sandbox.fault("empty", server="oneroster_11", path=kind, times=None)
    with pytest.raises(SourceIncomplete, match="nobody was archived"):
        _prove(at.fetch("1.1"), before)


def test_a_collection_that_shrank_beyond_the_limit_is_refused_by_name(at: AtOneRoster) -> None:
    fetched = at.fetch()
    records = fetched.facts["records"]
    assert _prove(fetched, last_of(fetched)) == {"pages": len(fetched.files)}
    more = last_of(fetched, records=records | {"enrollments": records["enrollments"] * 3})
    with pytest.raises(SourceIncomplete, match="far fewer enrollments"):
        _prove(fetched, more)
    assert _prove(fetched, more, completeness={"shrink_percent": 80})


def test_logs_have_counts_and_no_ids_names_or_secrets(at: AtOneRoster, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="pipelines"):
        at.fetch(page_rows=40)
    log_text = "\n".join(record.getMessage() for record in caplog.records)
    assert f"users: {len(at.ids())} records, complete" in log_text
    keys = at.sandbox.first
    for secret in (keys.classlink_consumer_key, keys.classlink_consumer_secret, at.ids()[0], "http"):
        assert secret not in log_text


def _prove(fetched: ExtractResult, last: Bookmark | None = None, **more: Any) -> dict[str, Any]:
    return classlink.prove_whole(fetched, settings(**more), last)
