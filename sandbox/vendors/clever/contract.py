"""Clever's responses against its Swagger 2.0 file, with its own way to say "may be null" made JSON Schema's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests
import yaml
from jsonschema import Draft4Validator

from sandbox.vendors.handle import Sandbox

Finding = tuple[str, list[str]]


def check_data(sandbox: Sandbox, file: Path) -> Iterator[Finding]:
    """Every path of the Data API in both versions, paths of a record for one record of each kind."""
    contract = yaml.safe_load(file.read_text(encoding="utf-8"))
    schemas = _schemas(contract)
    for version in ("v3.1", "v3.0"):
        records = _some_records(sandbox, version, contract)
        for path, operations in contract["paths"].items():
            kind = path.split("/")[1]
            for record_id in records.get(kind, []) if "{id}" in path else [""]:
                asked = f"/{version}{path.replace('{id}', record_id)}"
                yield asked, _check(_ask(sandbox, asked), schemas, operations["get"]["responses"])
        yield from _check_more(sandbox, version, schemas)


def check_events(sandbox: Sandbox, file: Path) -> Iterator[Finding]:
    """The feed of a night: the list, and each event against the schema of its type."""
    contract = yaml.safe_load(file.read_text(encoding="utf-8"))
    schemas = _schemas(contract)
    feed = _ask(sandbox, "/v3.1/events?limit=10000")
    yield "/v3.1/events", _check(feed, schemas, contract["paths"]["/events"]["get"]["responses"])
    for row in feed.json()["data"]:
        event = row["data"]
        single = _ask(sandbox, f"/v3.1/events/{event['id']}").json()["data"]
        yield (
            f"/v3.1/events/{event['type']}",
            _faults(event, schemas, event["type"]) + ["not the same"] * (single != event),
        )


def _check_more(sandbox: Sandbox, version: str, schemas: dict[str, Any]) -> Iterator[Finding]:
    """Every row there is, by role; and refusals."""
    for role in ("contact", "district_admin", "staff", "student", "teacher"):
        asked = f"/{version}/users?role={role}&limit=10000"
        yield asked, _faults(_ask(sandbox, asked).json(), schemas, "UsersResponse")
    for kind in ("courses", "schools", "sections", "terms", "resources"):
        asked = f"/{version}/{kind}?limit=10000"
        yield asked, _faults(_ask(sandbox, asked).json(), schemas, f"{kind.capitalize()}Response")
    missing = _ask(sandbox, f"/{version}/users/{'0' * 24}")
    yield "an unknown user", [] if missing.status_code == 404 else [f"status {missing.status_code}"]


def _some_records(sandbox: Sandbox, version: str, contract: dict[str, Any]) -> dict[str, list[str]]:
    """The ids of one record of each kind, of users one of each role."""
    kinds = {path.split("/")[1] for path in contract["paths"] if path.count("/") == 1}
    lists = {kind: [f"{kind}?limit=1"] for kind in kinds}
    lists["users"] = [f"users?limit=1&role={role}" for role in ("student", "teacher", "contact")]
    return {
        kind: [_ask(sandbox, f"/{version}/{one}").json()["data"][0]["data"]["id"] for one in asked]
        for kind, asked in lists.items()
        if kind != "attendance"
    }


def _ask(sandbox: Sandbox, path: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {sandbox.first.clever_token}"}
    return requests.get(sandbox.addresses["clever"] + path, headers=headers, timeout=60)


def _check(reply: requests.Response, schemas: dict[str, Any], responses: dict[str, Any]) -> list[str]:
    if reply.status_code != 200:
        return [f"status {reply.status_code}"]
    return _faults(reply.json(), schemas, responses["200"]["schema"]["$ref"].rsplit("/", 1)[1])


def _faults(value: object, schemas: dict[str, Any], name: str) -> list[str]:
    schema = {"$ref": f"#/definitions/{name}", "definitions": schemas}
    return [f"{error.json_path}: {error.validator}" for error in Draft4Validator(schema).iter_errors(value)]


def _schemas(contract: dict[str, Any]) -> dict[str, Any]:
    converted: dict[str, Any] = _convert(contract["definitions"])
    return converted


def _convert(schema: Any) -> Any:
    """Swagger 2.0 has no null: `x-nullable` beside a type or a reference."""
    if isinstance(schema, list):
        return [_convert(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {name: _convert(value) for name, value in schema.items() if name not in ("x-nullable", "discriminator")}
    return {"anyOf": [plain, {"type": "null"}]} if schema.get("x-nullable") is True else plain
