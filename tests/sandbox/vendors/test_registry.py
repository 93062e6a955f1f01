from __future__ import annotations

import base64

import pytest

from sandbox.vendors.account import open_account
from sandbox.vendors.registry import Registry, basic, invent


def test_keys_are_derived_from_the_seed_and_differ_between_districts():
    assert invent(1, "a") == invent(1, "a")
    assert invent(1, "a") != invent(2, "a")
    assert invent(1, "a").clever_token != invent(1, "b").clever_token
    assert invent(1, "a").clever_client_secret == invent(1, "b").clever_client_secret


def test_an_applications_id_is_already_escaped():
    ids = [invent(seed, "a").classlink_application for seed in range(20)]
    assert all(one.endswith("%3D%3D") for one in ids)
    assert any("%2F" in one for one in ids)


def test_a_key_opens_only_its_own_district_and_kind(world):
    registry = Registry({"springfield": open_account(world)}, 1)
    keys = registry.keys["springfield"]
    assert registry.bearer("clever_token", f"Bearer {keys.clever_token}").name == "springfield"
    assert registry.bearer("canvas_token", f"Bearer {keys.clever_token}") is None
    assert registry.bearer("clever_token", f"Basic {keys.clever_token}") is None


@pytest.mark.parametrize(
    "header", ["", "Basic", "Basic %%%", "Bearer abc", "Basic " + base64.b64encode(b"\xff").decode()]
)
def test_a_header_other_than_basic_identifies_nobody(header):
    assert not (basic(header) or ("", ""))[0]


def test_a_password_may_contain_a_colon():
    assert basic("Basic " + base64.b64encode(b"user:pass:word").decode()) == ("user", "pass:word")
