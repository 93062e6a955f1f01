from __future__ import annotations

import json

import pytest
import yaml
from typer.testing import CliRunner

from sandbox.vendors.contract import app

USER = {"type": "object", "properties": {"id": {"type": "string"}, "email": {"type": "string", "x-nullable": True}}}


def run(folder):
    return CliRunner().invoke(app, [str(folder), "--students", "200"])


def write(folder, name, contract):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(contract) if path.suffix == ".json" else yaml.safe_dump(contract), encoding="utf-8")


def clever(user):
    def wrapped(name):
        return {"type": "object", "properties": {"data": {"$ref": f"#/definitions/{name}"}}}

    def listed(name):
        return {"type": "object", "properties": {"data": {"type": "array", "items": {"$ref": f"#/definitions/{name}"}}}}

    lists = ("Users", "Courses", "Schools", "Sections", "Terms", "Resources")
    definitions = {f"{name}Response": listed("UserResponse") for name in lists}
    answer = {"get": {"responses": {"200": {"schema": {"$ref": "#/definitions/UsersResponse"}}}}}
    single = {"get": {"responses": {"200": {"schema": {"$ref": "#/definitions/UserResponse"}}}}}
    definitions |= {"User": user, "UserResponse": wrapped("User")}
    return {"paths": {"/users": answer, "/users/{id}": single}, "definitions": definitions}


def test_the_contract_check_passes_without_the_vendors_schemas(tmp_path):
    folder = tmp_path / "nowhere"
    result = run(folder)
    assert result.exit_code == 0
    assert result.output.strip() == f"not validated against the official contracts: {folder} is not there"


def test_missing_schemas_are_named(tmp_path):
    result = run(tmp_path)
    assert result.exit_code == 0
    assert result.output.count("not validated") == 6


def test_valid_responses_are_counted(tmp_path):
    write(tmp_path, "clever/v3.1.yml", clever(USER))
    operation = {"method": "GET", "service": "rostering", "path": "/schools/{id}/classes", "codec": "classes"}
    write(tmp_path, "oneroster/oneroster-1.1-operations.json", [operation])
    result = run(tmp_path)
    assert result.exit_code == 0, result.output
    assert "Clever Data API: 30 responses, 0 wrong" in result.output
    assert "OneRoster 1.1 operations: 1 responses, 0 wrong" in result.output


@pytest.mark.parametrize(
    ("user", "fault"),
    [
        (USER | {"required": ["favourite_colour"]}, "required"),
        ({"type": "object", "properties": {"email": {"type": "string"}}}, "email: type"),  # null isn't allowed here
    ],
)
def test_an_invalid_response_is_printed_by_place_and_rule_without_values(tmp_path, user, fault):
    write(tmp_path, "clever/v3.1.yml", clever(user))
    result = run(tmp_path)
    assert result.exit_code == 1
    assert fault in result.output
    assert "@" not in result.output


def test_fields_missing_from_canvas_answers_are_named(tmp_path):
    write(tmp_path, "canvas/recorded_shapes.json", {"Submission(list)": {"score": ["float"], "body": ["NoneType"]}})
    assert "Canvas grades as recorded: 1 responses, 0 wrong" in run(tmp_path).output
    write(tmp_path, "canvas/recorded_shapes.json", {"Assignment(list)": {"name": ["int"], "colour": ["str"]}})
    result = run(tmp_path)
    assert result.exit_code == 1
    assert "name: str, not int" in result.output
    assert "colour: missing" in result.output


def test_a_posted_grade_with_another_meaning_is_printed(tmp_path):
    vector = {"grading_type": "points", "points_possible": 10, "posted_grade": "85%", "expected_score": 8.5}
    write(tmp_path, "canvas/posted_grade_vectors.json", {"vectors": [vector, vector | {"expected_score": 9.0}]})
    result = run(tmp_path)
    assert result.exit_code == 1
    assert "Canvas posted grades: 2 responses, 1 wrong" in result.output
    assert "8.5, not 9.0" in result.output
