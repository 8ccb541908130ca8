"""``cmx``: the command line with control flags, ``cmx ACTION AUTOMATION -control --input=value``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cm_core.cli import Console

_HIGHEST_STATUS = 255


def main(words: Sequence[str] | None = None) -> int:
    """Answer a command line and return the exit status."""
    import os

    from cm_core.cli import Console, make_streams_safe

    make_streams_safe()
    typed = list(sys.argv[1:] if words is None else words)
    return Console(typed, os.environ).run(_answer_console)


def _answer_console(console: Console) -> int:
    from cm_cmind.provide import use

    engine = use(console.session)
    answer = engine.cm.x(list(console.words), out="con")
    code = int(answer["return"])
    # An empty warning marks help that was asked for.
    if code and answer.get("error") and answer.get("warning") != "":
        place = (
            f" ({answer['module_path']}, line {answer.get('lineno', 0)})" if answer.get("module_path") else ""
        )
        sys.stderr.write(f"CMX error: {answer['error']}{place}\n")
        if answer.get("hint"):
            sys.stderr.write(f"hint: {answer['hint']}\n")
    # A code beyond what a status can hold must not look like success.
    return code if 0 <= code <= _HIGHEST_STATUS else 1
