"""What can go wrong with a script."""

from __future__ import annotations

from typing import ClassVar

from cm_core import CMError


class ScriptFailedError(CMError):
    """A native script or a ``customize.py`` of a recipe failed."""

    default_exit_code: ClassVar[int] = 2
