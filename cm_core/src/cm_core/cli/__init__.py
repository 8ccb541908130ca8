"""The command line. Nothing is imported before it is known what is needed."""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

_INTERRUPTED = 130


def main(words: Sequence[str] | None = None, *, shortcut: Sequence[str] = ()) -> int:
    """``cm``: answer a command line and return the exit status.

    Args:
        words: the command line without the program's name; by default that of this process.
        shortcut: the words that a program of a plugin stands for.
    """
    owns_process = words is None
    if owns_process:
        # Start-up makes no garbage, so looking for it is time lost; the work itself switches this on again.
        gc.disable()
        signal.signal(signal.SIGTERM, _terminate)
        # A closed terminal; `nohup` lets it be ignored.
        hangup = getattr(signal, "SIGHUP", None)
        if hangup is not None and signal.getsignal(hangup) == signal.SIG_DFL:
            signal.signal(hangup, _terminate)
    try:
        from cm_core.cli.app import run_command_line

        typed = sys.argv[1:] if words is None else words
        return run_command_line((*shortcut, *typed), shortcut=shortcut)
    except KeyboardInterrupt:
        # Pressed while modules were still being imported, before anybody could say it nicely.
        return _INTERRUPTED
    finally:
        if owns_process:
            # The process ends, and with it everything that a last search would have to look at.
            gc.freeze()


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    from cm_core.model.errors import Terminated

    del number, frame
    raise Terminated
