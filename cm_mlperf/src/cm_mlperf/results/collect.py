"""Many rows become one collection: power joins its result, what is there twice counts once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from cm_mlperf.results.row import ResultRow
from cm_mlperf.results.units import POWER_UNITS


def collect(rows: Iterable[ResultRow]) -> list[ResultRow]:
    """Rows without repetitions, in the order in which they came.

    The public files hold rows several times: the same UID in two places, the same content under two UIDs.
    Power and energy are rows of their own in the checker's CSV; they go to the row of the result.
    """
    kept: dict[str, ResultRow] = {}
    for row in rows:
        kept[row.uid] = _unite_rows(kept[row.uid], row) if row.uid in kept else row
    return _with_power(_distinct(kept.values()))


def same_spelling(rows: Sequence[ResultRow]) -> list[ResultRow]:
    """Rows in which organizations and accelerators have one name each.

    Of spellings that differ in case, it is the most frequent one.
    """
    organizations = _other_spellings(row.organization for row in rows)
    accelerators = _other_spellings(row.accelerator for row in rows)
    return [
        row._replace(
            organization=organizations.get(row.organization, row.organization),
            accelerator=accelerators.get(row.accelerator, row.accelerator),
        )
        if row.organization in organizations or row.accelerator in accelerators
        else row
        for row in rows
    ]


def _other_spellings(names: Iterable[str]) -> dict[str, str]:
    """Less frequent spelling -> the one to use."""
    counts = Counter(names)
    best: dict[str, str] = {}
    for name, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        best.setdefault(name.casefold(), name)
    return {name: best[name.casefold()] for name in counts if best[name.casefold()] != name}


def _unite_rows(first: ResultRow, second: ResultRow) -> ResultRow:
    """The first row with what only the second one knows."""
    if first == second:
        return first
    missing: dict[str, Any] = {
        name: getattr(second, name)
        for name in ("power", "power_unit", "accuracy", "result")
        if getattr(first, name) in (None, "") and getattr(second, name) not in (None, "")
    }
    if second.remarks and not first.remarks:
        # What was read before the unit was known to be wrong.
        missing |= {"unit": second.unit, "remarks": second.remarks}
    return first._replace(extra={**second.extra, **first.extra}, **missing)


def _distinct(rows: Iterable[ResultRow]) -> list[ResultRow]:
    kept: dict[Any, ResultRow] = {}
    for row in rows:
        kept[row.content] = _unite_rows(kept[row.content], row) if row.content in kept else row
    return list(kept.values())


def _with_power(rows: list[ResultRow]) -> list[ResultRow]:
    power = {_place(row): row for row in rows if row.unit in POWER_UNITS}
    if not power:
        return rows
    joined: list[ResultRow] = []
    used = set()
    for row in rows:
        partner = None if row.unit in POWER_UNITS else power.get(_place(row))
        if partner is None:
            joined.append(row)
        elif row.power is None:
            used.add(partner.uid)
            joined.append(row._replace(power=partner.result, power_unit=partner.unit, has_power=True))
        else:
            used.add(partner.uid)
            joined.append(row)
    return [_alone(row) for row in joined if row.uid not in used]


def _place(row: ResultRow) -> tuple[Any, ...]:
    return (
        row.suite, row.version, row.organization.casefold(), row.division, row.category,
        row.platform, row.model, row.scenario, row.location,
    )  # fmt: skip


def _alone(row: ResultRow) -> ResultRow:
    """A power row whose result is nowhere: no result, but a power."""
    if row.unit not in POWER_UNITS:
        return row
    return row._replace(result=None, unit="", power=row.result, power_unit=row.unit, has_power=True)
