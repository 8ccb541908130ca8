"""What ``cm doctor`` says about running scripts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cm_core.actions import Finding, install_command
from cm_core.base import find_program

if TYPE_CHECKING:
    from cm_core import Session

_COMPILERS = ("cc", "gcc", "clang", "cl")


def check(session: Session) -> Iterator[Finding]:
    """Whether recipes can build programs."""
    found = [(name, path) for name in _COMPILERS if (path := find_program(name, session.env))]
    if found:
        said = ", ".join(f"{name} at {path}" for name, path in found)
        yield Finding(check="compiler", state="ok", text=said)
    else:
        yield Finding(
            check="compiler",
            state="warn",
            text="none found; recipes that build programs will not work",
            fix=install_command("gcc", session),
        )
