"""Checks that ask no source: settings, connections, the warehouse. A scheduled run begins with them."""

from __future__ import annotations

from datetime import date
from functools import partial

from pipelines.errors import ContractBroken, SettingsInvalid
from pipelines.operations.self_check.checks import CheckFunction, CheckResult
from pipelines.settings import District, SourceSettings
from pipelines.settings.connections import resolve
from pipelines.settings.windows import mode_on
from pipelines.sources import configured, module_of
from pipelines.sources.resolved_settings import version
from pipelines.store.migrate import pending

_UNLIMITED = 100  # percent: a limit that nothing can exceed
# No guard by default: primary schools often have no email addresses.
_NO_GUARDS = {"missing_email_percent"}
_CHANNELS = {"email": "smtp", "slack": "slackwebhook"}  # the types of Airflow connection that they need


def checks_of(district: District, as_of: date) -> dict[str, CheckFunction]:
    """Return every check by its name."""
    found: dict[str, CheckFunction] = {"settings": partial(_settings, district), "scope": partial(_scope, district)}
    for source in district.sources:
        found[f"settings of {source.kind}"] = partial(_layout, source)
        if source.connection:
            found[f"connection of {source.kind}"] = partial(_connection, source.connection)
    for channel, conn_id in district.notify.connections.items():
        found[f"connection of {channel}"] = partial(_channel, channel, conn_id)
    found["limits"] = partial(_limits, district)
    found["windows"] = partial(_windows, district, as_of)
    found["warehouse"] = _warehouse
    return found


def _settings(district: District) -> CheckResult:
    summary = f"{len(district.sources)} sources, schools: {_listed(district.schools)}, version {version(district)}"
    if "default" not in district.owners:
        return CheckResult(f"{summary}; no owner of the data is named", True, "set owners: {default: …}")
    return CheckResult(f"{summary}; owner of the data: {district.owner}")


def _scope(district: District) -> str:
    """Refuse an empty list, because it shares nothing: mostly somebody meant to fill it."""
    empty = [name for name in ("schools", "terms", "share") if not getattr(district, name)]
    if empty:
        raise SettingsInvalid(
            f"the scope is empty: {', '.join(empty)}", owner=district.owner, fix="fill the list, or write all"
        )
    return f"schools: {_listed(district.schools)}, terms: {_listed(district.terms)}, {', '.join(district.share)}"


def _layout(source: SourceSettings) -> str:
    layout = module_of(source.kind).layout_of(configured(source))
    return f"{layout.name}; may archive {', '.join(sorted(layout.covers))}"


def _connection(conn_id: str) -> str:
    return f"{resolve(conn_id).conn_id} is found"


def _channel(channel: str, conn_id: str) -> CheckResult | str:
    """Check a notification channel.

    It never fails, because a night is not refused when notifications can't be sent.
    """
    try:
        connection = resolve(conn_id)
    except SettingsInvalid as error:
        return CheckResult(f"{error.what}: no notification is sent by {channel}", True, error.fix, error.owner)
    if connection.conn_type != _CHANNELS[channel]:
        return CheckResult(
            f"{conn_id} has the type {connection.conn_type}", True, f"change its type to {_CHANNELS[channel]}"
        )
    if channel == "email" and not connection.extra.get("from_email"):
        return CheckResult(f"{conn_id} has no sender address", True, "set from_email in the connection's extra")
    return f"{conn_id} is found"


def _limits(district: District) -> CheckResult:
    """Warn of limits that hold nothing, and of limits that hold every change."""
    percents = _percents(district.limits.model_dump()) | _percents(district.expectations.model_dump())
    unlimited = [name for name, percent in percents.items() if percent >= _UNLIMITED]
    strict = [name for name, percent in percents.items() if not percent]
    summary = ", ".join(f"{name} {percent:g}" for name, percent in percents.items())
    if unlimited:
        return CheckResult(
            f"a limit of 100 holds nothing: {', '.join(unlimited)}; {summary}", True, "lower the limit", district.owner
        )
    if strict:
        return CheckResult(
            f"a limit of 0 holds nearly every change: {', '.join(strict)}; {summary}",
            True,
            "raise the limit",
            district.owner,
        )
    return CheckResult(summary)


def _percents(limits: dict[str, object]) -> dict[str, float]:
    return {
        name: float(value)
        for name, value in limits.items()
        if name.endswith("_percent") and name not in _NO_GUARDS and isinstance(value, int | float)
    }


def _windows(district: District, as_of: date) -> CheckResult:
    summary = "; ".join(map(str, district.windows)) or "none"
    mode = mode_on(district, as_of)
    if mode:
        return CheckResult(
            f"{as_of} is in a window, {mode}: {summary}", True, "nothing, if the window is intended", district.owner
        )
    return CheckResult(summary)


def _warehouse() -> str:
    waiting = pending()
    if waiting:
        raise ContractBroken(f"{len(waiting)} migrations are not applied", fix="run: rollbook migrate")
    return "the warehouse answers, and all migrations are applied"


def _listed(chosen: str | tuple[str, ...]) -> str:
    return chosen if isinstance(chosen, str) else f"{len(chosen)} named"
