"""Vendors' words for roles mean one thing each, however they are written."""

from __future__ import annotations

import pytest

from pipelines.sources.assertions import ROLES
from schemas.roles import ADMIN, MEANINGS, NOT_SYNCED, simplify


@pytest.mark.parametrize("word", ["Teacher Assistant", "teacherAssistant", "TEACHER_ASSISTANT", "teacher-assistant"])
def test_a_word_counts_without_case_spaces_and_dashes(word: str) -> None:
    assert MEANINGS[simplify(word)] == "aide"


def test_every_word_means_a_role_of_ours_or_none() -> None:
    assert set(MEANINGS.values()) == {*ROLES, ADMIN, NOT_SYNCED}


@pytest.mark.parametrize("word", [word for word, meaning in MEANINGS.items() if "admin" in word or word == "principal"])
def test_nobody_who_administers_means_a_role_of_ours(word: str) -> None:
    assert MEANINGS[word] == ADMIN
