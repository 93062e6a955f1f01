"""A small benchmark of pulls: both contenders read the same pages, and the tables contain both."""

from __future__ import annotations

from bench import DISTRICT, document, pull
from sandbox.vendors.serving import serving


def test_rollbook_and_a_plain_client_read_the_same_pages() -> None:
    with serving(students=60, districts=(DISTRICT,), own_process=True) as sandbox:
        cells = list(pull.measured(sandbox, 1))
    by = {(cell["kind"], cell["contender"]): cell for cell in cells}
    assert set(by) == {(kind, name) for kind in ("clever", "classlink") for name in pull.CONTENDERS}
    for kind in ("clever", "classlink"):
        plain, ours = by[kind, "plain"], by[kind, "pull"]
        assert plain["megabytes"] > 0
        assert 0 < ours["megabytes"] <= plain["megabytes"]
        assert ours["rows"] > 60
    table = "\n".join(document.tables("pulls", {"students": 60, "rounds": 1, "cells": cells}))
    assert table.count("| Rollbook |") == 2
