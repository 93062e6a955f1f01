from __future__ import annotations

import time

import pytest
import requests


def test_the_fault_timeout_never_answers(sandbox, oneroster):
    sandbox.fault("timeout")
    with pytest.raises(requests.ReadTimeout):
        oneroster("orgs", timeout=0.2)
    assert oneroster("orgs").status_code == 200


def test_the_fault_slow_sends_the_body_in_pieces(sandbox, oneroster):
    plain = oneroster("orgs").content
    sandbox.fault("slow", bytes=len(plain) // 4 + 1, seconds=0.05)
    began = time.monotonic()
    assert oneroster("orgs").content == plain
    assert time.monotonic() - began >= 0.15  # the last of four pieces completes it


@pytest.mark.parametrize("limit", [2, 200])
def test_the_fault_truncated_ends_the_body_early(sandbox, oneroster, limit):
    sandbox.fault("truncated")
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        oneroster(f"users?limit={limit}")
    assert oneroster("users").status_code == 200


def test_the_html_faults_answer_with_html(sandbox, oneroster):
    for name, status in (("html_200", 200), ("html_500", 502)):
        sandbox.fault(name)
        reply = oneroster("orgs")
        assert (reply.status_code, reply.headers["content-type"]) == (status, "text/html; charset=utf-8")
        assert reply.text.startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(("name", "status"), [("504", 504), ("html_200", 200), ("html_500", 502)])
def test_a_fault_may_answer_with_an_error_after_performing_the_request(sandbox, canvas, name, status):
    url = f"{sandbox.addresses['canvas']}/api/v1/courses/1000/assignments"
    token = {"Authorization": f"Bearer {sandbox.first.canvas_token}"}
    sandbox.fault(name, method="POST", path="/assignments", performed=1)
    assert canvas("courses/1000/assignments").json() == []
    reply = requests.post(url, json={"assignment": {"name": "Quiz"}}, headers=token, timeout=20)
    assert reply.status_code == status
    assert [one["name"] for one in canvas("courses/1000/assignments").json()] == ["Quiz"]


def test_a_timeout_may_follow_a_performed_request(sandbox, canvas):
    url = f"{sandbox.addresses['canvas']}/api/v1/courses/1000/assignments"
    token = {"Authorization": f"Bearer {sandbox.first.canvas_token}"}
    for performed, known in ((0, []), (1, ["Quiz"])):
        sandbox.fault("timeout", method="POST", performed=performed)
        with pytest.raises(requests.ReadTimeout):
            requests.post(url, json={"assignment": {"name": "Quiz"}}, headers=token, timeout=2)
        assert [one["name"] for one in canvas("courses/1000/assignments").json()] == known


def test_the_fault_redirect_leads_to_another_host(sandbox, oneroster):
    sandbox.fault("redirect", times=None)
    reply = oneroster("orgs", allow_redirects=False)
    assert reply.status_code == 302
    assert reply.headers["location"] == f"{sandbox.addresses['elsewhere']}/ims/oneroster/rostering/v1p2/orgs"
    assert oneroster("orgs").json() == {}
    assert [seen["path"] for seen in sandbox.elsewhere()] == ["/ims/oneroster/rostering/v1p2/orgs"]
