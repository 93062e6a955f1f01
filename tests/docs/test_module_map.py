"""The page of modules has every module and statement, in the words of the files themselves."""

from __future__ import annotations

from tests.module_map import DOCUMENT, document


def test_the_page_of_modules_matches_the_files() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document(), "renew it: python -m tests.module_map"
