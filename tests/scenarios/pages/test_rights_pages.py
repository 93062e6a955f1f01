"""Who sees which page, route by route, over HTTP under Airflow's FAB auth manager."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote, urlsplit

import psycopg
import pytest
import requests

from tests.page_routes import PageRoute, pages
from tests.pages_asked import FORM, SEEN
from tests.rights_town import OURS, THEIRS, RightsTown
from tests.school import dsn

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def of(*rules: str, method: str = "GET") -> list[PageRoute]:
    found = [page for page in pages() if page.method == method and page.rule in rules]
    assert found
    return found


def districts(method: str = "GET") -> list[PageRoute]:
    found = [page for page in pages() if page.method == method and page.of_district]
    assert len(found) > 1
    return found


def statuses(rights: RightsTown, who: str | None, asked: Iterable[PageRoute]) -> dict[str, int]:
    """What a person is answered at an example of each page."""
    examples = [(page.method, rights.site.example(page)) for page in asked]
    return {path: rights.site.ask(who, path, method, data=FORM).status_code for method, path in examples}


def asking(rights: RightsTown, odd: str) -> list[str]:
    """Addresses that say `odd` wherever a page takes a text."""
    asked = [(page, text) for page in pages() for text in page.texts if page.method == "GET"]
    assert len(asked) > 3
    return [
        rights.site.example(page).partition("?")[0] + "?" + "&".join(f"{name}={odd}" for name in {text, *page.needs})
        for page, text in asked
    ]


def theirs(rights: RightsTown, page: PageRoute) -> str:
    """The address of a page of the other district."""
    return rights.site.example(page).replace(f"/{OURS}", f"/{THEIRS}", 1)


def test_every_page_requires_a_login(rights: RightsTown) -> None:
    everywhere = statuses(rights, None, pages())
    assert len(everywhere) > 10
    assert set(everywhere.values()) == {401}
    head, body, signature = rights.site.tokens["admin"].split(".")
    for forged in (f"{head}.{body}.x", f"{head}.{body}.", f"{head}.{body[:-2]}.{signature}"):
        told = rights.site.ask(None, f"/{OURS}", headers={"Authorization": f"Bearer {forged}"})
        assert told.status_code in {401, 403}


def test_a_reader_of_a_district_sees_counts_and_no_people(rights: RightsTown) -> None:
    assert set(statuses(rights, "reader", of("signed_in", "reads")).values()) <= SEEN
    before = rights.looks()
    assert set(statuses(rights, "reader", of("sees_people")).values()) == {403}
    new = rights.looks()[len(before) :]
    assert {actor for _, actor, *_ in new} <= {"admin"}  # who found the examples; a look that was refused is none
    people = rights.people()
    for page in of("reads"):
        shown = rights.site.ask("reader", rights.site.example(page)).text
        assert [one for one in people if one in shown] == [], page.path


def test_whoever_may_start_runs_sees_people_and_each_access_is_logged(rights: RightsTown) -> None:
    for page in of("sees_people"):
        path = rights.site.example(page)
        before = rights.looks()
        assert rights.site.ask("starter", path).status_code == 200
        (look,) = rights.looks()[len(before) :]
        district_id, actor, act, details = look
        assert (district_id, actor) == (OURS, "starter")
        assert act.startswith("look: ")
        assert [one for one in rights.people() if one in f"{act} {details}"] == []


def test_rights_on_one_district_reveal_nothing_of_another_not_even_its_existence(
    rights: RightsTown,
) -> None:
    for who in ("reader", "starter", "nobody"):
        for page in districts():
            path = theirs(rights, page)
            told = rights.site.ask(who, path)
            nowhere = rights.site.ask(who, path.replace(f"/{THEIRS}", "/nowhere", 1))
            assert (told.status_code, told.text) == (403, nowhere.text), (who, path)
            assert nowhere.status_code == 403
            assert THEIRS.title() not in told.text
    assert set(statuses(rights, "nobody", districts()).values()) == {403}
    assert rights.site.ask("neighbour", f"/{THEIRS}").status_code == 200  # it is there


def test_another_districts_rows_are_not_found_under_ones_own_districts_address(rights: RightsTown) -> None:
    own, strange = rights.site.known, rights.strange
    asked = [page for page in districts() + districts("POST") if any(f"{{{one}}}" in page.path for one in strange)]
    assert len(asked) > 5
    token = rights.site.form_token("starter", OURS)
    for page in asked:
        path = page.path.format(**({name: values[0] for name, values in own.items()} | strange))
        told = rights.site.ask("starter", path, page.method, data=FORM | {"token": token})
        assert told.status_code == 404, path
        assert THEIRS not in told.text.lower()


def test_the_list_of_districts_and_links_from_dags_show_only_readable_districts(rights: RightsTown) -> None:
    listed = {who: rights.site.ask(who, "/").text for who in ("nobody", "reader", "neighbour", "admin")}
    links = {who: {one for one in (OURS, THEIRS) if f"/rollbook/{one}" in text} for who, text in listed.items()}
    assert links == {"nobody": set(), "reader": {OURS}, "neighbour": {THEIRS}, "admin": {OURS, THEIRS}}
    assert THEIRS.title() not in listed["reader"]
    for family in ("roster_nightly", "roster_holds", "district_check", "x"):
        (there, nowhere) = (f"/at?dag_id={family}__{one}&dag_run_id=manual" for one in (THEIRS, "nowhere"))
        told, other = rights.site.ask("reader", there), rights.site.ask("reader", nowhere)
        assert (told.status_code, told.text.replace(THEIRS, "nowhere")) == (other.status_code, other.text)
        assert rights.site.ask("neighbour", there).headers["location"].startswith(f"/rollbook/{THEIRS}")


def test_reading_pages_changes_nothing_and_other_methods_are_refused(rights: RightsTown) -> None:
    gets = [rights.site.example(page) for page in pages() if page.method == "GET"]
    before = rights.state()
    assert before["runs.quarantine"]
    assert before["public.dag"]
    for path in gets:
        assert rights.site.ask("starter", path).status_code in SEEN
        for method in ("HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE"):
            assert rights.site.ask("starter", path, method).status_code == 405, (method, path)
    assert {name for name, rows in rights.state().items() if rows != before.get(name)} == set()


def test_text_from_the_address_is_never_run_by_the_page(rights: RightsTown) -> None:
    evil = "\"'><script>alert(1)</script>{{7919*7907}}"
    for path in asking(rights, quote(evil)):
        told = rights.site.ask("starter", path)
        assert told.status_code < 500, path
        assert "<script>alert" not in told.text
        assert str(7919 * 7907) not in told.text


def test_a_bearer_token_gives_its_own_rights_and_not_the_cookies(rights: RightsTown) -> None:
    tokens = rights.site.tokens
    for path, who, beside, status in (
        (f"/{THEIRS}", "reader", "admin", 403),
        (f"/{THEIRS}", "admin", "reader", 200),
        (f"/{OURS}", "nobody", "reader", 403),
    ):
        bearer = {"Authorization": f"Bearer {tokens[who]}"}
        assert rights.site.ask(beside, path, headers=bearer).status_code == status
    broken = {"Authorization": "Bearer x.y.z"}
    assert rights.site.ask("admin", f"/{OURS}", headers=broken).status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        f"/rollbook/{THEIRS}%2Fimports",
        "/rollbook/%73helbyville",
        f"/rollbook/{OURS}/../{THEIRS}",
        f"/rollbook/{OURS}/..%2f{THEIRS}",
        f"/rollbook/{OURS}%2f..%2f{THEIRS}",
        f"/rollbook/{OURS}/%2e%2e/{THEIRS}",
        f"/rollbook//{THEIRS}",
        f"/rollbook/{THEIRS}/",
        f"/rollbook/{THEIRS.upper()}",
        f"/rollbook/{THEIRS}%00",
        f"/rollbook/{THEIRS}%0a",
        f"/rollbook/{THEIRS};{OURS}",
        f"/rollbook/{OURS},{THEIRS}",
        "/rollbook/roster_nightly__springfield",
        f"/rollbook/{OURS}?district_id={THEIRS}&dag_id=roster_nightly__{THEIRS}",
        f"/rollbook/{THEIRS}?district_id={OURS}&dag_id=roster_nightly__{OURS}",
    ],
)
def test_no_spelling_of_an_address_bypasses_the_rights(rights: RightsTown, path: str) -> None:
    """As it is on the wire: libraries mend addresses before they send them."""
    there = http.client.HTTPConnection(urlsplit(rights.site.url).netloc, timeout=60)
    headers = {"Cookie": f"_token={rights.site.tokens['reader']}", "X-Forwarded-Host": "evil.example"}
    there.request("GET", path, headers=headers | {"Host": "evil.example", "X-Original-URL": f"/rollbook/{THEIRS}"})
    told = there.getresponse()
    shown = told.read().decode()
    if path.startswith(f"/rollbook/{OURS}?"):
        assert told.status == 200
        assert THEIRS not in shown.lower()
    else:
        assert told.status in {403, 404}, shown
    assert told.getheader("location") is None
    assert "evil.example" not in shown
    there.close()


def test_a_hundred_pages_waiting_for_a_lock_are_cancelled_and_airflow_stays_responsive(rights: RightsTown) -> None:
    path, bearer = f"/{OURS}/people", {"Authorization": f"Bearer {rights.site.tokens['admin']}"}
    with psycopg.connect(dsn(rights.ours.warehouse)) as other, ThreadPoolExecutor(100) as people:
        other.execute("lock table roster.users in access exclusive mode")
        began = time.monotonic()
        asked = [people.submit(rights.site.ask, "starter", path) for _ in range(100)]
        while not other.execute("select 1 from pg_locks where not granted").fetchall():
            assert time.monotonic() - began < 120
        for _ in range(5):
            told = requests.get(f"{rights.site.url}/api/v2/dags", headers=bearer, timeout=5)
            assert told.status_code == 200
        answers = [one.result(timeout=60) for one in asked]
    assert {one.status_code for one in answers} == {503}
    assert {part for one in answers for part in ("WAREHOUSE_UNAVAILABLE", "other pages keep") if part in one.text} == {
        "WAREHOUSE_UNAVAILABLE",
        "other pages keep",
    }
    assert rights.site.ask("starter", path).status_code == 200


def test_a_district_with_invalid_settings_is_shown_and_its_check_page_has_the_error(
    rights: RightsTown,
) -> None:
    path = rights.ours.folder / "config" / "districts" / f"{OURS}.yaml"
    kept = path.read_text(encoding="utf-8")
    path.write_text("district_id: [", encoding="utf-8")
    try:
        told = rights.site.ask("reader", f"/{OURS}/check")
        assert told.status_code == 200
        assert f"SETTINGS_INVALID: the file is not valid YAML [{OURS}.yaml, line 1]" in told.text
        assert set(statuses(rights, "reader", of("reads")).values()) <= SEEN
    finally:
        path.write_text(kept, encoding="utf-8")
    assert "SETTINGS_INVALID" not in rights.site.ask("reader", f"/{OURS}/check").text


def test_hostile_names_from_a_file_are_shown_as_text(rights: RightsTown) -> None:
    evil = "<img src=x onerror=alert(1)>"
    for statement in (
        "update runs.quarantine set file = %s, row = row::jsonb || jsonb_build_object('student_last', %s::text)",
        "update runs.imports set findings = replace(findings::text, 'combined.csv', %s)::jsonb where %s <> ''",
        "update roster.users set family_name = %s, given_name = %s",
        "update roster.schools set name = %s where %s <> ''",
        "update roster.classes set title = %s where %s <> ''",
        "update gradebook.activities set title = %s where %s <> ''",
    ):
        rights.ours.ask(statement, evil, evil)
    shown = 0
    for page in pages():
        if page.method == "GET":
            told = rights.site.ask("starter", rights.site.example(page))
            if told.headers.get("content-type", "").startswith("text/html"):
                assert "<img" not in told.text, page.path
                shown += "&lt;img src=x" in told.text
            elif page.path.endswith(".csv"):  # which no browser shows as a page
                assert told.headers["content-disposition"].startswith("attachment;"), page.path
    assert shown >= 5


@pytest.mark.parametrize("odd", ["%00", "a%00b", "%ED%A0%80", "%FF", "%E2%80%AE", "9" * 5000])
def test_zero_characters_and_other_odd_texts_break_no_page(rights: RightsTown, odd: str) -> None:
    for path in asking(rights, odd):
        status = rights.site.ask("starter", path).status_code
        assert status == 404 if "%00" in odd else status < 500, path
