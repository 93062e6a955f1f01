"""Check measures with Great Expectations: of a delivery before anything is planned, of the roster after the merge.

Great Expectations gets one row of counts and percentages. So its results and its Data Docs hold no person's name.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

# By measure: the least value, the most, and the severity. A critical expectation that fails stops the run.
Limits = Mapping[str, tuple[float | None, float | None, str]]

_LISTED = 100  # the latest checks that the index lists; the others keep their pages


@dataclass(frozen=True)
class Result:
    """The measures of the expectations that failed (critical, and warnings), and the page that shows all of them."""

    broken: tuple[str, ...]
    warned: tuple[str, ...]
    page: str | None


def check(suite: str, run_id: int, measures: Mapping[str, float], limits: Limits, docs: Path) -> Result:
    """Check one row of measures against limits, and add a page about it to the district's Data Docs in `docs`."""
    gx = _great_expectations()
    context = gx.get_context(mode="ephemeral", project_config=_config(docs))
    context.variables.progress_bars = {"globally": False}
    data = context.data_sources.add_pandas("night").add_dataframe_asset(suite)
    batch = data.add_batch_definition_whole_dataframe(f"run {run_id}")
    expectations = [_expectation(gx, name, limits[name]) for name in limits]
    gx_suite = context.suites.add_or_update(gx.ExpectationSuite(suite, expectations=expectations))
    definition = gx.ValidationDefinition(name=f"run {run_id} {suite}", data=batch, suite=gx_suite)
    checkpoint = gx.Checkpoint(
        name=f"run {run_id} {suite}",
        validation_definitions=[context.validation_definitions.add(definition)],
        actions=[gx.checkpoint.UpdateDataDocsAction(name="pages", site_names=["night"])],
    )
    validated = context.checkpoints.add(checkpoint).run(batch_parameters={"dataframe": _frame(measures)})
    (identifier, outcome), *_ = validated.run_results.items()
    pages = context.get_docs_sites_urls(resource_identifier=identifier, site_name="night")
    failed = [one.expectation_config for one in outcome.results if not one.success]
    return Result(
        broken=tuple(one.kwargs["column"] for one in failed if one.severity == "critical"),
        warned=tuple(one.kwargs["column"] for one in failed if one.severity != "critical"),
        page=next((page["site_url"] for page in pages), None),
    )


class _CompiledTemplates(BytecodeCache):
    """A cache that compiles the templates of Data Docs once per process: Great Expectations does so for each page."""

    def __init__(self) -> None:
        self._codes: dict[str, Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get(bucket.key)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._codes[bucket.key] = bucket.code


@cache
def _great_expectations() -> Any:
    """Import Great Expectations when it is first needed (5-10 s), without its analytics and its long log."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    import great_expectations
    from great_expectations.render.view import view

    views: Any = view
    views.Environment = partial(views.Environment, bytecode_cache=_CompiledTemplates())
    return great_expectations


def _frame(measures: Mapping[str, float]) -> Any:
    import pandas as pd

    return pd.DataFrame([measures])


def _config(docs: Path) -> Any:
    """Return where pages and results are stored: Great Expectations removes each page whose result it can't find."""
    from great_expectations.data_context.types.base import DataContextConfig, InMemoryStoreBackendDefaults

    def folder(name: str) -> dict[str, str]:
        (docs / name).mkdir(parents=True, exist_ok=True)
        return {"class_name": "TupleFilesystemStoreBackend", "base_directory": str((docs / name).resolve())}

    index = {"class_name": "DefaultSiteIndexBuilder", "validation_results_limit": _LISTED}
    site = {"class_name": "SiteBuilder", "site_index_builder": index, "store_backend": folder("")}
    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(),
        data_docs_sites={"night": site},
    )
    for store in ("expectations_store", "validation_results_store"):
        config.stores[store]["store_backend"] = folder(f".{store}") | {"filepath_suffix": ".json"}
    return config


def _expectation(gx: Any, measure: str, limit: tuple[float | None, float | None, str]) -> Any:
    least, most, severity = limit
    return gx.expectations.ExpectColumnValuesToBeBetween(
        column=measure, min_value=least, max_value=most, severity=severity
    )
