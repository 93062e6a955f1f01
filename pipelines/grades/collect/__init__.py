"""Collect what the gradebook's sources deliver: land it, validate it and store it as activities and scores.

This package uses other packages, because it does for gradebooks what extract, validate and stage do for a roster.
`storing.py` writes. The step may be tried again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pipelines import runs
from pipelines.errors import RollbookError
from pipelines.grades.collect.storing import store
from pipelines.runs import Counts, Run
from pipelines.runs.request import Scope
from pipelines.settings import District
from pipelines.sources.contract import Bookmark, ExtractRequest
from pipelines.sources.gradebooks import configured, module_of
from pipelines.sources.rules_version import rules_version
from pipelines.stage import staging
from pipelines.store import landing
from pipelines.validate.gradebook import check, conclude

log = logging.getLogger(__name__)

_LAYOUT = "gradebook"


def collect(run: Run, district: District) -> Counts:
    """Collect every gradebook source of the district; return the counts received, found and written.

    Raises what stops a source. What was collected before the error stays, and a second try of the step does not read it
    again.
    """
    counts: Counts = {}
    for source_n, source in enumerate(district.gradebook.sources):
        for name, count in _collect(run, district, source_n, configured(source)).items():
            counts[name] = counts.get(name, 0) + count
    return counts


def _collect(run: Run, district: District, source_n: int, source: Any) -> Counts:
    was = runs.last_import(run.district_id, _name(source), source_n, _LAYOUT) or {}
    if was and (described := runs.load(was["run_id"]).as_of) > run.as_of:
        log.info("%s: the gradebook already describes %s; nothing was collected", _name(source), described)
        return {"older": 1}
    with _listing_refusals(run, source_n, source):
        if not _land(run, district, source_n, source, was):
            return {"unchanged": 1}
        return _store(run, district, source_n, source)


def _land(run: Run, district: District, source_n: int, source: Any, was: dict[str, Any]) -> bool:
    """Land a delivery; return whether it has to be stored.

    The same bytes are read again as long as some of their lines are quarantined: the roster may have their students by
    now.
    """
    module = module_of(source.kind)
    read_by = f"{rules_version(district, source, Scope())}.{district.timezone}"  # a due day ends in this time zone
    last = _last(was)
    with TemporaryDirectory(prefix="rollbook-") as temporary:
        fetched = module.fetch(source, ExtractRequest(run.district_id, run.as_of, Path(temporary), last))
        if fetched.unchanged and not (last and last.files):
            return False  # nothing has changed, and there is no landed delivery to read again
        delivery = landing.recall(was["landing"]) if fetched.unchanged else landing.identify(fetched.files)
        same_as = was["landing"] if last and last.files and was["digest"] == delivery.digest else None
        where = (run.district_id, _name(source), run.as_of, source_n)
        url = landing.land(where, delivery, fetched.facts, same_as=same_as)
    same = bool(was) and was["digest"] == delivery.digest and was["rules_version"] == read_by
    if same and was["run_id"] == run.run_id:
        return False  # an earlier try of this step already landed it
    done = same and not was["facts"].get("quarantined")
    facts = {
        "source": _name(source),
        "layout": _LAYOUT,
        "digest": delivery.digest,
        "rules_version": read_by,
        "landing": url,
    }
    received = was["received_rows"] if done else None
    runs.receive(run, source_n, **facts, received_rows=received, facts={"pull": dict(fetched.facts)})
    if done:
        runs.conclude_imports(run, "unchanged")
    return not done


def _store(run: Run, district: District, source_n: int, source: Any) -> Counts:
    with landing.unpack(_landed(run, source_n)) as files:
        book = module_of(source.kind).understand(files, source)
    checked = check(book.activities, book.scores, district)
    stored = store(run, source.kind, checked.activities, checked.scores)
    judged = conclude(checked, stored.rejections)
    staging.write_quarantine(run, source_n, judged.quarantine)
    findings = [asdict(finding) for finding in judged.findings]
    runs.record_findings(run, source_n, judged.counts, findings, judged.facts)
    runs.conclude_imports(run, "applied")
    counts = judged.counts | stored.counts
    for finding in judged.findings:
        counts[f"found.{finding.code}"] = counts.get(f"found.{finding.code}", 0) + finding.count
    return counts


@contextmanager
def _listing_refusals(run: Run, source_n: int, source: Any) -> Iterator[None]:
    """List a delivery that can't be used among the imports as well."""
    try:
        yield
    except RollbookError as error:
        runs.refuse(run, source_n, _name(source), _LAYOUT, error)
        raise


def _last(was: dict[str, Any]) -> Bookmark | None:
    if not was:
        return None
    files = partial(landing.unpack, was["landing"]) if landing.is_there(was["landing"]) else None
    return Bookmark(was["facts"].get("pull", {}), was["received_rows"], files)


def _landed(run: Run, source_n: int) -> str:
    return next(str(one["landing"]) for one in runs.imports(run) if one["source_n"] == source_n)


def _name(source: Any) -> str:
    """Return the source's name in imports and the landing zone, distinct from a roster's source of the same kind."""
    return f"gradebook.{source.kind}"
