"""What a verb says with ``--dry_run`` instead of doing it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cm_core.actions.commonflags import DryRun
from cm_core.flags import read_flags
from cm_core.model.result import Result

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cm_core.model.request import Request


def is_dry_run(request: Request) -> bool:
    """Whether a request only asks what would be done."""
    return read_flags(DryRun, request).dry_run


def preview(verb: str, paths: Iterable[object], *, preposition: str = "", **data: Any) -> Result:
    """The answer of a verb that was only asked what it would do.

    Args:
        verb: what it would do with each path, as in ``would remove PATH``.
        preposition: between verb and path.
        data: of the answer.
    """
    words = f"would {verb} {preposition}".rstrip()
    return Result(data={"dry_run": True, **data}, lines=tuple(f"{words} {path}" for path in paths))
