from __future__ import annotations

import pytest

from sandbox.vendors.account import open_account
from sandbox.vendors.collection import join

ALL = ("add", "drop", "move", "rename", "period", "rekey")


def test_nights_follow_each_other_and_are_the_same_for_the_same_seed(world):
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


def test_a_night_leaves_the_tombstones_of_what_it_withdrew(world):
    account = open_account(world)
    account.pass_night(percent=3, kinds=("drop",))
    left = account.told.expected["users", "archive"]
    students = [row for row in account.gone["users"].values() if row["role"] == "student"]
    assert len(students) == left > 0
    assert len(account.gone["enrollments"]) == account.told.expected["enrollments", "archive"]
    assert {row["status"] for row in students} == {"tobedeleted"}


def test_who_returns_has_no_tombstone_any_more(world):
    account = open_account(world)
    account.pass_night(percent=3, kinds=("drop",))
    account.pass_night(percent=3, kinds=("return",))
    assert not [row for row in account.gone["users"].values() if row["role"] == "student"]
    assert not account.gone["enrollments"]


def test_a_change_of_behaviour_or_a_night_renders_anew_and_nothing_else_does(world):
    account = open_account(world)
    made = []
    for _ in range(2):
        account.kept("something", lambda: made.append(1))
    account.behave(contacts=False)
    account.kept("something", lambda: made.append(1))
    account.pass_night(percent=0)
    account.kept("something", lambda: made.append(1))
    assert len(made) == 3


def test_sharing_a_school_that_is_not_there_names_those_that_are(world):
    with pytest.raises(ValueError, match="no school '9999'; known: 0101, 0102, 0103"):
        open_account(world).share(["9999"])


def test_the_feed_keeps_thirty_nights(world):
    account = open_account(world)
    for _ in range(33):
        account.pass_night(percent=0.01, kinds=("rename",))
    assert min(event.night for event in account.feed) == 4
    assert [event.id for event in account.feed] == sorted(event.id for event in account.feed)


def test_a_district_may_share_nothing_and_then_everything_again(world):
    account = open_account(world)
    students = len(account.view.students())
    account.share([])
    assert len(account.view.students()) == 0
    account.share(None)
    assert len(account.view.students()) == students > 0


def test_a_collection_is_rendered_once_for_each_of_its_versions(world):
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
