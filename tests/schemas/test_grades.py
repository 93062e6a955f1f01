"""All words for the same grade become one word."""

from __future__ import annotations

import pytest

from schemas.grades import kept


@pytest.mark.parametrize(
    ("words", "grade"),
    [
        (("K", "KG", "Kindergarten", "kindergarten"), "K"),
        (("9", "09"), "9"),
        (("12", "012"), "12"),
        (("PK", "PreKindergarten", "Pre-K"), "PK"),
        (("TK", "TransitionalKindergarten"), "TK"),
        (("UG", "Ungraded"), "UG"),
        (("Other", "OTHER"), "Other"),
    ],
)
def test_all_words_for_a_grade_become_the_same_word(words: tuple[str, ...], grade: str) -> None:
    assert {kept(word) for word in words} == {grade}


@pytest.mark.parametrize("word", ["First grade", "0", "Form VI", "10A"])
def test_an_unknown_word_for_a_grade_is_unchanged(word: str) -> None:
    assert kept(word) == word
