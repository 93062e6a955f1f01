"""The limits hold the changes beyond them, and no others."""

from __future__ import annotations

import pytest

from pipelines import runs
from pipelines.review.limits import KINDS, hold_excess
from pipelines.runs.request import NightRequest
from pipelines.settings import Limits, load_district
from tests.town import FIRST, Town

ACTIONS = ("create", "update", "move", "archive", "reactivate", "link", "merge", "rekey")


def planned(town: Town, action: str, count: int, entity: str = "users") -> runs.Run:
    """Start a run that plans so many changes of one kind in the district's first school."""
    night = runs.load(runs.start(NightRequest(district_id=town.district_id, as_of=FIRST)))
    town.ask(
        """
        insert into work.changes (district_id, run_id, source_n, entity, action, id, school_id)
        select %s, %s, 0, %s, %s, gen_random_uuid(), s.id
        from generate_series(1, %s), (select min(id::text)::uuid as id from roster.links where entity = 'schools') as s
        """,
        town.district_id,
        night.run_id,
        entity,
        action,
        count,
    )
    return night


def reviewed(night: runs.Run, limits: Limits) -> dict[str, int]:
    district = load_district(night.district_id).model_copy(update={"limits": limits})
    return hold_excess(night, district, [])


def active(town: Town) -> int:
    """Return the number of people in the first school."""
    count: int = town.one(
        """
        select count(*) from roster.users
        where school_ids[1] = (select min(id::text) from roster.links where entity = 'schools')::uuid
        """
    )
    return count


def test_changes_up_to_the_percentage_are_allowed_and_one_more_is_held(synced: Town) -> None:
    allowed = active(synced) * 10 // 100
    limits = Limits(archive_percent=10, archive_rows=0)
    assert allowed > 3
    assert reviewed(planned(synced, "archive", allowed), limits) == {}
    night = planned(synced, "archive", allowed + 1)
    assert reviewed(night, limits) == {"holds": 1, "held": allowed + 1}
    (hold,) = synced.ask("select planned, active, allowed, status from runs.holds")
    assert hold == (allowed + 1, active(synced), allowed, "open")
    assert synced.one("select bool_and(held) from work.changes where run_id = %s", night.run_id)


def test_changes_up_to_the_floor_are_always_allowed(synced: Town) -> None:
    limits = Limits(archive_percent=0, archive_rows=5)
    assert reviewed(planned(synced, "archive", 5), limits) == {}
    assert reviewed(planned(synced, "archive", 6), limits)["held"] == 6


def test_reviewing_again_holds_the_same_changes_and_lists_each_hold_once(synced: Town) -> None:
    night = planned(synced, "archive", 40)
    limits = Limits(archive_percent=0, archive_rows=0)
    assert reviewed(night, limits) == reviewed(night, limits) == {"holds": 1, "held": 40}
    assert synced.one("select count(*) from runs.holds") == 1


@pytest.mark.parametrize("action", [action for action in ACTIONS if action != "merge"])
def test_every_action_counts_against_its_limit(synced: Town, action: str) -> None:
    kind = KINDS[action]
    others = {f"{other}_percent": 100 for other in ("archive", "update", "create") if other != kind}
    strict = Limits.model_validate(others | {f"{kind}_percent": 0, f"{kind}_rows": 0})
    assert reviewed(planned(synced, action, 3), strict) == {"holds": 1, "held": 3}


def test_a_limit_with_its_default_is_compared_beside_a_limit_that_is_set(synced: Town) -> None:
    assert reviewed(planned(synced, "archive", 100), Limits(archive_percent=0.5)) == {"holds": 1, "held": 100}


def test_the_first_load_of_a_school_is_not_held(town: Town) -> None:
    assert reviewed(planned(town, "create", 1000), Limits(create_percent=0, create_rows=0)) == {}


def test_schools_and_terms_are_not_limited(synced: Town) -> None:
    strict = Limits(create_percent=0, create_rows=0)
    assert reviewed(planned(synced, "create", 3, entity="terms"), strict) == {}
