"""The value of one key from all its lines: the common value, a contradiction, or the most frequent value."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from pipelines.sources.assertions import Assertion, Assertions
from pipelines.validate.facts import resolve, resolve_by_majority, roles_of, texts_of


def _assertions(key: list[int], value: list[int], *, soft: bool = False) -> Assertions:
    codes = np.array(key, np.int32), np.array(value, np.int32)
    keys = {"schools": pa.array(["S1", "S2"])}
    assertion = Assertion("schools", 0, codes[0], {"name": codes[1]}, soft=soft)
    return Assertions(keys, {("schools", "name"): pa.array(["South", "North"])}, (assertion,))


def test_lines_that_agree_give_the_value_and_null_contradicts_nothing() -> None:
    value, differ = resolve(_assertions([0, 0, 1, -1], [1, -1, -1, 0]), "schools", "name", np.ones(4, bool))
    assert (value.tolist(), differ.tolist()) == ([1, -1], [False, False])


def test_keys_whose_lines_disagree_are_marked() -> None:
    _, differ = resolve(_assertions([0, 0, 1], [0, 1, 1]), "schools", "name", np.ones(3, bool))
    assert differ.tolist() == [True, False]


def test_values_of_quarantined_lines_do_not_count() -> None:
    value, differ = resolve(_assertions([0, 0], [0, 1]), "schools", "name", np.array([False, True]))
    assert (value.tolist(), differ.tolist()) == ([1, -1], [False, False])


def test_the_most_frequent_value_wins() -> None:
    value, _ = resolve_by_majority(_assertions([0, 0, 0], [0, 1, 0], soft=True), "schools", "name", np.ones(3, bool))
    assert value[0] == 0


def test_of_equally_frequent_values_the_first_by_text_wins_in_any_order_of_lines() -> None:
    for lines in ([0, 1], [1, 0]):
        value, _ = resolve_by_majority(_assertions([0, 0], lines, soft=True), "schools", "name", np.ones(2, bool))
        assert value[0] == 1  # North


def test_an_attribute_that_no_line_has_is_null() -> None:
    assertions = _assertions([0], [1])
    assert texts_of(assertions, "schools", "name", np.array([1, -1], np.int32)).to_pylist() == ["North", None]
    assert texts_of(assertions, "schools", "motto", np.array([-1], np.int32)).to_pylist() == [None]


def test_a_fallback_role_counts_only_for_people_without_another_role() -> None:
    key = np.array([0], np.int32)
    admin = Assertion("user", 0, key, role=np.array([-1], np.int8))
    seats = Assertion(
        "user", 1, np.array([0, 1], np.int32), role=np.array([0, 3], np.int8), fallback=True, defines=False
    )
    assertions = Assertions({"user": pa.array(["a", "b"])}, {}, (admin, seats))
    everyone = np.ones(3, bool)
    assert roles_of(assertions, "user", everyone, everyone).tolist() == [4, 3]
