"""What a task prints, passed on while it prints."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from cm_experiment.record.layout import STDERR_FILE, STDOUT_FILE

if TYPE_CHECKING:
    import re
    from pathlib import Path

    from cm_core import Reporter

_LOOK_S = 0.1


class OutputFollower:
    """Tells a reporter what is new in the output of a task, from now on until it is closed.

    Args:
        held_back: this and what comes after it is not shown until somebody asks for all.
    """

    def __init__(self, reporter: Reporter, folder: Path, held_back: re.Pattern[bytes] | None = None) -> None:
        self._reporter = reporter
        self._held_back = held_back
        self._files = {folder / STDOUT_FILE: 0, folder / STDERR_FILE: 0}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Show the rest, and no more."""
        self._over.set()
        self._thread.join()
        self.pass_on()

    def pass_on(self, *, everything: bool = False) -> None:
        """Show what is new."""
        for file, seen in self._files.items():
            with contextlib.suppress(OSError), file.open("rb") as stream:
                stream.seek(seen)
                piece = stream.read()
                if not everything and self._held_back and (found := self._held_back.search(piece)):
                    piece = piece[: found.start()]
                if piece:
                    self._files[file] = seen + len(piece)
                    self._reporter.output(None, piece.decode("utf-8", "replace"))

    def _follow(self) -> None:
        while not self._over.wait(_LOOK_S):
            self.pass_on()
