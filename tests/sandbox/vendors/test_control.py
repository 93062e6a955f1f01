from __future__ import annotations

import pytest
import requests


def test_pass_night_returns_the_expected_plan(sandbox):
    night = sandbox.pass_night(percent=2, kinds=("add", "drop"))
    assert night["night"] == 1
    assert night["as_of"] == "2026-09-02"
    assert night["expected"].keys() == {"users create", "enrollments create", "users archive", "enrollments archive"}
    assert sandbox.account.told.expected["users", "create"] == night["expected"]["users create"]


def test_pass_night_accepts_a_seed(sandbox, world):
    from sandbox import nights

    sandbox.pass_night(percent=2, seed=77)
    assert sandbox.account.world.students.equals(nights.evolve(world, seed=77, percent=2).world.students)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda sandbox: sandbox.pass_night(kinds=("vanish",)), "no kind 'vanish'"),
        (lambda sandbox: sandbox.pass_night(district="shelbyville"), "no district 'shelbyville'"),
        (lambda sandbox: sandbox.share(["1"]), "no school '1'"),
        (lambda sandbox: sandbox.behave(kontacts=False), "kontacts: Extra inputs"),
        (lambda sandbox: sandbox.behave(canvas_forbidden=404), "canvas_forbidden"),
    ],
)
def test_unknown_names_are_refused_by_name(sandbox, ask, message):
    with pytest.raises(ValueError, match=message):
        ask(sandbox)


def test_reset_restores_the_first_night(sandbox, clever, world):
    before = clever("users?limit=10000").json()
    sandbox.pass_night(percent=5)
    sandbox.behave(contacts=False)
    sandbox.share(["0101"])
    sandbox.fault("500", times=None)
    sandbox.reset()
    assert clever("users?limit=10000").json() == before
    assert sandbox.account.view.night == 0
    assert clever("events").json()["data"] == []


def test_the_controls_have_their_own_port(sandbox):
    for name, address in sandbox.addresses.items():
        if name not in ("control", "elsewhere"):
            assert requests.get(f"{address}/_control", timeout=20).status_code in (401, 403, 404)
    answer = requests.get(f"{sandbox.addresses['control']}/_control", timeout=20).json()
    assert answer["addresses"] == sandbox.addresses
    assert [one["district"] for one in answer["districts"]] == ["springfield"]
