from __future__ import annotations

import pytest
import requests
from oauthlib.oauth1 import Client

from sandbox.vendors.oneroster import access, rest


def ask_token(sandbox, scopes=access.CORE, secret=None, grant="client_credentials", version="1.2", in_body=False):
    keys = sandbox.first
    form = {"grant_type": grant, "scope": " ".join(access.scope(version, one) for one in scopes.split())}
    client = (keys.oneroster_client_id, secret or keys.oneroster_client_secret)
    if in_body:
        form |= {"client_id": client[0], "client_secret": client[1]}
    url = sandbox.addresses[f"oneroster_{version.replace('.', '')}"] + "/token"
    return requests.post(url, data=form, auth=None if in_body else client, timeout=20)


def ask(sandbox, token, path, version="1.2"):
    base = sandbox.addresses[f"oneroster_{version.replace('.', '')}"] + rest.BASES[version]
    return requests.get(f"{base}/{path}", headers={"Authorization": f"Bearer {token}"}, timeout=20).status_code


@pytest.mark.parametrize("method", ["HMAC-SHA256", "HMAC-SHA1"])
def test_a_signature_over_all_parameters_opens_classlink(classlink, method):
    condition = "status%3D%27active%27%20AND%20role%3D%27student%27"
    reply = classlink(f"users?limit=2&offset=1&sort=sourcedId&orderBy=asc&filter={condition}", method)
    assert reply.status_code == 200
    assert len(reply.json()["users"]) == 2
    assert classlink("users", "PLAINTEXT").status_code == 401
    assert classlink("users", secret="wrong").status_code == 401


def test_a_signature_covers_every_parameter_and_is_valid_once(sandbox):
    keys = sandbox.first
    client = Client(keys.classlink_consumer_key, keys.classlink_consumer_secret, signature_method="HMAC-SHA256")
    signed, headers, _ = client.sign(f"{sandbox.addresses['classlink']}{rest.BASES['1.1']}/users?limit=2")
    assert requests.get(signed.replace("limit=2", "limit=3"), headers=headers, timeout=20).status_code == 401
    assert requests.get(f"{signed}&offset=1", headers=headers, timeout=20).status_code == 401
    _, headers, _ = client.sign(signed)
    assert [requests.get(signed, headers=headers, timeout=20).status_code for _ in range(2)] == [200, 401]


def test_an_old_signature_or_none_is_refused(sandbox):
    key, secret = sandbox.first.classlink_consumer_key, sandbox.first.classlink_consumer_secret
    url = f"{sandbox.addresses['classlink']}{rest.BASES['1.1']}/orgs"
    old = Client(key, secret, signature_method="HMAC-SHA256", timestamp="1700000000").sign(url)[1]
    assert [requests.get(url, headers=one, timeout=20).status_code for one in (old, {})] == [401, 401]


@pytest.mark.parametrize("in_body", [True, False])
def test_client_credentials_give_a_token_with_a_lifetime(sandbox, in_body):
    answer = ask_token(sandbox, in_body=in_body).json()
    assert answer["token_type"] == "Bearer"
    assert answer["expires_in"] == 3600
    assert answer["scope"] == access.scope("1.2", access.CORE)
    assert ask(sandbox, answer["access_token"], "orgs") == 200


def test_wrong_token_requests_have_the_errors_of_oauth(sandbox):
    assert (ask_token(sandbox, secret="x").status_code, ask_token(sandbox, secret="x").json()) == (
        401,
        {"error": "invalid_client"},
    )
    assert ask_token(sandbox, grant="password").json() == {"error": "unsupported_grant_type"}
    assert ask_token(sandbox, scopes="everything").json() == {"error": "invalid_scope"}


def test_a_scope_opens_only_its_resources(sandbox):
    core, full, private = (
        ask_token(sandbox, one).json()["access_token"] for one in (access.CORE, access.FULL, access.DEMOGRAPHICS)
    )
    inside = "schools/0101/classes"
    paths = ("users", inside, "demographics")
    opened = {path: [ask(sandbox, token, path) for token in (core, full, private)] for path in paths}
    assert opened == {"users": [200, 200, 403], inside: [403, 200, 403], "demographics": [403, 403, 200]}


def test_a_token_expires_and_is_refused_by_another_server(sandbox):
    token = ask_token(sandbox).json()["access_token"]
    assert ask(sandbox, token, "users", version="1.1") == 401
    sandbox.behave(token_seconds=0)
    assert ask(sandbox, ask_token(sandbox).json()["access_token"], "users") == 401
    assert ask(sandbox, token, "users") == 200
