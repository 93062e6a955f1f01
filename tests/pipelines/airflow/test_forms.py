"""The connection forms: Airflow finds them without importing Airflow or a source."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points
from typing import Any

import pytest

from pipelines.airflow.forms import get_provider_info
from pipelines.sources import module_of

KINDS = ("clever", "classlink", "canvas")
STANDARD = {"host", "schema", "login", "password", "port", "extra", "description"}


def forms() -> dict[str, dict[str, Any]]:
    return {form["connection-type"]: form for form in get_provider_info()["connection-types"]}


def test_the_installed_package_registers_its_connection_forms() -> None:
    (found,) = [one for one in entry_points(group="apache_airflow_provider") if one.value.startswith("pipelines.")]
    assert found.load() is get_provider_info
    assert found.dist is not None
    assert found.dist.name == get_provider_info()["package-name"]


def test_each_form_belongs_to_a_source_that_supports_the_test_button() -> None:
    assert tuple(forms()) == KINDS
    for kind in KINDS:
        assert kind == module_of(kind).KIND
        assert callable(module_of(kind).probe)


@pytest.mark.parametrize("kind", KINDS)
def test_a_form_names_only_existing_visible_fields(kind: str) -> None:
    behaviour = forms()[kind]["ui-field-behaviour"]
    hidden = set(behaviour["hidden-fields"])
    assert hidden <= STANDARD
    for part in ("relabeling", "placeholders"):
        assert set(behaviour[part]) <= STANDARD - hidden
    assert "password" in behaviour["relabeling"]


def test_a_secret_field_besides_the_password_is_masked() -> None:
    assert forms()["classlink"]["conn-fields"]["bearer_token"]["schema"]["format"] == "password"


def test_listing_the_forms_imports_neither_airflow_nor_a_source() -> None:
    script = (
        "import sys, pipelines.airflow.forms as forms; forms.get_provider_info();"
        "print(sorted({'airflow', 'pandas', 'pyarrow', 'requests', 'pydantic', 'sqlalchemy'} & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout.strip() == "[]"
