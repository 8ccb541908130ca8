"""The way from a worker to its parent: JSON lines on what was its standard output."""

from __future__ import annotations

import json
import os
import signal
import stat
import sys
import threading
import traceback
from pathlib import Path
from typing import Any, NoReturn

from cm_core import CMError

FAILED_STATUS = 1
PARENT_GONE_STATUS = 3


class Channel:
    """Sends events; afterwards everything that is printed goes to a file.

    Args:
        console_log: the file.
    """

    def __init__(self, console_log: Path) -> None:
        sys.stdout.flush()
        self._stream = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
        self._lock = threading.Lock()
        log = os.open(console_log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        # Descriptors, not sys.stdout: native libraries print, too.
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.close(log)

    def send(self, event: str, **facts: Any) -> None:
        """Send one event; a parent that is gone ends this process."""
        line = json.dumps({"event": event, **facts})
        try:
            with self._lock:
                self._stream.write(line + "\n")
                self._stream.flush()
        except (OSError, ValueError):
            os._exit(PARENT_GONE_STATUS)

    def fail(self, error: BaseException, doing: str) -> NoReturn:
        """Report an error and end the process at once, from whatever thread.

        An exception cannot pass through LoadGen, and a query without an answer would let it wait for ever.
        """
        traceback.print_exception(error)
        sys.stderr.flush()
        self.send(
            "failed",
            error=describe(error, doing),
            hint=error.hint if isinstance(error, CMError) else "",
            exit_code=error.exit_code if isinstance(error, CMError) else CMError.default_exit_code,
            # Errors of user code are worth more than a sentence.
            traceback=not isinstance(error, CMError) or error.__cause__ is not None,
        )
        os._exit(FAILED_STATUS)


def end_with_parent() -> None:
    """From now on, end this process and all that user code starts when the parent is gone.

    The parent may be killed while a system under test hangs, and then nobody else would end it.
    """
    if not stat.S_ISFIFO(os.fstat(0).st_mode):
        return  # started by hand
    lifeline, nothing = os.dup(0), os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    threading.Thread(target=_wait_for_end, args=(lifeline,), daemon=True).start()


def _wait_for_end(lifeline: int) -> None:
    try:
        os.read(lifeline, 1)
    except OSError:
        return  # user code closed it
    if sys.platform != "win32" and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(PARENT_GONE_STATUS)


def describe(error: BaseException, doing: str) -> str:
    """An error of user code in one sentence, with the line where it arose."""
    if isinstance(error, CMError):
        return error.message
    text = " ".join(str(error).split())
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    return f"{doing} raised {type(error).__name__}{': ' + text if text else ''}{place}"
