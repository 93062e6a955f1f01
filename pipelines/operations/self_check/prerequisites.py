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

_DULL = 100  # percent: a limit that nothing can exceed
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
    told = f"{len(district.sources)} sources, schools: {_listed(district.schools)}, version {version(district)}"
    if "default" not in district.owners:
        return CheckResult(f"{told}; nobody is named who mends the data", True, "name one: owners: {default: …}")
    return CheckResult(f"{told}; data are mended by {district.owner}")


def _scope(district: District) -> str:
    """Refuse an empty list, because it shares nothing: mostly somebody meant to fill it."""
    empty = [name for name in ("schools", "terms", "share") if not getattr(district, name)]
    if empty:
        raise SettingsInvalid(
            f"the scope is empty: {', '.join(empty)}", owner=district.owner, fix="fill it, or say all"
        )
    return f"schools: {_listed(district.schools)}, terms: {_listed(district.terms)}, {', '.join(district.share)}"


def _layout(source: SourceSettings) -> str:
    layout = module_of(source.kind).layout_of(configured(source))
    return f"{layout.name}; may archive {', '.join(sorted(layout.covers))}"


def _connection(conn_id: str) -> str:
    return f"{resolve(conn_id).conn_id} is there"


def _channel(channel: str, conn_id: str) -> CheckResult | str:
    """Check a notification channel.

    It never fails, because a night is not refused when notifications can't be sent.
    """
    try:
        kept = resolve(conn_id)
    except SettingsInvalid as error:
        return CheckResult(f"{error.what}: nobody is told by {channel}", True, error.fix, error.owner)
    if kept.conn_type != _CHANNELS[channel]:
        return CheckResult(f"{conn_id} is of type {kept.conn_type}", True, f"make it of type {_CHANNELS[channel]}")
    if channel == "email" and not kept.extra.get("from_email"):
        return CheckResult(f"{conn_id} does not say whom mail is from", True, "set from_email in its extra")
    return f"{conn_id} is there"


def _limits(district: District) -> CheckResult:
    """Warn of limits that hold nothing, and of limits that hold every change."""
    percents = _percents(district.limits.model_dump()) | _percents(district.expectations.model_dump())
    dull = [name for name, percent in percents.items() if percent >= _DULL]
    strict = [name for name, percent in percents.items() if not percent]
    told = ", ".join(f"{name} {percent:g}" for name, percent in percents.items())
    if dull:
        return CheckResult(f"at 100 nothing is ever held: {', '.join(dull)}; {told}", True, "lower it", district.owner)
    if strict:
        return CheckResult(
            f"at 0 nearly every change is held: {', '.join(strict)}; {told}", True, "raise it", district.owner
        )
    return CheckResult(told)


def _percents(limits: dict[str, object]) -> dict[str, float]:
    return {
        name: float(value)
        for name, value in limits.items()
        if name.endswith("_percent") and name not in _NO_GUARDS and isinstance(value, int | float)
    }


def _windows(district: District, as_of: date) -> CheckResult:
    told = "; ".join(map(str, district.windows)) or "none"
    mode = mode_on(district, as_of)
    if mode:
        return CheckResult(f"{as_of} is in a window, {mode}: {told}", True, "nothing, if it is meant", district.owner)
    return CheckResult(told)


def _warehouse() -> str:
    waiting = pending()
    if waiting:
        raise ContractBroken(f"{len(waiting)} migrations are not applied", fix="run: rollbook migrate")
    return "answers, migrations are applied"


def _listed(chosen: str | tuple[str, ...]) -> str:
    return chosen if isinstance(chosen, str) else f"{len(chosen)} named"
