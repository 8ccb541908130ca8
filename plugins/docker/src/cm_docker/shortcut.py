"""``cmrd``: short for ``cm docker script``."""

from __future__ import annotations

from collections.abc import Sequence


def main(words: Sequence[str] | None = None) -> int:
    """Answer a command line; returns the exit status."""
    from cm_core.cli import main as cm

    return cm(words, shortcut=("docker", "script"))
