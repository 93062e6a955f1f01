"""The errors: their tree, their codes and their fields."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pipelines import errors
from pipelines.errors import ContractBroken, Explained, Place, RollbookError
from pipelines.settings import PROJECT

RUNBOOK = (PROJECT / "docs" / "runbook.md").read_text(encoding="utf-8").casefold()


def drawn(kind: type[RollbookError], indent: str = "") -> Iterator[str]:
    """Yield the lines below a class in the tree."""
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


def test_the_tree_in_the_docstring_is_the_tree_of_the_classes() -> None:
    tree = "\n".join(["RollbookError", *drawn(RollbookError)])
    assert f"\n\n{tree}\n\n" in (errors.__doc__ or "")


@pytest.mark.parametrize("kind", [*leaves()], ids=lambda kind: kind.__name__)
def test_every_error_has_a_one_line_meaning_and_a_section_in_the_runbook(kind: type[RollbookError]) -> None:
    assert (kind.__doc__ or "").partition("\n")[0].endswith(".")
    assert kind.code not in {one.code for one in leaves() if one is not kind}
    assert f"# {kind.code}\n".casefold() in RUNBOOK


def test_an_error_can_be_read_as_fields() -> None:
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


def test_the_reason_includes_the_place_if_there_is_one() -> None:
    assert ContractBroken("no column", place=Place("roster.csv")).explained.reason == "no column [roster.csv]"
    assert ContractBroken("no column").explained.reason == "no column"
