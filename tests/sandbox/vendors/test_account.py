from __future__ import annotations

import pytest

from sandbox.vendors.account import open_account
from sandbox.vendors.collection import join

ALL = ("add", "drop", "move", "rename", "period", "rekey")


def test_the_seed_determines_the_nights_of_an_account(world):
    accounts = [open_account(world, 9) for _ in range(2)]
    for account in accounts:
        for _ in range(3):
            account.pass_night(percent=5, kinds=ALL)
    first, second = accounts
    assert first.view.night == 3
    assert (first.world.as_of - world.as_of).days == 3
    assert first.world.students.equals(second.world.students)
    assert [event.id for event in first.feed] == [event.id for event in second.feed]
    assert first.gone == second.gone


def test_a_night_leaves_tombstones_of_withdrawn_rows(world):
    account = open_account(world)
    account.pass_night(percent=3, kinds=("drop",))
    left = account.told.expected["users", "archive"]
    students = [row for row in account.gone["users"].values() if row["role"] == "student"]
    assert len(students) == left > 0
    assert len(account.gone["enrollments"]) == account.told.expected["enrollments", "archive"]
    assert {row["status"] for row in students} == {"tobedeleted"}


def test_a_returned_person_has_no_tombstone(world):
    account = open_account(world)
    account.pass_night(percent=3, kinds=("drop",))
    account.pass_night(percent=3, kinds=("return",))
    assert not [row for row in account.gone["users"].values() if row["role"] == "student"]
    assert not account.gone["enrollments"]


def test_only_a_changed_behaviour_or_a_night_renders_collections_again(world):
    account = open_account(world)
    made = []
    for _ in range(2):
        account.kept("something", lambda: made.append(1))
    account.behave(contacts=False)
    account.kept("something", lambda: made.append(1))
    account.pass_night(percent=0)
    account.kept("something", lambda: made.append(1))
    assert len(made) == 3


def test_sharing_an_unknown_school_is_refused_with_a_list_of_schools(world):
    with pytest.raises(ValueError, match="no school '9999'; known: 0101, 0102, 0103"):
        open_account(world).share(["9999"])


def test_the_feed_keeps_thirty_nights(world):
    account = open_account(world)
    for _ in range(33):
        account.pass_night(percent=0.01, kinds=("rename",))
    assert min(event.night for event in account.feed) == 4
    assert [event.id for event in account.feed] == sorted(event.id for event in account.feed)


def test_a_district_may_share_no_school_and_then_all_schools(world):
    account = open_account(world)
    students = len(account.view.students())
    account.share([])
    assert len(account.view.students()) == 0
    account.share(None)
    assert len(account.view.students()) == students > 0


def test_a_collection_is_rendered_once_for_each_version(world):
    account, made = open_account(world), []

    def render():
        made.append(1)
        return join([])

    for version in (1, 1, 2, 2):
        account.rendered("list", render, version)
    assert len(made) == 2
    account.renew()
    account.rendered("list", render, 2)
    assert len(made) == 3
