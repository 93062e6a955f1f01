"""Compare the limits with what recent nights planned: advise values, and find limits that will soon hold a night."""

from __future__ import annotations

from pipelines.operations.self_check.checks import CheckResult
from pipelines.review import holds
from pipelines.settings import District

_LEAST_NIGHTS = 10  # fewer nights do not show what is usual
_ROOM = 2.0  # a limit of twice the largest share raises no false alarm and still guards
_WIDE = 5.0  # a limit of more than five times the largest share would let a bad night pass


def advice(district: District) -> CheckResult:
    """Advise on each limit, from the largest share of a school that one of the last 30 nights planned."""
    shares = holds.largest_shares(district.district_id)
    usage, fixes = [], []
    for kind, (nights, percent, changes) in shares.items():
        limit = float(getattr(district.limits, f"{kind}_percent"))
        usage.append(f"{kind}: at most {percent:g} % ({changes:,} rows) in {nights} nights, limit {limit:g} %")
        usual = max(1, round(_ROOM * percent))
        if nights >= _LEAST_NIGHTS and not percent < limit <= max(_WIDE * percent, _ROOM):
            fixes.append(f"{kind}_percent: {usual}")
    if not usage:
        return CheckResult("no night has changed anything yet")
    if fixes:
        return CheckResult("; ".join(usage), True, f"consider limits: {', '.join(fixes)}", district.owner)
    return CheckResult("; ".join(usage))
