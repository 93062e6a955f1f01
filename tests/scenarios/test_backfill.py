"""Late-arriving runs: sixty nights in random order, one term, an old term, and dates without a snapshot."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from pipelines.errors import NoSnapshot
from pipelines.operations import replay
from sandbox import nights, write
from sandbox.district import World
from tests import swift
from tests.properties.fresh import Fresh, fresh
from tests.remembered import gaps, remembered
from tests.rows import person
from tests.rows import write as write_rows
from tests.town import FIRST, Town, generous, world

__all__ = ["fresh"]

COUNT = 60
KINDS = (("add", "drop"), ("move", "rename"), ("drop", "period"), ("return", "rekey"), ("add", "reassign"))


def term(count: int) -> list[World]:
    """Return so many nights of a small district, each a little different from the previous night."""
    worlds = [world(students=120)]
    for number in range(1, count):
        kinds = KINDS[(number - 1) % len(KINDS)]
        worlds.append(nights.evolve(worlds[-1], seed=number, percent=5, kinds=kinds).world)
    return worlds


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_sixty_nights_in_random_order_give_the_same_history_as_in_order(fresh: Fresh) -> None:
    whole = term(COUNT)
    on_time = fresh()
    for then in whole:
        (path,) = write.write(then, on_time.drop / then.as_of.isoformat())
        assert swift.sync(on_time, path, then.as_of).status in {"applied", "unchanged"}
    wanted = remembered(on_time)
    order = random.Random(60).sample(range(COUNT), COUNT)
    order += order[:5]
    late = fresh()
    again = 0
    for number in order:
        (path,) = write.write(whole[number], late.drop / whole[number].as_of.isoformat())
        run = swift.sync(late, path, whole[number].as_of)
        assert run.status in {"applied", "unchanged"}
        again += run.counts.get("applied_again", 0)
    assert remembered(late) == wanted
    assert gaps(late) == []
    assert COUNT / 2 < again < COUNT * COUNT / 8  # later nights are applied again only until the roster is the same


def test_a_replay_of_one_term_leaves_other_terms_unchanged(town: Town) -> None:
    settle(town)
    rows = [person(str(n), class_id=f"C{n % 2}", term=f"Term {n % 2}", class_name=f"Class {n % 2}") for n in range(8)]
    write_rows(town.drop / "2026-09-03.csv", *rows)
    assert town.sync(date(2026, 9, 3)).status == "applied"
    seats = "select e::text from roster.enrollments as e join roster.classes as c using (class_id)"
    other = f"{seats} where c.title = 'Class 1' order by 1"
    before = town.ask(other)
    write_rows(town.drop / "2026-09-02.csv", *rows, person("9", class_id="C0", term="Term 0", class_name="Class 0"))
    replayed = replay.replay(town.district_id, date(2026, 9, 1), date(2026, 9, 2), "Term 0")
    assert [night["status"] for night in replayed] == ["skipped", "applied"]
    assert replayed[0]["code"] == "NO_SNAPSHOT"
    assert town.ask(other) == before
    assert town.one("select count(*) from roster.users where identifier = '9' and status = 'archived'") == 1


def test_an_old_term_can_be_loaded_without_a_change_to_present_rows(town: Town) -> None:
    settle(town)
    today = [person(str(n), class_id=f"C{n % 2}", class_name=f"Class {n % 2}") for n in range(8)]
    write_rows(town.drop / "2026-10-01.csv", *today)
    assert town.sync(date(2026, 10, 1)).status == "applied"
    now = "select (to_jsonb(r) - 'as_of' - 'run_id')::text from roster.{} as r where status = 'active' order by 1"
    tables = ("users", "classes", "enrollments")
    before = {table: town.ask(now.format(table)) for table in tables}
    long_ago = [
        person(str(n), class_id=f"OLD{n % 2}", class_name=f"Old {n % 2}", term="Spring 2024", term_end="2024-06-01")
        for n in (1, 2, 3, 98, 99)
    ]
    write_rows(town.drop / "2024-03-01.csv", *long_ago)
    replayed = replay.replay(town.district_id, date(2024, 3, 1), date(2024, 3, 1), None)
    assert [night["status"] for night in replayed] == ["applied"]
    after = {table: town.ask(now.format(table)) for table in tables}
    assert after["users"] == before["users"]
    assert {*before["classes"]} <= {*after["classes"]}
    assert {*before["enrollments"]} <= {*after["enrollments"]}
    gone = "select count(*) from roster.users where identifier in ('98', '99') and status = 'archived'"
    assert town.one(gone) == 2
    assert gaps(town) == []


def settle(town: Town) -> None:
    whole = {"settle_seconds": 0, "shrink_percent": 100}
    source = town.source(completeness=whole, path=str(town.drop / "{as_of}.csv"))
    town.settle(sources=[source], limits=generous(), new_schools="create", expectations={"volume_change_percent": 100})


def test_a_past_date_without_a_snapshot_is_skipped_if_the_source_has_only_the_present(synced: Town) -> None:
    synced.settle(sources=[synced.source(path=str(synced.drop / "always-this.csv"))])
    before = synced.dump()
    skipped = synced.sync(FIRST - timedelta(days=1))
    assert isinstance(skipped.error, NoSnapshot)
    assert (skipped.status, skipped.code) == ("skipped", "NO_SNAPSHOT")
    assert synced.dump() == before


def test_a_replay_reads_the_landed_snapshot_and_not_the_present_file(synced: Town) -> None:
    night = nights.evolve(world(), seed=4, percent=8, kinds=("drop", "add"))
    assert synced.night(night.world).status == "applied"
    for path in synced.drop.rglob("*.csv"):
        path.write_text("something else\n", encoding="utf-8")
    before = synced.dump()
    assert synced.sync(night.world.as_of, replay=True).status == "unchanged"
    assert synced.dump() == before
