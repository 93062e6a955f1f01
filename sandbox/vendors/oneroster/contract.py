"""OneRoster's responses: 1.2 against the standard's OpenAPI file, 1.1 against the list of its operations."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests
import yaml
from openapi_schema_validator import OAS30Validator, oas30_format_checker

from sandbox.vendors.handle import Sandbox
from sandbox.vendors.oneroster import access, collections, rest

Finding = tuple[str, list[str]]
_HOLE = re.compile(r"\{\w+\}")


def check_schemas(sandbox: Sandbox, file: Path) -> Iterator[Finding]:
    """Every path of the 1.2 service with every row there is; and refusals."""
    contract = _with_text_enums(yaml.safe_load(file.read_text(encoding="utf-8")))
    client = _Client(sandbox, "1.2")
    for path, operations in contract["paths"].items():
        filled = client.fill(path)
        reply = client.ask(f"{filled}?limit=10000" if path.count("/") % 2 else filled)
        responses = operations["get"]["responses"]
        yield path, _check(reply, contract, responses, absent="nobody" in filled)
    for asked, status in (("/users/nobody", "404"), ("/users?filter=no%3D%27x%27", "400"), ("/users?limit=x", "400")):
        reply = client.ask(asked)
        faults = [] if str(reply.status_code) == status else [f"status {reply.status_code}"]
        yield asked, faults + _faults(reply.json(), contract, "imsx_StatusInfoDType")


def check_operations(sandbox: Sandbox, file: Path) -> Iterator[Finding]:
    """Every rostering operation that reads: it answers, under the key that the standard has for it."""
    client = _Client(sandbox, "1.1")
    for operation in json.loads(file.read_text(encoding="utf-8")):
        if operation["method"] != "GET" or operation["service"] != "rostering":
            continue
        filled = client.fill(operation["path"])
        reply = client.ask(filled)
        if "nobody" in filled:
            yield operation["path"], [] if reply.status_code == 404 else [f"status {reply.status_code}"]
        else:
            right = reply.status_code == 200 and operation["codec"] in reply.json()
            yield operation["path"], [] if right else [f"status {reply.status_code}, keys {list(reply.json())}"]


class _Client:
    """A token for everything, and one row of each collection to ask about."""

    def __init__(self, sandbox: Sandbox, version: rest.Version) -> None:
        self.base = sandbox.addresses[f"oneroster_{version.replace('.', '')}"]
        self.root = self.base + rest.BASES[version]
        keys, scopes = sandbox.first, (access.FULL, access.CORE, access.DEMOGRAPHICS)
        form = {"grant_type": "client_credentials", "scope": " ".join(access.scope(version, one) for one in scopes)}
        client = (keys.oneroster_client_id, keys.oneroster_client_secret)
        token = requests.post(f"{self.base}/token", data=form, auth=client, timeout=60).json()["access_token"]
        self.headers = {"Authorization": f"Bearer {token}"}
        self.first = {name: self._first(name) for name in collections.ENDPOINTS}

    def ask(self, path: str) -> requests.Response:
        return requests.get(self.root + path, headers=self.headers, timeout=60)

    def fill(self, path: str) -> str:
        """A path with rows that are there; `nobody` where the district has none of a kind."""
        parts = path.split("/")
        return "/".join(self.first[parts[at - 1]] if _HOLE.fullmatch(part) else part for at, part in enumerate(parts))

    def _first(self, name: str) -> str:
        rows = self.ask(f"/{name}?limit=1").json()[collections.ENDPOINTS[name].kind]
        return str(rows[0]["sourcedId"]) if rows else "nobody"


def _check(reply: requests.Response, contract: dict[str, Any], responses: dict[str, Any], absent: bool) -> list[str]:
    status = "404" if absent else "200"
    if str(reply.status_code) != status:
        return [f"status {reply.status_code}"]
    declared = responses.get(status) or responses["default"]
    schema = declared["content"]["application/json"]["schema"]["$ref"]
    faults = _faults(reply.json(), contract, schema.rsplit("/", 1)[1])
    wanted = [name for name in declared.get("headers", {}) if name not in reply.headers]
    return faults + [f"no header {name}" for name in wanted]


def _faults(value: object, contract: dict[str, Any], name: str) -> list[str]:
    schema = {"$ref": f"#/components/schemas/{name}", "components": contract["components"]}
    validator = OAS30Validator(schema, format_checker=oas30_format_checker)
    return [f"{error.json_path}: {error.validator}" for error in validator.iter_errors(value)]


def _with_text_enums(schema: Any) -> Any:
    """YAML reads the texts true and false as truth values; the standard means the texts."""
    if isinstance(schema, list):
        return [_with_text_enums(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {name: _with_text_enums(value) for name, value in schema.items()}
    if plain.get("type") == "string" and isinstance(plain.get("enum"), list):
        plain["enum"] = [str(one).lower() if isinstance(one, bool) else one for one in plain["enum"]]
    return plain
