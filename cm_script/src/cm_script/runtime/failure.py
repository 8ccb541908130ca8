"""What a person is told when a recipe fails: what ran, why it ended, its last words, how to repeat it."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cm_script.errors import ScriptFailedError
from cm_script.runtime.nativefile import windows_endings, with_unix_endings

if TYPE_CHECKING:
    from cm_core import CMError
    from cm_core.base import Secrets
    from cm_script.runtime.nativeoutcome import NativeOutcome

_WINDOWS_ENDINGS = r"has the line endings of Windows (\r\n), which bash does not know; to change them"
DETAIL_KEYS = ("chain", "command", "status", "log", "tail", "rerun", "files")


class NativeFailedError(ScriptFailedError):
    """A native script ended with another status than 0; ``details`` have the keys of :data:`DETAIL_KEYS`."""

    def explanation(self) -> list[str]:
        """Who needed it, what ran, its last words, and where the rest is."""
        return [*super().explanation(), *explain(self.details)]


def native_failure(
    outcome: NativeOutcome,
    *,
    recipe: str,
    chain: Sequence[str] = (),
    rerun: Sequence[str] = (),
    files: Mapping[str, Sequence[str]] | None = None,
) -> NativeFailedError:
    """The error for a native script that did not end with status 0.

    Args:
        outcome: of the run.
        recipe: its name.
        chain: names from the script that the user asked for down to this one, itself included.
        rerun: words of the command that runs just this step again, such as ``("cm", "run", "script", …)``.
        files: the last lines of files that the recipe wants to be seen after a failure.

    Returns:
        An error whose ``details`` have the keys of :data:`DETAIL_KEYS`; :func:`explain` lays them out.
    """
    import shlex

    from cm_core.base import describe_status

    said = describe_status(outcome.status)
    details: dict[str, Any] = {
        "recipe": recipe,
        "chain": list(chain) or [recipe],
        "command": outcome.command,
        "status": outcome.status,
        "reason": said,
        "log": str(outcome.log_path) if outcome.log_path else "",
        "tail": list(outcome.tail),
        "rerun": shlex.join(rerun),
        "files": {name: list(lines) for name, lines in (files or {}).items()},
    }
    hints = [f"to run just this step again: {details['rerun']}"] if rerun else []
    if windows_endings(outcome.script):
        hints.insert(0, f"{outcome.script.name} {_WINDOWS_ENDINGS}: {with_unix_endings(outcome.script)}")
    return NativeFailedError(
        f"native script of recipe {recipe} failed: {said}", hint="\n".join(hints), details=details
    )


def hide_secrets(error: CMError, secrets: Secrets) -> None:
    """Put stars for secrets in all that an error says, and for what it came from says to ``--debug``."""
    from cm_core.base import map_texts

    error.message, error.hint = secrets.hidden_in(error.message), secrets.hidden_in(error.hint)
    error.details = map_texts(error.details, secrets.hidden_in)
    above: BaseException | None = error
    while above is not None:
        with contextlib.suppress(Exception):  # some refuse to be changed
            above.args = tuple(secrets.hidden_in(arg) if isinstance(arg, str) else arg for arg in above.args)
        above = above.__cause__ or above.__context__


def explain(details: Mapping[str, Any]) -> list[str]:
    """The details of a failure as lines for a person, to go between the error and its hint.

    Args:
        details: of any error; those of other errors, or parts that are missing, give no lines.
    """
    lines: list[str] = []
    if tail := details.get("tail"):
        lines.append(f"last {len(tail)} lines of its output:" if len(tail) > 1 else "its output:")
        lines += [f"  | {line}" for line in tail]
    for name, shown in (details.get("files") or {}).items():
        lines.append(f"end of {name}:")
        lines += [f"  | {line}" for line in shown]
    if command := details.get("command"):
        lines.append(f"command: {command}")
    if log := details.get("log"):
        lines.append(f"log: {log}")
    return lines
