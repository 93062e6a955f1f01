from __future__ import annotations

import time
from collections import Counter

import pytest
import requests

from sandbox.vendors.clever import shapes
from sandbox.vendors.clever.shapes import Page

ROLES = ("contact", "district_admin", "staff", "student", "teacher")


def ask_tokens(sandbox, query="owner_type=district", secret=None):
    keys = sandbox.first
    url = f"{sandbox.addresses['clever_tokens']}/oauth/tokens?{query}"
    return requests.get(url, auth=(keys.clever_client_id, secret or keys.clever_client_secret), timeout=20)


def test_tokens_of_authorized_districts_need_the_right_credentials(sandbox):
    (token,) = ask_tokens(sandbox).json()["data"]
    assert token["access_token"] == sandbox.first.clever_token
    district = token["owner"]["id"]
    assert ask_tokens(sandbox, f"owner_type=district&district={district}").json()["data"] == [token]
    assert ask_tokens(sandbox, f"owner_type=district&district={'0' * 24}").json()["data"] == []
    assert ask_tokens(sandbox, secret="wrong").status_code == 401
    assert ask_tokens(sandbox, "").status_code == 400


def test_a_district_without_authorization_is_not_listed_and_is_refused(sandbox, clever):
    sandbox.behave(clever_authorized=False)
    assert ask_tokens(sandbox).json()["data"] == []
    assert clever("users").status_code == 401


@pytest.mark.parametrize("version", ["v3.0", "v3.1"])
def test_every_list_has_the_shape_of_its_kind(clever, version):
    for kind, shape in shapes.RECORDS.items():
        reply = clever(f"{kind}?limit=10000", version=version)
        page = Page[shape].model_validate_json(reply.content)
        assert page.data or kind == "events"
        assert all(row.uri == f"/{version}/{kind}/{row.data.id}" for row in page.data)
    assert clever("users?limit=1", version="v3.0").text.count("lms_status") == 0
    assert clever("users?limit=1", version="v3.1").text.count("lms_status") == 1


def test_the_records_are_those_of_the_generated_district(world, pull_clever):
    students, sections = pull_clever("users?role=student&limit=100"), pull_clever("sections?limit=1000")
    by_id = {one["id"]: one["roles"]["student"]["sis_id"] for one in students}
    assert sorted(by_id.values()) == sorted(world.students["student_id"])
    seats = {(by_id[who], one["sis_id"]) for one in sections for who in one["students"]}
    keys, classes = world.students["student_id"], world.classes["class_id"]
    assert seats == {(keys[row], classes[at]) for row, places in enumerate(world.enrolled) for at in places}
    assert all(one["teachers"][0] == one["teacher"] for one in sections)
    assert max(len(one["teachers"]) for one in sections) == 2


def test_an_optional_value_is_missing_null_or_empty(pull_clever):
    emails = [one.get("email", "missing") for one in pull_clever("users?role=student&limit=1000")]
    assert {"missing", None, ""} < set(emails)


def test_a_user_with_two_roles_is_listed_once_for_each_role(pull_clever):
    everybody = pull_clever("users?limit=1000")
    by_role = Counter(one["id"] for role in ROLES for one in pull_clever(f"users?role={role}&limit=1000"))
    assert {one["id"] for one in everybody} == by_role.keys()
    assert len(everybody) == len(by_role)
    twice = [one for one in everybody if by_role[one["id"]] == 2]
    assert twice
    assert all({"teacher", "staff"} == one["roles"].keys() for one in twice)


def test_count_returns_a_number_and_no_data(clever, world):
    assert clever("users?role=student&count=true").json() == {
        "count": len(world.students),
        "links": [{"rel": "self", "uri": "/v3.1/users?role=student&count=true"}],
    }


@pytest.mark.parametrize(("limit", "status"), [("10000", 200), ("10001", 413), ("0", 400), ("many", 400)])
def test_a_too_large_limit_is_refused(clever, limit, status):
    assert clever(f"schools?limit={limit}").status_code == status


def test_refusals_have_clevers_bodies(clever):
    assert clever("users", token="wrong").json() == {"message": "Unauthorized"}
    assert clever(f"users/{'0' * 24}").json() == {"code": 91, "error": "Resource not found", "data": {}}
    for path, version in (("contacts", "v3.1"), ("users", "v2.1"), ("districts/x/schools", "v3.1")):
        reply = clever(path, version=version)
        assert (reply.status_code, reply.headers["content-type"]) == (404, "text/html; charset=utf-8")


def test_a_users_token_reads_single_records_but_no_list(sandbox, clever, pull_clever):
    someone, token = pull_clever("users?role=student&limit=1000")[0]["id"], sandbox.first.clever_user_token
    assert clever(f"users/{someone}", token=token).json()["data"]["id"] == someone
    assert clever("users", token=token).status_code == 404
    assert clever(f"sections/{'0' * 24}", token=token).headers["content-type"].startswith("text/html")


def test_beyond_the_rate_limit_an_answer_has_only_headers(sandbox, clever):
    sandbox.behave(clever_rate_limit=2)
    minute, now = -1, 0
    while minute != now:  # a new minute would have forgotten the first requests
        minute = int(time.time()) // 60
        left = [clever("terms").headers["X-RateLimit-Remaining"] for _ in range(2)]
        reply = clever("terms")
        now = int(time.time()) // 60
    assert left == ["1", "0"]
    assert (reply.status_code, reply.content) == (429, b"")
    assert 0 < int(reply.headers["x-ratelimit-reset"]) - time.time() <= 60
    assert reply.headers["x-ratelimit-limit"] == "2"


def test_references_may_dangle_and_a_section_may_lack_its_teacher(sandbox, pull_clever, world):
    sandbox.behave(withdrawn_users=3, classes_without_teacher=2)
    known = {one["id"] for one in pull_clever("users?role=student&limit=1000")}
    sections = pull_clever("sections?limit=1000")
    assert len({who for one in sections for who in one["students"]} - known) == 3
    assert len(known) == len(world.students) - 3
    assert [one["teachers"] for one in sections if one["teacher"] is None] == [[], []]


def test_a_school_that_is_no_longer_shared_disappears_with_its_people(sandbox, pull_clever, world):
    sandbox.share(["0102"])
    assert [one["sis_id"] for one in pull_clever("schools")] == ["0102"]
    assert len(pull_clever("users?role=student&limit=1000")) == (world.students["school"] == 1).sum()
    types = {
        one["type"]
        for one in pull_clever("events?limit=5000")
        if "contact" not in one["data"]["object"].get("roles", {})
    }
    assert types == {"schools.deleted", "courses.deleted", "sections.deleted", "users.deleted"}


def test_a_sections_name_has_course_teacher_and_period(pull_clever, world):
    section, first = pull_clever("sections?limit=1000")[0], world.classes.iloc[0]
    assert section["name"] == f"{first['title']} - {world.teachers['last'][first['teacher']]} - {first['period']}"


def test_dates_have_both_formats(sandbox, clever):
    assert clever("terms").json()["data"][0]["data"]["start_date"] == "2026-08-17"
    sandbox.behave(clever_dates="datetime")
    assert clever("terms").json()["data"][0]["data"]["start_date"] == "2026-08-17T00:00:00.000Z"
