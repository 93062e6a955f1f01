"""Valid and invalid settings of Canvas."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from tests.at_canvas import settings


def test_courses_are_named_by_number_or_by_sis_id() -> None:
    named = settings(courses=[4711, "10~123", "sis_course_id:MATH-101"])
    assert named.courses == ("4711", "10~123", "sis_course_id:MATH-101")
    assert settings().courses == "all"
    assert settings(course=4711).course == "4711"
    assert settings().course is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"courses": ["../accounts/1"]},
        {"courses": ["4711?as_user_id=1"]},
        {"course": "self"},
        {"account": "1/courses"},
        {"page_rows": 101},
        {"cuorses": "all"},
    ],
)
def test_invalid_references_and_unknown_settings_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        settings(**wrong)
