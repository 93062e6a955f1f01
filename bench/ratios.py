"""The figures that matter: how Rollbook's nights compare with the others', and with what was aimed at."""

from __future__ import annotations

from collections.abc import Mapping
from math import log
from typing import Any

# Rollbook's wall seconds over the reference's, of the same night, Great Expectations' import aside: at most.
AIMS = {
    "D": {"first": 0.8, "new_bytes": 0.2, "same_bytes": 0.05, "one_percent": 0.5, "ten_percent": 1.0},
    "X": {"first": 0.6, "new_bytes": 0.12, "same_bytes": 0.06, "one_percent": 0.5, "ten_percent": 0.7},
}
PEAK_AIMS = {"D": 500, "X": 1024}  # MB
PANDAS_AIMS = {"first": 8.0, "one_percent": 15.0}  # pandas' wall over Rollbook's: at least


def ratios(found: Mapping[str, Any]) -> dict[str, dict[str, float | None]]:
    """By night: what Rollbook's wall is of the reference's, counted in five ways, and pandas' of Rollbook's."""
    return {night: _of_night(medians, found["size"], night) for night, medians in found["medians"].items()}


def _of_night(medians: Mapping[str, Any], size: str, night: str) -> dict[str, float | None]:
    ours, reference, pandas = medians["rollbook"], medians["copy_merge"], medians.get("pandas_upsert")
    return {
        "rollbook_to_copy_merge": ours["wall"] / reference["wall"],
        "of_the_best": ours["wall_min"] / reference["wall_min"],
        "with_great_expectations": (ours["wall"] + ours["gx_import"]) / reference["wall"],
        "whole_process": ours["process"] / reference["process"],
        "cpu": ours["cpu"] / reference["cpu"],
        "pandas_to_rollbook": pandas["wall"] / ours["wall"] if pandas else None,
        "aim": AIMS.get(size, {}).get(night),
    }


def growth(small: Mapping[str, Any], large: Mapping[str, Any], contender: str, night: str) -> float:
    """The exponent by which wall time grows with rows: 1 is in proportion."""
    walls = [found["medians"][night][contender]["wall"] for found in (small, large)]
    return log(walls[1] / walls[0]) / log(large["rows"] / small["rows"])
