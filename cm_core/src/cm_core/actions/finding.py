"""What one check of ``cm doctor`` found."""

from __future__ import annotations

from typing import Literal

from cm_core.base.frozen import frozen

State = Literal["ok", "warn", "fail"]


@frozen
class Finding:
    """What one check found.

    Attributes:
        state: ``fail`` means that ordinary commands cannot work.
        fix: the command or step that repairs it.
    """

    check: str
    state: State
    text: str
    fix: str = ""
