"""How a native script ended."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cm_core import frozen

# How many of the last lines of an output or file are shown.
TAIL_LINES = 20


@frozen
class NativeOutcome:
    """What a native script left behind.

    Attributes:
        status: exit status; negative or above 128 for a signal.
        env: assignments from ``tmp-run-env.out``.
        state: content of ``tmp-run-state.json``.
        command: what a person types to run the same once more.
        log_path: the log, when there was output and a log was asked for.
        tail: the last lines of the output.
        script: the file of the recipe.
        missing: programs that the shell did not find.
    """

    status: int
    env: dict[str, str]
    state: dict[str, Any]
    command: str
    log_path: Path | None
    tail: tuple[str, ...]
    script: Path
    missing: tuple[str, ...] = ()
