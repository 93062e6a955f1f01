from __future__ import annotations

from sandbox.vendors.behaviour import Behaviour
from sandbox.vendors.oneroster import rest

ORG = {"sourcedId": "a/b c", "parent": "", "children": ["x y"], "name": ""}


def test_a_reference_is_escaped_in_its_href_and_plain_as_its_id():
    (child,) = rest.shape("orgs", ORG, rest.form("1.1", Behaviour(), "springfield"))["children"]
    assert child == {
        "href": "https://springfield-tx-v2.rosterserver.example/ims/oneroster/v1p1/orgs/x%20y",
        "sourcedId": "x y",
        "type": "org",
    }


def test_absent_references_are_left_out_and_empty_texts_only_in_1_2():
    old, new = (rest.shape("orgs", ORG, rest.form(version, Behaviour(), "a")) for version in ("1.1", "1.2"))
    assert "parent" not in old
    assert old["name"] == ""
    assert "name" not in new
