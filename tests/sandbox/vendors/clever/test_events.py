from __future__ import annotations

from collections import Counter

import pytest

from sandbox.vendors.clever.shapes import Event, Page


def test_a_night_writes_events_of_changed_users_and_their_sections(sandbox, pull_clever):
    expected = sandbox.pass_night(percent=4, kinds=("add", "drop", "rename"))["expected"]
    events = pull_clever("events?limit=1000")
    students = Counter(one["type"] for one in events if "student" in one["data"]["object"].get("roles", {}))
    assert students == {
        "users.created": expected["users create"],
        "users.deleted": expected["users archive"],
        "users.updated": expected["users update"],
    }
    moved = [one for one in events if one["type"] == "sections.updated"]
    assert moved
    assert all("students" in one["data"]["previous_attributes"] for one in moved)


def test_applying_the_feed_to_yesterdays_records_gives_todays_records(sandbox, pull_clever):
    lists = ("users", "sections", "schools", "courses")
    known = {kind: {one["id"]: one for one in pull_clever(f"{kind}?limit=10000")} for kind in lists}
    sandbox.pass_night(percent=6, kinds=("add", "drop", "move", "rename", "period", "rekey"))
    sandbox.share(["0101", "0103"])
    for event in pull_clever("events?limit=1000"):
        kind, _, what = event["type"].partition(".")
        record = event["data"]["object"]
        if what == "deleted":
            del known[kind][record["id"]]
        else:
            assert (what == "created") == (record["id"] not in known[kind])
            known[kind][record["id"]] = record
    for kind in lists:
        now = {one["id"]: one for one in pull_clever(f"{kind}?limit=10000")}
        assert now.keys() == known[kind].keys()
        differing = {key for key in now if now[key] != known[kind][key]}
        assert not {key for key in differing if "teacher" not in now[key].get("roles", {})}


def test_the_feed_continues_after_a_cursor_and_restarts_after_an_unknown_one(sandbox, clever, pull_clever):
    assert clever("events?ending_before=last&limit=1").json()["data"] == []
    sandbox.pass_night(percent=3)
    cursor = clever("events?ending_before=last&limit=1").json()["data"][0]["data"]["id"]
    assert pull_clever(f"events?starting_after={cursor}") == []
    first = pull_clever("events?limit=500")
    sandbox.pass_night(percent=3)
    later = pull_clever(f"events?starting_after={cursor}&limit=500")
    assert [one["id"] for one in first + later] == [one["id"] for one in pull_clever("events?limit=500")]
    for unknown in ("f" * 24, "0" * 24):
        assert pull_clever(f"events?starting_after={unknown}&limit=500") == first + later


def test_events_can_be_filtered_by_type_and_school(sandbox, pull_clever):
    sandbox.pass_night(percent=5)
    everything = pull_clever("events?limit=1000")
    sections = pull_clever("events?limit=1000&record_type=sections")
    both = pull_clever("events?limit=1000&record_type=sections&record_type=users")
    assert {one["type"].partition(".")[0] for one in sections} == {"sections"}
    assert both == everything
    school = pull_clever("schools")[0]["id"]
    here = pull_clever(f"events?limit=1000&school={school}")
    assert 0 < len(here) < len(everything)
    assert all(one["data"]["object"].get("school", school) == school for one in here)


def test_previous_attributes_are_inside_data_or_beside_data(sandbox, clever):
    sandbox.pass_night(percent=3, kinds=("rename",))
    page = Page[Event].model_validate_json(clever("events?record_type=users").content)
    assert all(row.data.data.previous_attributes.keys() >= {"name"} for row in page.data)
    sandbox.behave(clever_previous="beside")
    page = Page[Event].model_validate_json(clever("events?record_type=users").content)
    assert all(row.data.previous_attributes and not row.data.data.previous_attributes for row in page.data)


def test_no_events_are_written_while_events_are_off(sandbox, pull_clever):
    sandbox.behave(clever_events=False)
    sandbox.pass_night(percent=3)
    assert pull_clever("events") == []


@pytest.mark.parametrize("version", ["v3.0", "v3.1"])
def test_events_have_only_the_fields_of_their_version(sandbox, clever, version):
    sandbox.pass_night(percent=3, kinds=("add",))
    assert ("lms_status" in clever("events", version=version).text) == (version == "v3.1")
