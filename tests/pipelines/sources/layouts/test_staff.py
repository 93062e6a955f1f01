"""Several columns share one list of values."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from pipelines.sources.assertions import Coded
from pipelines.sources.layouts.staff import merge


def test_merged_columns_keep_their_values() -> None:
    first = Coded(np.array([0, 1, -1], np.int32), pa.array(["a", "b"]))
    second = Coded(np.array([-1, 0, 1], np.int32), pa.array(["b", "c"]))
    (one, two), values = merge(
        [
            first,
            second,
        ]
    )
    assert values.to_pylist() == ["a", "b", "c"]
    assert (one.tolist(), two.tolist()) == ([0, 1, -1], [-1, 1, 2])


def test_an_all_null_column_merges_with_any_column() -> None:
    (one, two), values = merge([Coded.all_null(2), Coded(np.array([0, -1], np.int32), pa.array(["x"]))])
    assert (one.tolist(), two.tolist(), values.to_pylist()) == ([-1, -1], [0, -1], ["x"])
