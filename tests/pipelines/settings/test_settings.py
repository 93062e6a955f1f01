"""An invalid settings file is refused, with the name of the key and the likeliest correction."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.errors import SettingsInvalid
from pipelines.settings import district_ids, load_district

GOOD = "district_id: oakdale\nname: Oakdale\nsources: [{kind: sis_file, path: drop/roster.csv}]\n"


@pytest.fixture
def districts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ROLLBOOK_CONFIG", str(tmp_path))
    folder = tmp_path / "districts"
    folder.mkdir()
    return folder


def test_a_district_is_disabled_until_someone_enables_it(districts: Path) -> None:
    (districts / "oakdale.yaml").write_text(GOOD)
    assert load_district("oakdale").enabled is False
    assert district_ids() == ["oakdale"]


def test_an_unknown_key_is_refused_with_a_suggestion(districts: Path) -> None:
    (districts / "oakdale.yaml").write_text(GOOD + "limts: {}\n")
    with pytest.raises(SettingsInvalid, match="did you mean 'limits'"):
        load_district("oakdale")


def test_an_unknown_time_zone_is_refused(districts: Path) -> None:
    (districts / "oakdale.yaml").write_text(GOOD + "timezone: Mars/Olympus\n")
    with pytest.raises(SettingsInvalid, match="timezone"):
        load_district("oakdale")


def test_a_missing_district_names_the_closest_one(districts: Path) -> None:
    (districts / "oakdale.yaml").write_text(GOOD)
    with pytest.raises(SettingsInvalid, match="did you mean 'oakdale'"):
        load_district("oakdal")


def test_a_file_named_for_another_district_is_refused(districts: Path) -> None:
    (districts / "elmwood.yaml").write_text(GOOD)
    with pytest.raises(SettingsInvalid, match="file name differ"):
        load_district("elmwood")
