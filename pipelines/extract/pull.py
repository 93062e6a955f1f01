"""Pull one source's delivery into the landing zone, or read what an earlier run landed for the date."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pipelines import runs
from pipelines.errors import NoSnapshot, RollbookError, SourceUnavailable
from pipelines.runs import Run, standing
from pipelines.settings import District, SourceSettings
from pipelines.sources import module_of
from pipelines.sources.contract import Bookmark, ExtractRequest, ExtractResult
from pipelines.sources.rules_version import rules_version
from pipelines.store import landing
from pipelines.store.landing import Delivery


def land(run: Run, district: District, source_n: int, source: SourceSettings) -> tuple[Delivery, bool]:
    """Land one source; return the delivery, and whether the roster reflects it wholly already.

    A past date is read from its landed snapshot. Raises NoSnapshot if there is none and the source delivers only its
    present state. Raises every error that the source itself raises.
    """
    module, rules = module_of(source.kind), rules_version(district, source, run.scope)
    layout = module.layout_of(source).name
    last_import = runs.last_import(run.district_id, source.kind, source_n, layout, until=run.as_of) or {}
    pulled: dict[str, Any] = {}
    with listing_refusals(run, source_n, source):
        url = _landed(run, source_n, source)
        if url:
            delivery = landing.recall(url)
        else:
            delivery, url, pulled = _pull(run, source_n, source, last_import)
    same = standing.is_reflected(run, source_n, source.kind, delivery.digest, rules)
    facts = {"source": source.kind, "layout": layout, "digest": delivery.digest, "rules_version": rules}
    rows = last_import.get("received_rows") if same else None
    runs.receive(run, source_n, **facts, landing=url, received_rows=rows, facts={"pull": pulled})
    return delivery, same


@contextmanager
def listing_refusals(run: Run, source_n: int, source: SourceSettings) -> Iterator[None]:
    """Record a delivery that can't be used among the imports, too (GC-19)."""
    try:
        yield
    except RollbookError as error:
        runs.refuse(run, source_n, source.kind, module_of(source.kind).layout_of(source).name, error)
        raise


def _landed(run: Run, source_n: int, source: SourceSettings) -> str | None:
    """Return the landed snapshot that a past date is read from, or None if the source has to be pulled."""
    has_past_dates = bool(run.path) or module_of(source.kind).has_past_dates(source)
    if not run.is_replay and (has_past_dates or not run.is_late):
        return None
    url = landing.newest(run.district_id, source.kind, run.as_of, source_n)
    if url is None and not has_past_dates:
        raise NoSnapshot(
            f"no snapshot of {source.kind} was stored for {run.as_of}, and the source delivers only its present state",
            fix="nothing; a date that was never extracted can't be replayed",
        )
    return url


def _pull(
    run: Run, source_n: int, source: SourceSettings, last_import: dict[str, Any]
) -> tuple[Delivery, str, dict[str, Any]]:
    """Pull from the source, prove the delivery complete and land it. Return the delivery, its URL and the facts."""
    module, bookmark = module_of(source.kind), _bookmark(last_import)
    with TemporaryDirectory(prefix="rollbook-") as temporary:
        fetched = _fetch(run, source, ExtractRequest(run.district_id, run.as_of, Path(temporary), bookmark))
        delivery = landing.recall(last_import["landing"]) if fetched.unchanged else landing.identify(fetched.files)
        # A delivery that was proved complete and landed before is not counted and compressed again.
        is_same = bool(bookmark and bookmark.files and last_import["digest"] == delivery.digest)
        same_as = last_import["landing"] if is_same else None
        facts = {**fetched.facts, **({} if same_as else module.prove_whole(fetched, source, bookmark))}
        where = (run.district_id, source.kind, run.as_of, source_n)
        return delivery, landing.land(where, delivery, facts, same_as=same_as), dict(fetched.facts)


def _fetch(run: Run, source: SourceSettings, request: ExtractRequest) -> ExtractResult:
    fetched: ExtractResult
    try:
        fetched = module_of(source.kind).fetch(source, request)
    except SourceUnavailable as error:
        if run.is_replay:  # trying again later is of no use: the file of a past date does not arrive any more
            raise NoSnapshot(f"the source has no delivery for {run.as_of}: {error.what}", fix="nothing") from None
        raise
    return fetched


def _bookmark(last_import: dict[str, Any]) -> Bookmark | None:
    if not last_import:
        return None
    is_landed = landing.is_there(last_import["landing"])
    files = partial(landing.unpack, last_import["landing"]) if is_landed else None
    return Bookmark(last_import["facts"].get("pull", {}), last_import["received_rows"], files)
