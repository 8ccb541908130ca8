"""``customize.py`` of a recipe: loading it, and calling its hooks in a guarded way.

It runs in this process and shares ``sys.path``, because public recipes import helpers that other recipes put
there. What a hook changes in ``os.environ`` and the current directory is undone after the call: no public
recipe needs the former, and where the hook ended up is part of :class:`HookOutcome`, since several change
the folder in which their native script is to run.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from cm_core import CMError, InteractionError, frozen
from cm_core.base import current_folder, exception_sentence, innermost_line, load_python_file
from cm_script.errors import ScriptFailedError
from cm_script.runtime.failure import NativeFailedError
from cm_script.runtime.workingdir import working_directory

# In the details of an error: the module that a ``customize.py`` imports and that is nowhere.
MISSING_MODULE = "module"


@frozen
class Customize:
    """A loaded ``customize.py``.

    Attributes:
        path: the file.
        name: of the recipe, for messages.
        module: what importing it gave.
    """

    path: Path
    name: str
    module: ModuleType

    def has(self, hook: str) -> bool:
        """Whether the recipe defines this hook."""
        return callable(getattr(self.module, hook, None))


@frozen
class HookOutcome:
    """What a hook gave.

    Attributes:
        data: the dictionary it returned; ``return`` is an integer and may be other than 0.
        cwd: the folder in which it ended, where its native script is to run.
    """

    data: dict[str, Any]
    cwd: Path


def load_customize(path: Path, *, name: str = "") -> Customize | None:
    """Import a ``customize.py``, once per process and version of the file; ``None`` when there is none.

    The importing machinery of Python keeps the compiled form as for every module.

    Args:
        name: of the recipe, for messages; that of its folder if not given.

    Raises:
        CMError: when it has a syntax error or its imports fail.
    """
    name = name or path.parent.name
    try:
        module = load_python_file(path, "cm_customize", lambda error: _unloadable(path, name, error))
    except OSError:
        return None
    return Customize(path=path, name=name, module=module)


def call_hook(
    customize: Customize,
    hook: str,
    arguments: dict[str, Any],
    *,
    cwd: Path,
    on_output: Callable[[str], None],
    on_prompt: Callable[[str], None] | None = None,
) -> HookOutcome:
    """Call ``preprocess``, ``postprocess`` or ``detect_version`` of a recipe.

    A hook that the recipe does not define gives ``{"return": 0}``. The dictionary that a hook returns is not
    judged here: ``return`` other than 0 is an answer, and :func:`hook_failure` makes an error of it.

    Args:
        customize: the loaded file.
        hook: name of the function.
        arguments: the open dictionary of the contract; the hook may change what is in it.
        cwd: the current directory during the call.
        on_output: gets what the hook prints.
        on_prompt: gets the unfinished line before the hook reads from standard input, so that a question
            is seen at once; without it the line has gone to ``on_output`` already.

    Raises:
        ScriptFailedError: when the hook raised something, with the place in the recipe.
        InteractionError: when it asked a question, but the input is closed.
        CMError: when it returned something else than a dictionary with ``return``.
    """
    if not customize.has(hook):
        return HookOutcome(data={"return": 0}, cwd=cwd)
    function = getattr(customize.module, hook)
    with working_directory(cwd), environment_kept({}), _redirect(on_output, on_prompt):
        try:
            data = function(arguments)
        except CMError:
            raise
        except EOFError as error:
            raise InteractionError(
                f"{hook} of recipe {customize.name} asked a question, but the input is closed",
                hint="add --quiet, or answer with the recipe's own options",
            ) from error
        except SystemExit as error:
            raise _hook_exited_error(customize, hook, error) from error
        except Exception as error:
            raise _hook_failed_error(customize, hook, error) from error
        ended_in = current_folder(cwd)
    return HookOutcome(data=_check_answer(customize, hook, data), cwd=ended_in)


def hook_failure(
    customize: Customize,
    hook: str,
    data: Mapping[str, Any],
    *,
    chain: Sequence[str] = (),
    rerun: Sequence[str] = (),
) -> ScriptFailedError:
    """The error for a hook that returned a code other than 0; the code becomes the exit status.

    Args:
        chain: names from the requested script down to this one.
        rerun: words of the command that runs just this step again.
    """
    said = str(data.get("error") or "").strip() or f"it returned {data['return']} without a message"
    hint, status = str(data.get("hint") or ""), data["return"]
    inner = data.get("details")
    if not isinstance(inner, dict):
        inner = {key: value for key, value in data.items() if key not in ("return", "error", "hint")}
    if inner.get("command") or inner.get("chain"):
        # The hook ran a native script or another recipe: that failure is the story, not who handed it on.
        below = list(inner.get("chain") or ())
        if below[: len(chain)] != list(chain):
            below = [*chain, *below]
        kind = NativeFailedError if inner.get("command") else ScriptFailedError
        return kind(said, hint=hint, details={**inner, "chain": below}, exit_code=status)
    from cm_script.runtime.unreachable import network_hint, without_pool

    return ScriptFailedError(
        f"{hook} of recipe {customize.name} failed: {without_pool(said)}",
        hint=hint or network_hint(said, rerun),
        details={"recipe": customize.name, "hook": hook, "file": str(customize.path)},
        exit_code=status,
    )


def _unloadable(path: Path, name: str, error: BaseException) -> CMError:
    if isinstance(error, SyntaxError):
        place, said = error.lineno, error.msg
        where = path if error.filename is None else Path(error.filename)
    else:
        where, place = innermost_line(error, path.parent)
        said = exception_sentence(error)
    hint, missing = "", {}
    if isinstance(error, ModuleNotFoundError):
        missing = {MISSING_MODULE: error.name}
        hint = (
            f"install the Python module {error.name} in cm's environment,"
            " or run the recipe that provides it first"
        )
    of_file = "" if where == path else f" of {where.name}"
    line = f" (line {place}{of_file})" if place else ""
    return CMError(
        f"customize.py of recipe {name} cannot be loaded: {said}{line}",
        hint=hint,
        details={"recipe": name, "file": str(where), "line": place, **missing},
    )


def _hook_failed_error(customize: Customize, hook: str, error: Exception) -> ScriptFailedError:
    from cm_script.runtime.unreachable import network_hint, without_pool

    where, line = innermost_line(error, customize.path.parent)
    why = exception_sentence(error)
    look = f"look at {where}:{line}, or add --debug for the traceback"
    return ScriptFailedError(
        f"{hook} of recipe {customize.name} failed with {without_pool(why)} ({where.name}, line {line})",
        hint=network_hint(f"{type(error).__name__} {why}") or look,
        details={"recipe": customize.name, "hook": hook, "file": str(where), "line": line},
        exit_code=1,
    )


def _hook_exited_error(customize: Customize, hook: str, error: SystemExit) -> ScriptFailedError:
    where, line = innermost_line(error, customize.path.parent)
    code = error.code if isinstance(error.code, int) else 1
    said = f": {error.code}" if isinstance(error.code, str) else f" with status {code}"
    return ScriptFailedError(
        f"{hook} of recipe {customize.name} ended the program{said} ({where.name}, line {line})",
        hint="a recipe returns a dictionary; it must not call sys.exit",
        details={"recipe": customize.name, "hook": hook, "file": str(where), "line": line},
        exit_code=code or 1,
    )


def _check_answer(customize: Customize, hook: str, data: Any) -> dict[str, Any]:
    if isinstance(data, dict) and isinstance(data.get("return"), int):
        return data
    what = "nothing" if data is None else f"{type(data).__name__} without an integer 'return'"
    raise CMError(
        f"{hook} of recipe {customize.name} returned {what}",
        hint=f"make {hook}(i) in {customize.path} return {{'return': 0}}",
    )


@contextlib.contextmanager
def environment_kept(additions: Mapping[str, str]) -> Iterator[None]:
    """Set variables of the process for the time of the block; afterwards all are as they were before."""
    before = dict(os.environ)
    os.environ.update(additions)
    try:
        yield
    finally:
        if dict(os.environ) != before:
            for key in set(os.environ) - set(before):
                del os.environ[key]
            os.environ.update(before)


@contextlib.contextmanager
def _redirect(on_output: Callable[[str], None], on_prompt: Callable[[str], None] | None) -> Iterator[None]:
    writer = _Writer(on_output)
    stdin = sys.stdin
    # Standard error stays: it is where the engine asks its own questions, also when a hook calls it.
    with contextlib.redirect_stdout(writer):
        sys.stdin = _PromptingInput(stdin, writer, on_prompt)
        try:
            yield
        finally:
            sys.stdin = stdin


class _Writer(io.TextIOBase):
    """A text stream that hands on what is written, and remembers the line that is not finished."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, on_output: Callable[[str], None]) -> None:
        self._on_output = on_output
        self.unfinished = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if text:
            self.unfinished = (self.unfinished + text).rpartition("\n")[2]
            self._on_output(text)
        return len(text)


class _PromptingInput:
    """Standard input that shows the question before it waits; ``input()`` uses it as it is no terminal."""

    def __init__(self, stream: Any, writer: _Writer, on_prompt: Callable[[str], None] | None) -> None:
        self._stream = stream
        self._writer = writer
        self._on_prompt = on_prompt

    def readline(self, *args: Any) -> Any:
        # The answer's line break ends the line, though nothing writes it.
        question, self._writer.unfinished = self._writer.unfinished, ""
        if self._on_prompt is not None and question:
            self._on_prompt(question)
        return "" if self._stream is None else self._stream.readline(*args)

    def __iter__(self) -> Iterator[str]:
        return iter(self.readline, "")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
