"""A response is stored for its approval request until it is carried out."""

from __future__ import annotations

from pipelines.operations import approval_responses
from tests.town import Town


def test_a_response_is_stored_for_its_own_request_only(synced: Town) -> None:
    approval_responses.keep("springfield", "a", {"chosen_options": ["Approve"]})
    approval_responses.keep("springfield", "a", {"chosen_options": ["Reject"]})
    approval_responses.keep("shelbyville", "a", {"chosen_options": ["Approve"]})
    assert approval_responses.kept("springfield", "a") == {"chosen_options": ["Reject"]}
    assert approval_responses.kept("springfield", "b") is None
    approval_responses.forget("springfield", "a")
    assert approval_responses.kept("springfield", "a") is None
    assert approval_responses.kept("shelbyville", "a")
