"""The Airflow of the demo and of the scenarios, without starting it."""

import secrets
import sys
from pathlib import Path

import pytest

from sandbox.demo import services


def test_a_password_is_never_parsed_as_an_option(monkeypatch: pytest.MonkeyPatch) -> None:
    """What chance gave one run in sixty-four: bytes whose base64 begins with a dash."""
    monkeypatch.setattr(secrets, "token_bytes", lambda size: b"\xf8" * size)
    assert secrets.token_urlsafe(9).startswith("-")
    assert services.new_password().isalnum()


def test_a_command_that_fails_is_named_without_its_password(tmp_path: Path) -> None:
    environment = {"AIRFLOW_HOME": str(tmp_path), "PATH": str(Path(sys.executable).parent)}
    airflow = services.Airflow(tmp_path, "http://127.0.0.1:1", "admin", "s3cret", environment)
    with pytest.raises(services.DemoError) as caught:
        services.command(airflow, "users", "no-such-command", "--password", "s3cret")
    assert str(caught.value).startswith("airflow users no-such-command ended with 2:\n")
    assert "s3cret" not in str(caught.value)
