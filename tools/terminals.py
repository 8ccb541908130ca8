"""A pytest plugin: programs at a terminal, and what a person sees there."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest


class Terminal:
    """A pseudo terminal of 24 lines in which programs run.

    Attributes:
        columns: its width.
        written: every character that it got from the last program.
    """

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self.written = ""

    def run(
        self,
        argv: Sequence[str | Path],
        *,
        env: Mapping[str, str],
        cwd: Path | None = None,
        answers: Mapping[str, str] | None = None,
    ) -> list[str]:
        """The lines that are on the screen when a program has ended; lines do not scroll away.

        Args:
            answers: typed when their questions appear.
        """
        import fcntl
        import pty
        import struct
        import termios

        waiting = list((answers or {}).items())
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, self.columns, 0, 0))
        env = {**env, "TERM": env.get("TERM", "xterm")}
        process = subprocess.Popen(argv, env=env, cwd=cwd, stdin=slave, stdout=slave, stderr=slave)
        os.close(slave)
        written = b""
        while chunk := _read(master):
            written += chunk
            if waiting and waiting[0][0].encode() in written:
                os.write(master, waiting.pop(0)[1].encode() + b"\n")
        os.close(master)
        process.wait()
        self.written = written.decode()
        return self._screen()

    def _screen(self) -> list[str]:
        screen = _Screen(self.columns)
        for part in re.findall(r"\x1b\[[0-9;]*[A-Za-z]|\x1b[78]|\r|\n|[^\x1b\r\n]", self.written):
            screen.put(part)
        return [line for line in screen.lines if line]


class _Screen:
    """What a terminal shows; knows the control sequences that the toolkit uses, and no others."""

    def __init__(self, columns: int) -> None:
        self.lines = [""]
        self._columns = columns
        self._row = self._column = 0
        self._saved = (0, 0)

    def put(self, part: str) -> None:
        """Take a character or a control sequence."""
        if part == "\r":
            self._column = 0
        elif part == "\n":
            self._go_down()
        elif part == "\x1b7":
            self._saved = (self._row, self._column)
        elif part == "\x1b8":
            self._row, self._column = self._saved
        elif part.startswith("\x1b"):
            self._control(part[2:-1], part[-1])
        else:
            line = self.lines[self._row]
            self.lines[self._row] = line[: self._column].ljust(self._column) + part + line[self._column + 1 :]
            self._column += 1
            if self._column == self._columns:
                self._go_down()
                self._column = 0

    def _go_down(self) -> None:
        self._row += 1
        self.lines += [""] * (self._row + 1 - len(self.lines))

    def _control(self, number: str, letter: str) -> None:
        if letter == "A":
            self._row -= int(number)
        elif letter in "JK":
            self.lines[self._row] = self.lines[self._row][: self._column]
            if letter == "J":
                del self.lines[self._row + 1 :]
        if letter not in "AJKm" or self._row < 0:
            pytest.fail(f"a terminal cannot do this: {number}{letter}")


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # Linux, when the last program has closed the other end
        return b""


@pytest.fixture
def terminal() -> Terminal:
    """A terminal of 80 columns."""
    pytest.importorskip("pty", reason="needs a pseudo terminal")
    return Terminal(80)
