"""An answer is kept for its question until it is done."""

from __future__ import annotations

from pipelines import answers
from tests.town import Town


def test_an_answer_is_that_of_its_question_alone(synced: Town) -> None:
    answers.keep("springfield", "a", {"chosen_options": ["Approve"]})
    answers.keep("springfield", "a", {"chosen_options": ["Reject"]})
    answers.keep("shelbyville", "a", {"chosen_options": ["Approve"]})
    assert answers.kept("springfield", "a") == {"chosen_options": ["Reject"]}
    assert answers.kept("springfield", "b") is None
    answers.forget("springfield", "a")
    assert answers.kept("springfield", "a") is None
    assert answers.kept("shelbyville", "a")
