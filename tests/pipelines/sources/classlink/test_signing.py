"""Signatures equal those of other implementations of RFC 5849, and a server that checks them accepts ours."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from requests import Request

from pipelines.errors import CredentialsRefused
from pipelines.sources.classlink.signing import Signed
from tests.at_oneroster import AtOneRoster, connect, fetch

BASE = "https://example-ca-v2.rosterserver.com/ims/oneroster/v1p1"
KEY, HEX, RESERVED = "b008b35ac38bccb56a910e23", "8f1c6a0e3d5b4f7a9c2e", "s3cr+t/with space"
FIXED = {"timestamp": "1700000000", "nonce": "abcdEFGH12"}

# Path and query, secret, and the signature by HMAC-SHA256 and by HMAC-SHA1, both with oauth_version 1.0.
VECTORS = [
    (
        "orgs",
        HEX,
        "CzLTg94Gnv4y7eMuidVcN8vwUK/KthuXDpj66QxA4wQ=",
        "VszjwHUUjEsF/I1/2Wq1bE0KScA=",
    ),
    (
        "orgs",
        RESERVED,
        "C0EMDc9qX5vXQVLngVlREcpP2Yi1g77RpSKtEL5J79g=",
        "B7jQ0/hVVB8+XwfOjkTQ0KXjN/g=",
    ),
    (
        "users?limit=1000&offset=0",
        HEX,
        "4mR3kkoOd6zi0V5WbudK5bdvKxxNSmz9gOfw/hOB0DQ=",
        "+VasT2np0Slien7Nr7Y6RzfW9F0=",
    ),
    (
        "users?limit=1000&offset=0",
        RESERVED,
        "RWMDAOitPPtyrwysLdRa0JTN4ntYZfF56cK9EvX6CC4=",
        "pjsoehggevZU+Cch+uTiKbnAjqA=",
    ),
    (
        "users?limit=1000&offset=0&filter=status%3D'active'",
        HEX,
        "McZLkwr92AUY1jx0cMFjvH6PgnR57XSJEjTyqxz/P2o=",
        "4kYeSXTof398YkLyAi7wE/RDAk8=",
    ),
    (
        "users?limit=1000&offset=0&filter=status%3D'active'",
        RESERVED,
        "oC2Iq0CbTLm6JQ3WV/O8jgUGsBMlZ2S5hL1UIu0g1vk=",
        "gISaaBQinjw25I0KYag87xRzLLE=",
    ),
    (
        "enrollments?filter=dateLastModified%3E'2024-01-15T00%3A00%3A00.000Z'&limit=10&offset=20",
        HEX,
        "xIvou8wywH9348uzVocKTg8xcrP5pMRwU+xMt5a1P7A=",
        "OfuBulcBaE4fUBgeAA0flcvTqD0=",
    ),
    (
        "enrollments?filter=dateLastModified%3E'2024-01-15T00%3A00%3A00.000Z'&limit=10&offset=20",
        RESERVED,
        "7KjxX13lvlMSnAZ/HkEVyBCDHAP7Ne9G+FsNF/xGmrg=",
        "Ad/7E8rGZX9lSNPnzyDDv7FgIQ8=",
    ),
    (
        "users?filter=role%3D'student'%20AND%20status%3D'active'&limit=10&offset=0&sort=sourcedId&orderBy=asc",
        HEX,
        "9butkLtOVEEbI0dk5W94hlGkrCU6e5KsDP4BgDEq1cE=",
        "dV7t9O1mHdnoEOhVeK0QRA4owbs=",
    ),
    (
        "users?filter=role%3D'student'%20AND%20status%3D'active'&limit=10&offset=0&sort=sourcedId&orderBy=asc",
        RESERVED,
        "Zj9yM8fWADdpo2eBSD58YOeelPK/wPMaGr6B3EXz3Mc=",
        "ScWKtNBclf8KYtFS1Wco0Qjhw/o=",
    ),
    (
        "users?fields=sourcedId%2Cstatus%2Croles",
        HEX,
        "SmxOnn/jt490TaYKP8jp/d9+/agXLLCsHSUqNJax/VE=",
        "+LMw3wHBJPJnxc3WCZ+9+tJx4YE=",
    ),
    (
        "users?fields=sourcedId%2Cstatus%2Croles",
        RESERVED,
        "TQBP3zYMbv9191ntGGbe0wqDbBghZrvtxgis+kkInR0=",
        "mYIkDptRsEcgz2HlMrjrglGHLWA=",
    ),
    (
        "users?filter=email~'a/b%2Bc@x.org'",
        HEX,
        "ow+rhH1z0TK1A54apa7ge5fKxOWWAM1Kz8boUaO2Uvg=",
        "4sAq+snuMCJ5txJfkjzyP7Gb12k=",
    ),
    (
        "users?filter=email~'a/b%2Bc@x.org'",
        RESERVED,
        "c+6xPBoIU6MuADreD8wfh8v6/iPFYugvSZ9vDBxYRa8=",
        "NuAn3zmFjy+mK5SkbUGaF0QZyx0=",
    ),
]


def _signature(header: str) -> str:
    found = re.search(r'oauth_signature="([^"]+)"', header)
    assert found
    return unquote(found[1])


@pytest.mark.parametrize(("path", "secret", "sha256", "sha1"), VECTORS)
def test_the_signature_equals_the_standards_example(path: str, secret: str, sha256: str, sha1: str) -> None:
    for method, expected in (("HMAC-SHA256", sha256), ("HMAC-SHA1", sha1)):
        header = Signed(KEY, secret, method).header(f"{BASE}/{path}", **FIXED)
        assert _signature(header) == expected
        assert f'oauth_signature_method="{method}"' in header
        assert "oauth_token" not in header


def test_every_parameter_of_a_query_is_signed() -> None:
    signed = Signed(KEY, HEX, "HMAC-SHA256")
    plain = f"{BASE}/users?limit=10&offset=0"
    others = [f"{BASE}/users?limit=11&offset=0", f"{BASE}/users?limit=10", f"{plain}&sort=sourcedId", f"{BASE}/orgs"]
    made = {_signature(signed.header(url, **FIXED)) for url in (plain, *others)}
    assert len(made) == 5
    turned = signed.header(f"{BASE}/users?offset=0&limit=10", **FIXED)
    assert _signature(turned) == _signature(signed.header(plain, **FIXED))


def test_every_request_is_signed_anew() -> None:
    signed = Signed(KEY, HEX, "HMAC-SHA256")
    headers = {signed(Request("GET", f"{BASE}/orgs?limit=1").prepare()).headers["Authorization"] for _ in range(3)}
    assert len(headers) == 3


@pytest.mark.parametrize("method", ["HMAC-SHA256", "HMAC-SHA1"])
def test_a_retried_request_has_a_new_valid_signature_and_nonce(at: AtOneRoster, method: str) -> None:
    at.sandbox.fault("500", server="classlink", path="users", times=1)
    fetched = at.fetch(signature=method)
    assert fetched.facts["records"]["users"] == len(at.ids())
    assert fetched.facts["retries"] == 1


def test_a_wrong_secret_is_refused_and_not_retried(at: AtOneRoster) -> None:
    source = at.enter()
    connect(at.monkeypatch, at.sandbox.addresses["classlink"], at.sandbox.first.classlink_consumer_key, "wrong")
    with pytest.raises(CredentialsRefused) as raised:
        fetch(source, at.folder / "to")
    assert "wrong" not in str(raised.value)
    assert len(at.sandbox.requests("classlink")) == 1
