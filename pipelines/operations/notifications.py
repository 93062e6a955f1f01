"""Notifications about a night, in counts and codes, each sent once: no person's name, email, id or grade.

A notification is stored in `runs.notifications` before it is sent, so that whoever reports the same finds it there. One
that could not be sent waits for the next caller. The caller supplies the channels that send.
"""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from itertools import groupby
from typing import Any, Literal

import yaml
from pydantic import ValidationError

from pipelines import runs
from pipelines.errors import Explained, HoldRequired, ImportMissing, NotificationNotSent, RollbookError, SettingsInvalid
from pipelines.grades import exports
from pipelines.operations.deadlines import Expected
from pipelines.review import holds
from pipelines.runs import Run
from pipelines.settings import District, config_dir, load_district
from pipelines.settings.notify import About, Notify
from pipelines.store.engine import transaction
from pipelines.store.statements import execute, rows
from schemas.grade_states import REASONS
from schemas.rules import RULES

log = logging.getLogger(__name__)

Kind = Literal["roster", "gradebook", "holds", "imports", "check"]

FRESH = timedelta(days=3)  # after this time an unsent notification is out of date
CLAIM = timedelta(minutes=5)  # longer than any sending takes; after it, a sender that was killed blocks nobody
RULES_LISTED = 5

_OVERWRITE = "HELD"  # the reason of a score whose overwriting needs approval
_TROUBLED = frozenset({"failed", "stopped"})
_SUBJECTS: dict[Kind, str] = {
    "roster": "the roster run for {}",
    "gradebook": "the export of grades for {}",
    "holds": "the approval of holds for {}",
    "imports": "the check of imports for {}",
    "check": "the self-check on {}",
}
_NEXT = ("data engineer", "read the log of the first failed task")  # owner and fix of an error without these fields
_NO_ERROR = "A task ended before it could report an error: it was killed, or it took too long."


@dataclass(frozen=True)
class Notification:
    """A notification to a district.

    `code` and `mark` distinguish two notifications of the same night, kind and subject (`about`).
    """

    district_id: str
    about: About
    kind: Kind
    as_of: date
    code: str
    mark: str
    run_id: int | None
    subject: str
    body: str
    link: str | None


Send = Callable[[Notification], None]


def notify_of(district_id: str) -> Notify:
    """Return whom the district notifies.

    If the settings are invalid elsewhere, `notify` is still read: that is exactly when people must be notified.
    """
    try:
        return load_district(district_id).notify
    except SettingsInvalid:
        path = config_dir() / "districts" / f"{district_id}.yaml"
    try:
        facts = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Notify.model_validate(facts.get("notify") or {})
    except (OSError, ValueError, AttributeError, yaml.YAMLError, ValidationError):
        return Notify()


def failure(
    district_id: str,
    kind: Kind,
    as_of: date,
    run: Run | None,
    error: Explained | None = None,
    link: str | None = None,
) -> Notification:
    """Return the notification that a run failed.

    `error` is what the failed task raised; without it, the run's row has the error.
    """
    troubled = run if run and run.status in _TROUBLED else None
    explained = error or (troubled and troubled.explained)
    code = explained.code if explained else (troubled and troubled.code) or ""
    owner, fix = (explained.owner, explained.fix) if explained else _NEXT
    meaning = _meanings().get(code, "An unexpected error occurred.") if code else _NO_ERROR
    lines = [meaning, f"Owner: {owner}. Next: {fix}."]
    if run:
        received, quarantined = _lines(run)
        lines += [f"{received:,} lines received, {quarantined:,} of them quarantined."] if received else []
        lines.append(f"Run {run.run_id}: {run.status}.")
    lines.append(f"See docs/runbook.md#{code.lower() or 'a-run-was-killed'}")
    headline = _SUBJECTS[kind].format(as_of) + " failed" + (f": {code}" if code else "")
    about = Notification(district_id, "failure", kind, as_of, code, "", run.run_id if run else None, headline, "", link)
    return replace(about, body="\n".join(lines))


def hold(run: Run, owner: str, link: str | None = None) -> Notification | None:
    """Return the notification that a part of a night needs approval; None if no part does."""
    waiting = [one for one in holds.of_run(run) if one["status"] == "open"]
    if not waiting:
        return None
    changes: Counter[str] = Counter()
    for one in waiting:
        changes[f"{one['entity']}, {one['action']}"] += one["planned"]
    lines = [f"{what}: {count:,}" for what, count in sorted(changes.items())]
    lines += [
        f"Without a response they expire on {min(one['expires_at'] for one in waiting):%Y-%m-%d %H:%M} UTC. "
        "Expired changes are not applied.",
        f"Owner: {owner}. Next: approve or reject the changes in Required Actions, or list them with: "
        f"rollbook plan show --run {run.run_id}.",
        f"See docs/runbook.md#{HoldRequired.code.lower()}",
    ]
    headline = f"{sum(changes.values()):,} changes need approval, roster run for {run.as_of}"
    return replace(
        _of(run, "hold", HoldRequired.code, headline, lines, link),
        mark=hashlib.sha256(holds.digest_of(waiting).encode()).hexdigest()[:16],
    )


def overwrites(run: Run, link: str | None = None) -> Notification | None:
    """Return the notification that overwriting scores changed in Canvas needs approval; None if no score does."""
    waiting = exports.totals(run).get(f"found.{_OVERWRITE}", 0)
    if not waiting:
        return None
    reason = REASONS[_OVERWRITE]
    lines = [
        "These scores were changed in Canvas after they were sent. Canvas still has the changed scores.",
        f"Owner: {reason.actor}. Next: list the scores: rollbook grades show --run {run.run_id} --state NOT_SYNCED. "
        f"To overwrite all of them: rollbook grades approve --run {run.run_id}. Or change the scores in the app.",
        "See docs/runbook.md#scores-changed-in-canvas",
    ]
    what_waits = "score changed in Canvas needs approval" if waiting == 1 else "scores changed in Canvas need approval"
    headline = f"{waiting:,} {what_waits}, export of grades for {run.as_of}"
    what = (run.district_id, "gradebook", run.as_of, _OVERWRITE, "", run.run_id)
    return _build("hold", what, headline, lines, link)


def quarantine(run: Run, percent: float, link: str | None = None) -> Notification | None:
    """Return the notification that more than `percent` % of a night's lines is quarantined; None if it is not more."""
    received, quarantined = _lines(run)
    if not received or 100 * quarantined <= percent * received:
        return None
    found: Counter[str] = Counter()
    for one in (finding for delivered in runs.imports(run) for finding in delivered["findings"]):
        if one["severity"] == "error":
            found[one["code"]] += one["count"]
    lines = [f"{code}: {count:,}, {RULES[code].owner}" for code, count in found.most_common(RULES_LISTED)]
    lines += [
        f"Reported because the share is more than {percent:g} %. The people in these lines stay as they were.",
        "Next: correct the lines at the source. If you may see the lines, list them with: "
        f"rollbook quarantine --run {run.run_id}.",
        "See docs/runbook.md#row-rules",
    ]
    share = f"{100 * quarantined / received:.1f} %"
    headline = f"{quarantined:,} of {received:,} lines ({share}) are quarantined, roster run for {run.as_of}"
    return _of(run, "quarantine", "", headline, lines, link)


def imports_missing(district: District, missing: Sequence[Expected], link: str | None = None) -> list[Notification]:
    """Return the notifications that imports missed their deadlines: one per deadline."""
    found = []
    for (as_of, by), late in groupby(sorted(missing, key=_deadline), key=_deadline):
        these = list(late)
        lines = [f"{one}." for one in these]
        lines += [
            f"Owner: {district.owner}. Next: check the export at the SIS; if no run has begun, check whether the "
            "nightly DAG is paused.",
            f"See docs/runbook.md#{ImportMissing.code.lower()}",
        ]
        what_is = "import is" if len(these) == 1 else "imports are"
        headline = f"{len(these)} {what_is} missing, expected by {by}, night of {as_of}"
        what = (district.district_id, "imports", as_of, ImportMissing.code, by, these[0].run_id)
        found.append(_build("import_missing", what, headline, lines, link))
    return found


def keep(notification: Notification, channels: Sequence[str]) -> None:
    """Store a notification for these channels, unless it is stored already.

    If the same was reported the nights before, the subject gets the number of nights in a row.
    """
    run_kind = "gradebook" if notification.kind == "gradebook" else "roster"
    same = {name: getattr(notification, name) for name in ("district_id", "about", "kind", "as_of", "code")}
    with transaction() as connection:
        nights = (
            1 + execute(connection, "operations/notifications.nights_in_a_row", **same, run_kind=run_kind).scalar_one()
        )
        again = f", the {_nth(nights)} night in a row" if nights > 1 else ""
        kept = replace(notification, subject=notification.subject + again)
        execute(connection, "operations/notifications.keep", **asdict(kept), owed=list(channels))


def deliver(district_id: str, about: Sequence[About], channels: Mapping[str, Send]) -> None:
    """Send what the channels have not received yet.

    What can't be sent is logged, and waits for the next call.
    """
    key = {"channels": list(channels), "about": list(about), "district_id": district_id}
    limits = {"fresh_seconds": FRESH.total_seconds(), "claim_seconds": CLAIM.total_seconds()}
    with transaction() as connection:
        claimed = rows(connection, "operations/notifications.claim", **key, **limits)
    working = dict(channels)  # a channel that fails is tried once, not once per notification
    for row in sorted(claimed, key=lambda one: int(one["notice_id"])):
        its = {"district_id": district_id, "notice_id": row.pop("notice_id")}
        owed = row.pop("owed")
        try:
            for channel in [name for name in owed if name in working]:
                if not _sent(channel, working[channel], Notification(**row)):
                    del working[channel]
                    continue
                with transaction() as connection:
                    execute(connection, "operations/notifications.sent", **its, channel=channel)
        finally:
            with transaction() as connection:
                execute(connection, "operations/notifications.release", **its)


def send_unstored(found: Sequence[Notification], channels: Mapping[str, Send]) -> None:
    """Send notifications that the warehouse can't store. The caller makes sure that each is sent once."""
    for channel, send in channels.items():
        for notification in found:
            _sent(channel, send, notification)


def _sent(channel: str, send: Send, notification: Notification) -> bool:
    try:
        send(notification)
    except Exception as error:  # noqa: BLE001 - no error of a channel may harm a night
        log.warning("%s", not_sent(channel, error))
        return False
    log.info("notification sent by %s: %s for %s", channel, notification.about, notification.as_of)
    return True


def not_sent(channel: str, error: Exception) -> NotificationNotSent:
    """Return the error to log: the kind of error and its code.

    A server's message may contain addresses or a secret, so it is left out.
    """
    codes = [getattr(error, name, None) for name in ("smtp_code", "errno")]
    message = " ".join([type(error).__name__, *(str(code) for code in codes if code is not None)])
    if isinstance(error, RollbookError):
        message = f"{error.code}, {error.what}"
    return NotificationNotSent(f"not sent by {channel}: {message}", fix="check the connection under notify:")


def _of(run: Run, about: About, code: str, headline: str, lines: Sequence[str], link: str | None) -> Notification:
    return _build(about, (run.district_id, "roster", run.as_of, code, "", run.run_id), headline, lines, link)


def _build(about: About, what: tuple[Any, ...], headline: str, lines: Sequence[str], link: str | None) -> Notification:
    district_id, kind, as_of, code, mark, run_id = what
    return Notification(district_id, about, kind, as_of, code, mark, run_id, headline, "\n".join(lines), link)


def _lines(run: Run) -> tuple[int, int]:
    counts = [one["counts"] for one in runs.imports(run)]
    received, quarantined = (sum(one.get(name, 0) for one in counts) for name in ("received", "quarantined"))
    return received, quarantined


def _deadline(one: Expected) -> tuple[date, str]:
    return one.as_of, one.by


def _meanings(kind: type[RollbookError] = RollbookError) -> dict[str, str]:
    """Return what each error code means: the first line of its class's docstring."""
    meanings = {} if kind is RollbookError else {kind.code: (kind.__doc__ or "").partition("\n")[0]}
    return meanings | {code: words for one in kind.__subclasses__() for code, words in _meanings(one).items()}


def _nth(number: int) -> str:
    endings = {1: "st", 2: "nd", 3: "rd"}
    return f"{number}{'th' if 10 <= number % 100 <= 20 else endings.get(number % 10, 'th')}"
