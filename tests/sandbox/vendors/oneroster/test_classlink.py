from __future__ import annotations

import pytest
import requests
from oauthlib.oauth1 import Client

from sandbox.vendors.serving import serving


@pytest.fixture
def proxy(sandbox):
    def get(path, token):
        url = sandbox.addresses["classlink_proxy"] + path
        return requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=20)

    return get


@pytest.fixture
def application(sandbox, proxy):
    (one,) = proxy("/applications", sandbox.first.classlink_partner_key).json()["applications"]
    return one


def test_the_partner_gets_the_applications_without_a_count(sandbox, proxy, application):
    assert application["enabled"] == "true"
    assert application["tenant_status"] == "Active"
    reply = proxy("/applications", sandbox.first.classlink_partner_key)
    assert not {"x-total-count", "x-count", "Link"} & set(reply.headers)
    assert proxy("/applications", application["bearer"]).status_code == 401


def test_only_the_escaped_oneroster_application_id_opens_the_path(proxy, application):
    def ask(name):
        return proxy(f"/{name}/ims/oneroster/v1p1/orgs", application["bearer"]).status_code

    right = application["oneroster_application_id"]
    assert ask(right) == 200
    assert ask(f"proxy/v1p0/{right}") == 200
    assert ask(right.replace("%", "%25")) == 403
    assert ask(str(application["id"])) == ask(str(application["application_id"])) == 403


def test_the_bearer_of_another_key_is_refused(sandbox, proxy, application):
    path = f"/{application['oneroster_application_id']}/ims/oneroster/v1p1/orgs"
    assert proxy(path, sandbox.first.classlink_partner_key).status_code == 401


def test_the_proxy_and_the_districts_host_give_the_same_rows(classlink, proxy, application):
    path = "users?limit=3&offset=2&sort=sourcedId&orderBy=desc"
    through = proxy(f"/{application['oneroster_application_id']}/ims/oneroster/v1p1/{path}", application["bearer"])
    direct = classlink(path)
    assert through.json() == direct.json()
    for name in ("x-total-count", "x-count", "x-perm-rev"):
        assert through.headers[name] == direct.headers[name]
    assert through.headers["x-count"] == "3"


def test_an_application_gives_the_credentials_of_the_districts_host(sandbox, proxy, application):
    path = f"/applications/{application['oneroster_application_id']}/server"
    server = proxy(path, sandbox.first.classlink_partner_key).json()["server"]
    client = Client(server["client_id"], server["client_secret"], signature_method="HMAC-SHA256")
    url, headers, _ = client.sign(f"{server['endpoint_url']}/orgs")
    assert requests.get(url, headers=headers, timeout=20).status_code == 200


def test_applications_have_pages_without_a_total_or_links():
    with serving(students=13, districts=("a", "b", "c")) as sandbox:
        url, key = f"{sandbox.addresses['classlink_proxy']}/applications", sandbox.first.classlink_partner_key
        headers = {"Authorization": f"Bearer {key}"}
        pages = [
            requests.get(f"{url}?limit=2&offset={at}", headers=headers, timeout=20).json()["applications"]
            for at in (0, 2, 4)
        ]
        assert [len(page) for page in pages] == [2, 1, 0]
        assert len({one["oneroster_application_id"] for page in pages for one in page}) == 3


def test_the_revision_changes_only_with_the_roster(sandbox, classlink):
    seen = [classlink("orgs").headers["x-perm-rev"], classlink("users").headers["x-perm-rev"]]
    sandbox.pass_night(percent=1)
    seen.append(classlink("orgs").headers["x-perm-rev"])
    assert seen[0] == seen[1] != seen[2]
