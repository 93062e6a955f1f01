"""Each vendor's word for a role has one meaning, in any spelling."""

from __future__ import annotations

import pytest

from pipelines.sources.assertions import ROLES
from schemas.roles import ADMIN, MEANINGS, NOT_SYNCED, simplify


@pytest.mark.parametrize("word", ["Teacher Assistant", "teacherAssistant", "TEACHER_ASSISTANT", "teacher-assistant"])
def test_words_for_roles_ignore_case_spaces_dashes_and_underscores(word: str) -> None:
    assert MEANINGS[simplify(word)] == "aide"


def test_every_word_means_a_roster_role_administrator_or_not_synced() -> None:
    assert set(MEANINGS.values()) == {*ROLES, ADMIN, NOT_SYNCED}


@pytest.mark.parametrize("word", [word for word, meaning in MEANINGS.items() if "admin" in word or word == "principal"])
def test_words_for_administrators_never_mean_a_roster_role(word: str) -> None:
    assert MEANINGS[word] == ADMIN
