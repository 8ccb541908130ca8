"""How large a system is, for the words beside every ratio of two."""

from __future__ import annotations

from typing import NamedTuple

from cm_mlperf.results.row import ResultRow


class Size(NamedTuple):
    """``8 accelerators``, or without any ``128 cores``."""

    number: int
    what: str

    @property
    def in_words(self) -> str:
        return f"{self.number:,} {self.what if self.number != 1 else self.what.removesuffix('s')}"


def size_of(row: ResultRow) -> Size | None:
    """Accelerators, or processor cores where there are none; ``None`` when it is not known."""
    if row.accelerators:
        return Size(row.accelerators, "accelerators")
    return Size(row.cores, "cores") if row.cores and not row.accelerator else None


def size_change(first: ResultRow, second: ResultRow) -> str:
    """``8 to 32 accelerators``; ``""`` for systems of one size, or when neither is known."""
    before, after = size_of(first), size_of(second)
    if before == after:
        return ""
    end = after.in_words if after else "unknown size"
    if before is not None and after is not None and before.what == after.what:
        return f"{before.number:,} to {end}"
    return f"{before.in_words if before else 'unknown size'} to {end}"
