"""The errors: their drawing, their codes and their fields."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pipelines import errors
from pipelines.errors import ContractBroken, Explained, Place, RollbookError
from pipelines.settings import PROJECT

RUNBOOK = (PROJECT / "docs" / "runbook.md").read_text(encoding="utf-8").casefold()


def drawn(kind: type[RollbookError], indent: str = "") -> Iterator[str]:
    """The lines below a class in the drawing of the tree."""
    below = kind.__subclasses__()
    for one in below:
        is_last = one is below[-1]
        yield f"{indent}{'└──' if is_last else '├──'} {one.__name__}"
        yield from drawn(one, indent + ("    " if is_last else "│   "))


def leaves(kind: type[RollbookError] = RollbookError) -> Iterator[type[RollbookError]]:
    for one in kind.__subclasses__():
        yield from leaves(one)
    if not kind.__subclasses__():
        yield kind


def test_the_drawn_tree_is_that_of_the_classes() -> None:
    tree = "\n".join(["RollbookError", *drawn(RollbookError)])
    assert f"\n\n{tree}\n\n" in (errors.__doc__ or "")


@pytest.mark.parametrize("kind", [*leaves()], ids=lambda kind: kind.__name__)
def test_an_error_says_what_its_code_means_in_one_line_and_the_runbook_explains_it(kind: type[RollbookError]) -> None:
    assert (kind.__doc__ or "").partition("\n")[0].endswith(".")
    assert kind.code not in {one.code for one in leaves() if one is not kind}
    assert f"# {kind.code}\n".casefold() in RUNBOOK


def test_an_error_gives_its_fields() -> None:
    error = ContractBroken("no column", place=Place("roster.csv", 1, "term"), owner="SIS administrator", fix="add it")
    assert error.explained == Explained(
        "CONTRACT_BROKEN", "no column", "SIS administrator", "add it", Place("roster.csv", 1, "term")
    )
    assert error.explained.facts() == {
        "code": "CONTRACT_BROKEN",
        "what": "no column",
        "file": "roster.csv",
        "line": 1,
        "column": "term",
        "owner": "SIS administrator",
        "fix": "add it",
        "runbook": "docs/runbook.md#contract_broken",
    }


def test_an_error_writes_its_place_only_where_it_has_one() -> None:
    assert ContractBroken("no column", place=Place("roster.csv")).explained.reason == "no column [roster.csv]"
    assert ContractBroken("no column").explained.reason == "no column"
