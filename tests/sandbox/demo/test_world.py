"""The demo's districts: their settings load, and every night has files that their sources read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest

from pipelines.settings import District, load_district
from pipelines.sources import configured
from sandbox.demo.world import DEMOS, NIGHTS_AHEAD, Night, deliver, served, settle

TODAY = date(2026, 9, 2)


@dataclass(frozen=True)
class Built:
    """A demo's home with its settings and files, and the nights that are to run."""

    home: Path
    nights: tuple[Night, ...]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Build it once."""
    home = tmp_path_factory.mktemp("demo")
    settle(home)
    return Built(home, deliver(home, TODAY))


@pytest.fixture
def districts(built: Built, monkeypatch: pytest.MonkeyPatch) -> list[District]:
    """The demo's districts, as Rollbook reads them."""
    monkeypatch.setenv("ROLLBOOK_CONFIG", str(built.home / "config"))
    return [load_district(demo.district_id) for demo in DEMOS]


def test_the_demo_has_a_district_for_every_kind_of_source(districts: list[District]) -> None:
    sources = [configured(district.sources[0]) for district in districts]
    assert [source.kind for source in sources].count("sis_file") == 3
    assert {source.kind for source in sources} == {"sis_file", "oneroster_csv", "clever", "classlink", "canvas"}
    forms = {(source.layout, Path(source.path).suffix) for source in sources if source.kind == "sis_file"}
    assert forms == {("combined", ".csv"), ("sds_v21", ".csv"), ("combined", ".xlsx")}
    assert all(district.enabled for district in districts)


def test_one_vendor_is_down_on_one_night_and_only_its_district_fails(built: Built) -> None:
    (away,) = [demo for demo in DEMOS if demo.away]
    assert away.district_id in served()
    expected = {(night.number, demo.district_id): night.expects(demo) for night in built.nights for demo in DEMOS}
    assert [place for place, status in expected.items() if status == "failed"] == [(away.away, away.district_id)]


def test_all_nights_and_some_later_dates_have_files(built: Built) -> None:
    nights = [(TODAY + timedelta(days=days)).isoformat() for days in range(-1, NIGHTS_AHEAD + 1)]
    for demo in (demo for demo in DEMOS if demo.files):
        drops = built.home / "drop" / demo.district_id
        assert sorted(folder.name for folder in drops.iterdir()) == nights
        assert all(list(folder.glob(demo.files)) for folder in drops.iterdir())


def test_each_night_differs_from_the_night_before(built: Built) -> None:
    drops = built.home / "drop" / DEMOS[0].district_id
    contents = [(folder / DEMOS[0].files).read_bytes() for folder in sorted(drops.iterdir())]
    assert len(set(contents)) == len(contents)


def test_the_last_night_delivers_the_same_files_again(built: Built) -> None:
    yesterday = TODAY - timedelta(days=1)
    planned = [(night.as_of, night.usual) for night in built.nights]
    assert planned == [(yesterday, "applied"), (TODAY, "applied"), (TODAY, "unchanged")]
