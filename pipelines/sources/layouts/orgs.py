"""Find the school that an organisation stands for: itself, or the school above if it is part of a school."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pipelines.sources.assertions import Codes, Part

SCHOOLS = frozenset({"school", "college", "university", "campus", "adulteducation", "researchcenter", "academictrust"})
_WITHIN_SCHOOLS = frozenset({"department", "division", "program"})
_DEEPEST = 10  # a longer chain of parents is taken for a circle


def schools_of(orgs: Part, own: Codes, above: Codes, size: int) -> Codes:
    """Return the school of each of `size` orgs; a last element, for no org, is -1.

    `own` and `above` are the lines' orgs and parents. If an org's lines disagree, the org stands for itself, so that
    the order of lines does not matter.
    """
    kinds = [kind.casefold() for kind in orgs.column("type").values.to_pylist()] + [""]
    lines_of: dict[int, set[tuple[str, int]]] = {}
    columns = (own, orgs.column("type").codes, above)
    for org, kind, parent in zip(*(column.tolist() for column in columns), strict=True):
        lines_of.setdefault(org, set()).add((kinds[kind], parent))
    agreed = {org: lines.pop() for org, lines in lines_of.items() if org >= 0 and len(lines) == 1}
    school = np.append(np.arange(size, dtype=np.int32), np.int32(-1))
    for org in agreed:
        school[org] = _nearest_school(org, agreed)
    return school


def _nearest_school(org: int, orgs: Mapping[int, tuple[str, int]]) -> int:
    at = org
    for _ in range(_DEEPEST):
        kind, above = orgs.get(at, ("", -1))
        if kind in SCHOOLS:
            return at
        if at == org and kind not in _WITHIN_SCHOOLS:
            break
        at = above
    return org
