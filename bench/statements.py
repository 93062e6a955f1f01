"""Named statements from the benchmark's own .sql files: the text under each line `-- name: …`."""

from __future__ import annotations

import re
from pathlib import Path

_NAME = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


def statements(file: str) -> dict[str, str]:
    """Every statement of `bench/<file>`, by name, in the file's order."""
    text = (Path(__file__).parent / file).read_text(encoding="utf-8")
    parts = _NAME.split(text)
    return {name: body.strip().rstrip(";") for name, body in zip(parts[1::2], parts[2::2], strict=True)}
