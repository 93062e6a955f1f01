"""What a form needs to be accepted, over HTTP under the FAB auth manager. A form without it changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.page_routes import PageRoute, pages
from tests.pages_asked import FORM
from tests.rights_town import OURS, THEIRS, RightsTown

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

Request = dict[str, Any]


def with_token(rights: RightsTown, who: str = "starter", district_id: str = OURS) -> Request:
    return {"data": FORM | {"token": rights.site.form_token(who, district_id)}}


def of_age(rights: RightsTown, hours: float) -> Request:
    token = rights.site.signed(rights.site.form_token("starter", OURS), hours)
    return {"data": FORM | {"token": token}}


def headed(rights: RightsTown, **headers: str) -> Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return with_token(rights) | {"headers": named}


def in_the_query(rights: RightsTown) -> Request:
    return {"params": with_token(rights)["data"]}


def as_json(rights: RightsTown) -> Request:
    return {"json": with_token(rights)["data"]}


FORGED: dict[str, Callable[[RightsTown], Request]] = {
    "without a token": lambda rights: {"data": FORM},
    "with an empty token": lambda rights: {"data": FORM | {"token": ""}},
    "with somebody else's token": lambda rights: with_token(rights, "neighbour", THEIRS),
    "with a token of yesterday": lambda rights: of_age(rights, 13),
    "with the token in the address": in_the_query,
    "with the cookie for a token": lambda rights: {"data": FORM | {"token": rights.site.tokens["starter"]}},
    "from another site": lambda rights: headed(rights, Origin="https://evil.example"),
    "from a frame of nowhere": lambda rights: headed(rights, Origin="null"),
    "from another port of this host": lambda rights: headed(rights, Origin="http://127.0.0.1:1"),
    "across sites, as the browser says": lambda rights: headed(rights, Sec_Fetch_Site="cross-site"),
    "from a sister site, as the browser says": lambda rights: headed(rights, Sec_Fetch_Site="same-site"),
}
UNREAD: dict[str, Callable[[RightsTown], Request]] = {
    "as JSON": as_json,
    "as plain text": lambda rights: headed(rights, Content_Type="text/plain"),
    "with files": lambda rights: with_token(rights) | {"files": {"hold": b"1"}},
}


def forms(rights: RightsTown) -> list[tuple[PageRoute, str]]:
    found = [(page, rights.site.example(page)) for page in pages() if page.method == "POST"]
    assert len(found) > 1
    return found


def send(rights: RightsTown, who: str | None, path: str, request: Request) -> requests.Response:
    return rights.site.ask(who, path, "POST", **request)


def test_a_forged_form_changes_nothing(rights: RightsTown) -> None:
    before = rights.state()
    for said, forge in (FORGED | UNREAD).items():
        request = forge(rights)
        for _, path in forms(rights):
            told = send(rights, "starter", path, request)
            assert told.status_code == (415 if said in UNREAD else 403), (said, path)
    assert rights.state() == before


def test_a_valid_form_gives_no_additional_rights(rights: RightsTown) -> None:
    tokens = {who: rights.site.form_token(who, of) for who, of in (("starter", OURS), ("neighbour", THEIRS))}
    # Without a right to start anything a page gives no form: as if they had found the token of one.
    tokens |= dict.fromkeys(("reader", "nobody"), tokens["starter"])
    before = rights.state()
    for _, path in forms(rights):
        there = path.replace(f"/{OURS}", f"/{THEIRS}", 1)
        for who, address in (("starter", there), ("neighbour", path), ("reader", path), ("nobody", path)):
            told = send(rights, who, address, {"data": FORM | {"token": tokens[who]}})
            assert told.status_code == 403, (who, address)
        assert send(rights, None, path, {"data": FORM | {"token": tokens["starter"]}}).status_code == 401
    assert rights.state() == before


def test_a_reader_gets_no_form(rights: RightsTown) -> None:
    for page in pages():
        if page.method == "GET" and page.rule in {"reads", "signed_in"}:
            assert 'method="post"' not in rights.site.ask("reader", rights.site.example(page)).text, page.path


def test_a_pages_form_is_accepted_in_the_name_of_its_sender(rights: RightsTown) -> None:
    ours = {"Origin": rights.site.url, "Sec-Fetch-Site": "same-origin"}
    for path, dag_id in (
        (f"/{OURS}/check", f"district_check__{OURS}"),
        (f"/{OURS}/runs/{rights.site.known['run_id'][0]}/question", f"roster_holds__{OURS}"),
    ):
        before = rights.dag_runs(dag_id)
        told = send(rights, "starter", path, with_token(rights) | {"headers": ours})
        assert told.status_code == 303, told.text
        (new,) = rights.dag_runs(dag_id)[len(before) :]
        assert new == ("starter",)
    again = send(rights, "starter", f"/{OURS}/check", of_age(rights, 11) | {"headers": ours})
    assert again.status_code == 303  # so it was for its age that yesterday's was refused


def test_a_person_who_may_not_respond_sees_the_holds_without_a_form(rights: RightsTown) -> None:
    told = rights.site.ask("unasked", f"/{OURS}/runs/{rights.site.known['run_id'][0]}/holds")
    assert told.status_code == 200
    assert 'name="choice"' not in told.text


def test_an_approval_without_an_approval_request_changes_nothing(rights: RightsTown) -> None:
    before = rights.state()
    told = send(rights, "starter", f"/{OURS}/runs/{rights.site.known['run_id'][0]}/holds", with_token(rights))
    assert told.status_code == 409
    assert rights.state() == before


def test_after_signing_out_cookie_and_form_are_invalid(rights: RightsTown) -> None:
    request = with_token(rights)
    tokens = rights.site.tokens | {"gone": rights.sign_in("starter")}
    gone = rights.site.as_known_by(tokens)
    assert gone.ask("gone", f"/{OURS}").status_code == 200
    leave = f"{rights.site.url}/api/v2/auth/logout"  # as Airflow's menu does
    requests.get(leave, cookies={"_token": tokens["gone"]}, allow_redirects=False, timeout=60)
    before = rights.state()
    assert gone.ask("gone", f"/{OURS}").status_code in {401, 403}
    assert gone.ask("gone", f"/{OURS}/check", "POST", **request).status_code in {401, 403}
    assert rights.state() == before
