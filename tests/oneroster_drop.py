"""OneRoster packages, fetched as a run fetches them, without a warehouse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from pipelines.settings import District
from pipelines.sources import oneroster_csv
from pipelines.sources.contract import Bookmark, ExtractRequest, ExtractResult
from pipelines.sources.oneroster_csv import Settings
from pipelines.validate.delivery import validate_delivery
from pipelines.validate.result import Validated
from tests.delivery import roster
from tests.oneroster import as_zip

NIGHT = date(2026, 11, 24)
DISTRICT = District.model_validate({"district_id": "springfield", "name": "S", "sources": [{"kind": "oneroster_csv"}]})


class Drop:
    """A district's packages, and the dates on which they are fetched."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.count = folder, 0

    def fetch(
        self, content: Mapping[str, bytes], last: Bookmark | None = None, as_of: date = NIGHT, **facts: Any
    ) -> ExtractResult:
        """Deliver these files, and fetch them as a run does."""
        self.count += 1
        path = as_zip(self.folder / f"package-{self.count}.zip", content)
        to = self.folder / f"to-{self.count}"
        to.mkdir()
        return oneroster_csv.fetch(settings(path, **facts), ExtractRequest("springfield", as_of, to, last))


def settings(path: Path, **facts: Any) -> Settings:
    return Settings.model_validate(
        {"kind": "oneroster_csv", "path": str(path), "completeness": {"settle_seconds": 0}} | facts
    )


def last_of(fetched: ExtractResult) -> Bookmark:
    @contextmanager
    def files() -> Iterator[Mapping[str, Path]]:
        yield fetched.files

    return Bookmark(fetched.facts, None, files)


def judged(fetched: ExtractResult) -> Validated:
    tables, layout = oneroster_csv.understand(fetched.files, settings(Path("package.zip")))
    return validate_delivery(tables, layout, DISTRICT)


def people_in(judged: Validated, group: str) -> set[str]:
    return {seat[1].removeprefix("user:") for seat in roster(judged)["enrollments"] if seat[0] == group}
