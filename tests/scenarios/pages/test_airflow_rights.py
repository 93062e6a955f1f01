"""Who sees which page under Airflow's simple auth manager, which has roles and no rights by district."""

from __future__ import annotations

import json

import pytest

from tests.airflow_town import AirflowTown
from tests.page_routes import PageRoute, pages
from tests.pages_asked import FORM, Site, ids_in
from tests.rights_town import token_of
from tests.town import world

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

DISTRICT = "looked_at"


@pytest.fixture(scope="module")
def site(airflow: AirflowTown) -> Site:
    """The pages of a district with one night, as each role sees them."""
    from pipelines.store.engine import dispose

    with pytest.MonkeyPatch.context() as patch:
        for name, value in airflow.airflow.environment.items():
            if name.startswith("ROLLBOOK"):
                patch.setenv(name, value)
        told = airflow.district(DISTRICT).night(world(students=40))
    dispose()
    assert told.status == "applied"
    passwords = json.loads((airflow.airflow.home / "passwords.json").read_text(encoding="utf-8"))
    tokens = {name: token_of(airflow.airflow.url, name, password) for name, password in passwords.items()}
    assert {*tokens} == {"admin", "user", "viewer"}
    known = {"district_id": (DISTRICT,), "run_id": (str(told.run_id),), "name": ("rollbook.css",)}
    known |= {name: (value,) for name, value in ids_in(airflow.district(DISTRICT)).items()}
    return Site(airflow.airflow.url, tokens, "", known)


def statuses(site: Site, who: str | None, *rules: str) -> set[int]:
    asked = [page for page in pages() if page.rule in rules and "/grades/{class_id}" not in page.path]
    assert asked
    return {status(site, who, page) for page in asked}


def status(site: Site, who: str | None, page: PageRoute) -> int:
    (path,) = site.addresses(page)
    told = site.ask(who, path, page.method, data=FORM)
    # An export's page, for a run that is none; that it is not found tells that one might see it.
    return 200 if told.status_code == 404 and path.endswith("/grades") else told.status_code


def test_a_viewer_sees_only_counts_and_a_user_sees_people(site: Site) -> None:
    assert statuses(site, None, "signed_in", "reads", "sees_people", "decides", "checks") == {401}
    assert statuses(site, "viewer", "signed_in", "reads") <= {200, 303}
    assert statuses(site, "viewer", "sees_people") == {403}
    for who in ("user", "admin"):
        assert statuses(site, who, "signed_in", "reads", "sees_people") <= {200, 303}


def test_only_a_user_can_start_a_check_and_only_by_a_pages_form(site: Site, airflow: AirflowTown) -> None:
    assert statuses(site, "user", "decides", "checks") == {403}  # a form without its token
    token = site.form_token("user", DISTRICT)
    check, runs = f"/{DISTRICT}/check", f"/dags/district_check__{DISTRICT}/dagRuns"
    assert 'method="post"' not in site.ask("viewer", check).text
    for who in ("viewer", "admin"):
        assert site.ask(who, check, "POST", data={"token": token}).status_code == 403
    assert airflow.ask("GET", runs)["dag_runs"] == []
    assert site.ask("user", check, "POST", data={"token": token}).status_code == 303
    (run,) = airflow.ask("GET", runs)["dag_runs"]
    assert run["triggering_user_name"] == "user"


def test_airflows_menu_links_every_role_to_the_pages(site: Site, airflow: AirflowTown) -> None:
    for who in ("viewer", "user", "admin"):
        headers = {"Authorization": f"Bearer {site.tokens[who]}"}
        plugins = airflow.session.get(f"{site.url}/api/v2/plugins", headers=headers, timeout=60).json()["plugins"]
        assert "rollbook" in {one["name"] for one in plugins}
