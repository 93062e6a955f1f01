"""Every error is translated for Airflow, without a value of a row."""

from __future__ import annotations

import logging

import psycopg.errors
import pytest
import sqlalchemy.exc

import tests.airflow_home  # isort: skip  # noqa: F401 - before anything of Airflow

from airflow.sdk.exceptions import (
    AirflowException,
    AirflowFailException,
    AirflowSkipException,
)

from pipelines import errors
from pipelines.airflow import translation


def concrete(kind: type[errors.RollbookError]) -> list[type[errors.RollbookError]]:
    found = kind.__subclasses__()
    assert found, f"{kind.__name__} has no errors below it"
    return found


def answer_to(error: Exception) -> Exception:
    """What Airflow gets to see when a step raises `error`."""

    def step() -> None:
        raise error

    with pytest.raises(AirflowException) as caught:
        translation.translate_errors(step)
    return caught.value


@pytest.mark.parametrize("kind", concrete(errors.Retry))
def test_a_retry_error_becomes_airflows_retry(kind: type[errors.RollbookError]) -> None:
    assert type(answer_to(kind("not there yet"))) is AirflowException


@pytest.mark.parametrize("kind", concrete(errors.Stop) + concrete(errors.AskHuman))
def test_an_error_that_needs_a_person_fails_without_retry(kind: type[errors.RollbookError]) -> None:
    assert type(answer_to(kind("a column is missing"))) is AirflowFailException


@pytest.mark.parametrize("kind", concrete(errors.Skip))
def test_a_skip_error_becomes_airflows_skip(kind: type[errors.RollbookError]) -> None:
    assert type(answer_to(kind("older than the roster"))) is AirflowSkipException


def test_every_error_has_a_translation() -> None:
    roots = {errors.Retry, errors.Stop, errors.Skip, errors.AskHuman}
    assert set(concrete(errors.RollbookError)) == roots


def test_airflow_shows_the_errors_message_unchanged() -> None:
    error = errors.ContractBroken(
        "no column 'Student ID'", place=errors.Place("roster.csv", 1), owner="SIS admin", fix="rename it back"
    )
    assert str(answer_to(error)) == str(error)


@pytest.mark.parametrize("kind", [errors.SourceUnavailable, errors.ContractBroken, errors.Blackout])
def test_an_error_keeps_its_fields_on_airflows_exception(kind: type[errors.RollbookError]) -> None:
    error = kind("no column 'term'", place=errors.Place("roster.csv", 1), owner="SIS admin", fix="rename it")
    assert translation.explained_by({"exception": answer_to(error)}) == error.explained


def test_a_foreign_exception_and_a_callback_without_exception_have_no_fields() -> None:
    assert translation.explained_by({"exception": AirflowFailException("the report is written")}) is None
    assert translation.explained_by({}) is None


def test_an_unexpected_error_fails_without_its_message(caplog: pytest.LogCaptureFixture) -> None:
    def step() -> None:
        try:
            int("Canary Jones")
        except ValueError as error:
            raise KeyError("canary@springfield.example") from error

    with caplog.at_level(logging.DEBUG), pytest.raises(AirflowFailException) as caught:
        translation.translate_errors(step)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert "canary" not in (str(caught.value) + caplog.text).lower()
    assert "UNEXPECTED: KeyError at test_translation.py:" in str(caught.value)
    assert "test_translation.py" in caplog.text


def test_an_unexpected_database_error_shows_its_sqlstate() -> None:
    error = sqlalchemy.exc.IntegrityError(
        "INSERT", {"email": "canary@springfield.example"}, psycopg.errors.UniqueViolation("canary@springfield.example")
    )
    answer = str(answer_to(error))
    assert "IntegrityError 23505" in answer
    assert "canary" not in answer
