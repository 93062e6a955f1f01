"""The path and the scopes of a service."""

from __future__ import annotations

import pytest

from tests.at_oneroster import settings


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({}, "ims/oneroster/v1p1"),
        ({"version": "1.2"}, "ims/oneroster/rostering/v1p2"),
        ({"version": "1.2", "base_path": "/ims/oneroster/v1p1/"}, "ims/oneroster/v1p1"),
    ],
)
def test_the_path_defaults_to_the_versions_path(given: dict[str, str], path: str) -> None:
    assert settings(**given).path == path


def test_the_scope_defaults_to_the_versions_core_scope() -> None:
    assert settings().asked_scopes == "https://purl.imsglobal.org/spec/or/v1p1/scope/roster-core.readonly"
    assert settings(version="1.2").asked_scopes.startswith("https://purl.imsglobal.org/spec/or/v1p2/")
    assert settings(scopes=("a", "b")).asked_scopes == "a b"
