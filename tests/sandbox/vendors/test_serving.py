from __future__ import annotations

import socket
from urllib.parse import urlsplit

import pytest
import requests

from sandbox.vendors import serving


def students(sandbox, district="springfield"):
    headers = {"Authorization": f"Bearer {sandbox.keys[district].clever_token}"}
    url = f"{sandbox.addresses['clever']}/v3.1/users?role=student&limit=10000"
    return [row["data"] for row in requests.get(url, headers=headers, timeout=20).json()["data"]]


def test_servers_listen_only_on_this_machine_and_are_stopped_afterwards():
    with serving.serving(students=200) as sandbox:
        assert len(students(sandbox)) == 200
        places = {urlsplit(address) for address in sandbox.addresses.values()}
    assert {place.hostname for place in places} == {"127.0.0.1"}
    assert len({place.port for place in places}) == len(serving.SERVERS)
    for place in places:
        with socket.socket() as one:
            assert one.connect_ex((place.hostname, place.port)) != 0


def test_a_separate_process_serves_and_is_controlled_in_the_same_way():
    with (
        serving.serving(students=60, seed=4, own_process=True, contacts=False) as apart,
        serving.serving(students=60, seed=4, contacts=False) as here,
    ):
        assert apart.keys == here.keys
        assert students(apart) == students(here)
        nights = [one.pass_night(percent=5, kinds=("add",)) for one in (apart, here)]
        assert nights[0] == nights[1]
        assert students(apart) == students(here)
        assert not apart.accounts


def test_districts_are_separate_behind_the_same_addresses():
    with serving.serving(students=40, districts=("north", "south")) as sandbox:
        north, south = (students(sandbox, name) for name in ("north", "south"))
        assert not {one["id"] for one in north} & {one["id"] for one in south}
        sandbox.pass_night(percent=5, kinds=("add",), district="south")
        assert students(sandbox, "north") == north
        assert len(students(sandbox, "south")) > len(south)


def test_an_unknown_behaviour_is_refused_before_any_server_starts():
    with pytest.raises(ValueError, match="kontacts"), serving.serving(kontacts=False):
        pass
