"""Everything that can go wrong, as exceptions that know their exit status.

A message is one lower-case sentence that says what failed and where. ``hint`` says what to type next.
The codes are those of the original, so programs that test them keep working. Plugins have further classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar


class CMError(Exception):
    """Base of all expected failures: shown as one sentence, never as a traceback.

    Stars stand for credentials in addresses, whoever puts them in.

    Args:
        message: what failed and where, without a final full stop.
        hint: what the user can do about it, usually a command to type.
        details: JSON-serialisable facts for programs (merged into the ``--out=json`` document).
        exit_code: overrides the class's code, for something that returned a code of its own.
    """

    default_exit_code: ClassVar[int] = 1

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        details: dict[str, Any] | None = None,
        exit_code: int | None = None,
    ) -> None:
        from cm_core.credentials import without_credentials

        self.message = without_credentials(message)
        self.hint = without_credentials(hint)
        super().__init__(self.message)
        self.details = details or {}
        self.exit_code = self.default_exit_code if exit_code is None else exit_code

    def __str__(self) -> str:
        return self.message

    def explanation(self) -> list[str]:
        """More lines for a person, between the sentence and the hint; programs have ``details``.

        Of themselves, errors show who needed what failed: ``chain`` in the details has names from what was
        asked for down to that.
        """
        chain = self.details.get("chain") or ()
        if len(chain) < 2:
            return []
        return ["needed by:", *(f"{'  ' * depth}  {name}" for depth, name in enumerate(chain))]

    def to_mapping(self) -> dict[str, Any]:
        """The dictionary form of the original: ``{"return": code, "error": text, …}``."""
        mapping = {**self.details, "return": self.exit_code, "error": self.message}
        return {**mapping, "hint": self.hint} if self.hint else mapping


class UsageError(CMError):
    """The command line or request cannot be understood."""


class AmbiguousError(CMError):
    """Several artifacts match where exactly one is needed."""

    def __init__(self, message: str, *, candidates: Sequence[str] = (), hint: str = "") -> None:
        super().__init__(message, hint=hint, details={"candidates": list(candidates)})
        self.candidates = tuple(candidates)


class UnknownTargetError(CMError):
    """No such automation or action."""

    default_exit_code = 4


class MetaError(CMError):
    """A metadata file cannot be read or has the wrong shape."""

    default_exit_code = 4


class AlreadyExistsError(CMError):
    """The artifact or file already exists."""

    default_exit_code = 8


class NotFoundError(CMError):
    """An artifact, variation, file or tool was not found."""

    default_exit_code = 16


class PluginError(CMError):
    """A plugin cannot be loaded or violates its contract."""


class InteractionError(CMError):
    """A question needs an answer, but no one can give it."""


class Terminated(KeyboardInterrupt):
    """The process was asked to end, by a batch system or a closed terminal; it cleans up as after Ctrl-C."""

    exit_code: ClassVar[int] = 143


class Interrupted(CMError):  # noqa: N818 - not an error of ours: the user pressed Ctrl-C
    """The user pressed Ctrl-C, or the process was asked to end (then the status is 143)."""

    default_exit_code = 130


def kind_of(value: object) -> str:
    """The kind of a value, as messages name it."""
    names = {
        dict: "a dictionary",
        list: "a list",
        str: "text",
        bool: "a yes/no value",
        int: "a number",
        float: "a number",
    }
    return "nothing" if value is None else names.get(type(value), type(value).__name__)
