from __future__ import annotations

from urllib.parse import urlsplit

import pytest
import requests


def ids(reply):
    return [row["sourcedId"] for row in next(iter(reply.json().values()))]


def page(get, offset, limit=20, name="users", sort="&sort=sourcedId"):
    return get(f"{name}?limit={limit}&offset={offset}{sort}")


def test_a_fault_applies_only_to_the_requests_it_names(sandbox, oneroster, clever):
    sandbox.fault("500", server="oneroster_12", path="/classes?", after=1, times=2)
    answers = [oneroster("classes?limit=1").status_code for _ in range(5)]
    assert answers == [200, 500, 500, 200, 200]
    assert oneroster("users?limit=1").status_code == 200
    assert clever("sections").status_code == 200


def test_a_fault_without_a_limit_lasts_until_it_is_cleared(sandbox, oneroster):
    sandbox.fault("503", times=None)
    assert {oneroster("orgs").status_code for _ in range(4)} == {503}
    sandbox.clear()
    assert oneroster("orgs").status_code == 200


def test_an_unknown_fault_is_refused_with_a_list_of_faults(sandbox):
    for wrong in ("tiemout", "200"):
        with pytest.raises(ValueError, match="known: a status, timeout"):
            sandbox.fault(wrong)


@pytest.mark.parametrize("status", ["401", "403", "404", "429", "500", "502"])
def test_every_vendor_has_its_own_form_of_error(sandbox, clever, oneroster, canvas, status):
    for get, path in ((clever, "schools"), (oneroster, "orgs"), (canvas, "courses")):
        sandbox.fault(status)
        assert get(path).status_code == int(status)
    sandbox.fault("429", server="clever", seconds=2)
    reply = clever("schools")
    assert reply.content == b""
    assert "x-ratelimit-reset" in reply.headers
    sandbox.fault("429", server="oneroster_12", retry_after=7)
    assert oneroster("orgs").headers["Retry-After"] == "7"
    sandbox.fault("403", server="canvas", throttled=1)
    assert canvas("courses").text == "403 Forbidden (Rate Limit Exceeded)\n"


def test_inserted_rows_make_the_next_page_repeat_rows(sandbox, oneroster):
    whole = ids(page(oneroster, 0, 1000))
    sandbox.clear()
    sandbox.fault("inserted_rows", path="/users", after=1, times=None, rows=3)
    first, second, third = (ids(page(oneroster, at)) for at in (0, 20, 40))
    assert first == whole[3:23]
    assert second == whole[20:40]
    assert third == whole[40:60]
    assert set(first) & set(second) == set(whole[20:23])


def test_withdrawn_rows_make_the_next_page_skip_rows(sandbox, oneroster):
    whole, total = ids(page(oneroster, 0, 1000)), int(page(oneroster, 0).headers["X-Total-Count"])
    sandbox.fault("withdrawn_rows", path="offset=20", rows=3)
    first = ids(page(oneroster, 0))
    second = page(oneroster, 20)
    assert first + ids(second) == whole[:20] + whole[23:43]
    assert int(second.headers["X-Total-Count"]) == total - 3
    assert ids(page(oneroster, 40)) == whole[43:63]
    sandbox.clear()
    assert ids(page(oneroster, 0, 1000)) == whole


def test_withdrawn_rows_leave_no_gap_in_pages_by_id(sandbox, clever, pull_clever):
    whole = pull_clever("users?role=student&limit=100")
    sandbox.fault("withdrawn_rows", server="clever", path="starting_after", rows=3)
    assert pull_clever("users?role=student&limit=100") == whole
    assert len(pull_clever("users?role=student&limit=100")) == len(whole) - 3


def test_duplicate_rows_repeat_the_last_rows_of_the_page_before(sandbox, oneroster, clever):
    sandbox.fault("duplicate_rows", path="/users", times=None, rows=2)
    first, second = (ids(page(oneroster, at)) for at in (0, 20))
    assert second[:2] == first[-2:]
    assert len(second) == 22
    one = clever("users?limit=5").json()["data"]
    two = clever(f"users?limit=5&starting_after={one[-1]['data']['id']}").json()["data"]
    assert two[:2] == one[-2:]


def test_a_limit_may_be_reduced_silently(sandbox, oneroster, clever, canvas):
    sandbox.fault("clamped_limit", times=None, limit=7)
    assert len(ids(oneroster("users?limit=5000"))) == 7
    assert len(clever("users?limit=5000").json()["data"]) == 7
    assert len(canvas("accounts/1/users?per_page=50").json()) == 7


def test_the_fault_missing_headers_removes_totals_and_links(sandbox, oneroster, clever, canvas):
    sandbox.fault("missing_headers", times=None)
    reply = oneroster("users?limit=5")
    assert not {"X-Total-Count", "Link"} & set(reply.headers)
    assert clever("users").json().keys() == {"data"}
    assert "Link" not in canvas("accounts/1/users").headers


def test_the_next_link_may_lead_to_another_host_that_records_requests(sandbox, oneroster, clever, canvas):
    sandbox.fault("wrong_host_next", times=None)
    nexts = [
        oneroster("users?limit=5").links["next"]["url"],
        canvas("accounts/1/users").links["next"]["url"],
        next(link["uri"] for link in clever("users?limit=5").json()["links"] if link["rel"] == "next"),
    ]
    elsewhere = urlsplit(sandbox.addresses["elsewhere"])
    assert {urlsplit(url).netloc for url in nexts} == {elsewhere.netloc}
    assert sandbox.elsewhere() == []
    requests.get(nexts[0], headers={"Authorization": "Bearer x"}, timeout=20)
    assert [seen["credentials"] for seen in sandbox.elsewhere()] == [True]


def test_a_fault_gives_every_page_a_next_link(sandbox, oneroster, clever, canvas):
    sandbox.fault("next_past_end", times=None)
    assert "next" in page(oneroster, 100_000).links
    assert ids(page(oneroster, 100_000)) == []
    assert "next" in canvas("accounts/1/users?page=999").links
    assert "next" in {link["rel"] for link in clever("schools").json()["links"]}


def test_a_collection_may_be_empty_or_without_an_envelope_with_status_200(sandbox, oneroster, clever, canvas):
    sandbox.fault("empty", times=None)
    assert oneroster("users").json() == {"users": []}
    assert clever("users").json()["data"] == []
    assert canvas("accounts/1/users").json() == []
    sandbox.clear()
    sandbox.fault("envelope_missing", times=None)
    assert oneroster("users").json() == {}
    assert clever("users").json().keys() == {"links"}
    assert canvas("accounts/1/users").json() == {}


def test_a_fault_changes_the_rosters_revision_during_a_pull(sandbox, classlink):
    sandbox.fault("perm_rev", path="offset=20")
    seen = [page(classlink, at).headers["x-perm-rev"] for at in (0, 0, 20, 40)]
    assert seen[0] == seen[1] != seen[2] == seen[3]


def test_a_fault_may_apply_to_one_method_only(sandbox, canvas):
    sandbox.fault("500", server="canvas", method="PUT", times=None)
    assert canvas("courses").status_code == 200
    url = f"{sandbox.addresses['canvas']}/api/v1/courses/1000/assignments/1"
    assert requests.put(url, timeout=20).status_code == 500


def test_requests_are_recorded_without_credentials(sandbox, oneroster):
    oneroster("orgs?limit=3")
    assert sandbox.requests("oneroster_12")[-1] == "/ims/oneroster/rostering/v1p2/orgs?limit=3"
    assert sandbox.requests("clever") == []
