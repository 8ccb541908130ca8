"""The command line: ``cm`` and its shortcuts. Nothing is imported before it is known what is needed."""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

_INTERRUPTED = 130


def main(words: Sequence[str] | None = None) -> int:
    """``cm``: answer a command line and return the exit status.

    Args:
        words: the command line without the program's name; by default that of this process.
    """
    return _start((), words)


def main_run_script(words: Sequence[str] | None = None) -> int:
    """``cmr``: short for ``cm run script``."""
    return _start(("run", "script"), words)


def main_run_experiment(words: Sequence[str] | None = None) -> int:
    """``cme``: short for ``cm run experiment``."""
    return _start(("run", "experiment"), words)


def main_docker_script(words: Sequence[str] | None = None) -> int:
    """``cmrd``: short for ``cm docker script``."""
    return _start(("docker", "script"), words)


def _start(prefix: tuple[str, ...], words: Sequence[str] | None) -> int:
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

        return run_command_line((*prefix, *(sys.argv[1:] if words is None else words)), prefix=prefix)
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
