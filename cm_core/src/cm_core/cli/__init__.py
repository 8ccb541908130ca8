"""The command line. Modules are imported only when they are needed.

- ``app``, ``words``: the way in, and the words that it recognises;
- ``access``: the dictionary interface of the original;
- ``answer``: from words to an exit status;
- ``group``, ``commands``: the Click application and the commands of the core's own plugin;
- ``plugincommands``: those that plugins add;
- ``catalog``: what can be typed, as the installed plugins announce it;
- ``candidates``: what completion offers at a place; ``completion``: the shells that ask;
- ``flagtext``: declarations of flags in words;
- ``helptext``: what follows from the catalog;
- ``console``: one run of ``cm``: its words, streams, session and renderer;
- ``progress``, ``livetree``, ``steptext``: what a person sees while something works, and of its steps;
- ``render``, ``plain``: the only place that prints, and data as plain values.
"""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from cm_core.base.exports import lazy_exports
from cm_core.errors import Terminated

if TYPE_CHECKING:
    from cm_core.cli.console import Console as Console
    from cm_core.cli.console import make_reporter as make_reporter
    from cm_core.cli.plain import to_json_text as to_json_text
    from cm_core.cli.plain import to_shown as to_shown
    from cm_core.cli.plain import to_yaml_text as to_yaml_text
    from cm_core.cli.progress import Streams as Streams
    from cm_core.cli.render import make_streams_safe as make_streams_safe

# name -> (module, version since when); the empty module is this one
PUBLIC = {
    "main": ("", "0.1"),
    "Console": ("console", "0.1"),
    "make_reporter": ("console", "0.1"),
    "to_json_text": ("plain", "0.1"),
    "to_shown": ("plain", "0.1"),
    "to_yaml_text": ("plain", "0.1"),
    "Streams": ("progress", "0.1"),
    "make_streams_safe": ("render", "0.1"),
}
__all__ = list(PUBLIC)

if not TYPE_CHECKING:  # type checkers read the imports above
    __getattr__ = lazy_exports(__name__, PUBLIC)

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
    except KeyboardInterrupt as stopped:
        # While modules were still being imported, before anybody could say it nicely.
        return Terminated.exit_code if isinstance(stopped, Terminated) else _INTERRUPTED
    finally:
        if owns_process:
            # The process ends, and with it everything that a last search would have to look at.
            gc.freeze()


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    # Imports nothing: this may come in the middle of the import of that very module.
    del number, frame
    raise Terminated
