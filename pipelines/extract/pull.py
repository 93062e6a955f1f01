"""One source's delivery for a night, into the landing zone: asked for now, or kept from then."""

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
    """Land one source; return what was delivered, and whether the roster reflects it wholly already.

    A past night is read from what was kept of it. Raises NoSnapshot when nothing was, and the source tells only the
    present; and what the source itself raises.
    """
    module, read_by = module_of(source.kind), rules_version(district, source, run.scope)
    layout = module.layout_of(source).name
    was = runs.last_import(run.district_id, source.kind, source_n, layout, until=run.as_of) or {}
    pulled: dict[str, Any] = {}
    with listing_refusals(run, source_n, source):
        url = _kept(run, source_n, source)
        if url:
            delivery = landing.recall(url)
        else:
            delivery, url, pulled = _pull(run, source_n, source, was)
    same = standing.is_reflected(run, source_n, source.kind, delivery.digest, read_by)
    facts = {"source": source.kind, "layout": layout, "digest": delivery.digest, "rules_version": read_by}
    rows = was.get("received_rows") if same else None
    runs.receive(run, source_n, **facts, landing=url, received_rows=rows, facts={"pull": pulled})
    return delivery, same


@contextmanager
def listing_refusals(run: Run, source_n: int, source: SourceSettings) -> Iterator[None]:
    """List a delivery that can't be used among the imports, too (GC-19)."""
    try:
        yield
    except RollbookError as error:
        runs.refuse(run, source_n, source.kind, module_of(source.kind).layout_of(source).name, error)
        raise


def _kept(run: Run, source_n: int, source: SourceSettings) -> str | None:
    """The landed snapshot that a past night is read from; None when the source is to be asked."""
    has_past_dates = bool(run.path) or module_of(source.kind).has_past_dates(source)
    if not run.is_replay and (has_past_dates or not run.is_late):
        return None
    url = landing.kept(run.district_id, source.kind, run.as_of, source_n)
    if url is None and not has_past_dates:
        raise NoSnapshot(
            f"no snapshot of {source.kind} was kept for {run.as_of}, and the source tells only the present",
            fix="nothing; a night that was never extracted can't be replayed",
        )
    return url


def _pull(run: Run, source_n: int, source: SourceSettings, was: dict[str, Any]) -> tuple[Delivery, str, dict[str, Any]]:
    """Ask the source; land what it delivers, proved whole, and return where."""
    module, last = module_of(source.kind), _last(was)
    with TemporaryDirectory(prefix="rollbook-") as temporary:
        fetched = _fetch(run, source, ExtractRequest(run.district_id, run.as_of, Path(temporary), last))
        delivery = landing.identify(fetched.files) if not fetched.unchanged else landing.recall(was["landing"])
        # What was proved whole and kept once need not be counted and compressed again.
        kept = was["landing"] if last and last.files and was["digest"] == delivery.digest else None
        counted = {} if kept else module.prove_whole(fetched, source, last)
        told = {**fetched.facts, **counted}
        where = (run.district_id, source.kind, run.as_of, source_n)
        return delivery, landing.land(where, delivery, told, same_as=kept), dict(fetched.facts)


def _fetch(run: Run, source: SourceSettings, errand: ExtractRequest) -> ExtractResult:
    fetched: ExtractResult
    try:
        fetched = module_of(source.kind).fetch(source, errand)
    except SourceUnavailable as error:
        if run.is_replay:  # a file of long ago does not come any more
            raise NoSnapshot(f"nothing is there for {run.as_of}: {error.what}", fix="nothing") from None
        raise
    return fetched


def _last(was: dict[str, Any]) -> Bookmark | None:
    if not was:
        return None
    files = partial(landing.unpack, was["landing"]) if landing.is_there(was["landing"]) else None
    return Bookmark(was["facts"].get("pull", {}), was["received_rows"], files)
