"""The only place that prints: results, errors and warnings, as text or as one JSON or YAML document."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TextIO, cast, get_args

from cm_core.base.frozen import field, frozen
from cm_core.errors import CMError, UsageError

if TYPE_CHECKING:
    from cm_core.model.result import Result


class AnswerLostError(CMError):
    """Standard output cannot take the answer: it is a file on a full disk, perhaps."""


OutputForm = Literal["con", "json", "yaml", "none"]

_STDOUT_FD = 1
_STDERR_FD = 2


def output_form(options: Mapping[str, Any]) -> OutputForm:
    """The form of the answer that ``--out``, ``--json`` or ``-j`` ask for.

    Raises:
        UsageError: when there is no such form.
    """
    from cm_core.model.request import is_true

    asked = options.get("out")
    if asked is None or asked == "con":
        return "json" if is_true(options.get("json")) or is_true(options.get("j")) else "con"
    if asked in ("", False):
        return "none"
    if asked not in get_args(OutputForm):
        shown = "nothing" if asked is True else f"'{asked}'"
        raise UsageError(
            f"--out cannot be {shown}", hint="write --out=json, --out=yaml, --out=con or --out=none"
        )
    return cast("OutputForm", asked)


def guess_output_form(words: Sequence[str]) -> OutputForm:
    """The form asked for by a command line that cannot be read as a whole."""
    options: dict[str, Any] = {}
    for word, following in zip(words, (*words[1:], "--"), strict=False):
        if word == "--":
            break
        if word.startswith("-"):
            key, _, value = word.lstrip("-").partition("=")
            alone = following if key == "out" and not following.startswith("-") else True
            options[key] = value if "=" in word else alone
    try:
        return output_form(options)
    except UsageError:
        return "con"


@frozen
class Renderer:
    """Prints for one form.

    Attributes:
        stdout: receives answers only.
        stderr: receives everything else.
        save_to: a file that receives the JSON document as well.
        env: decides about colour (``NO_COLOR``, ``TERM``).
    """

    form: OutputForm = "con"
    stdout: TextIO = field(default_factory=lambda: sys.stdout)
    stderr: TextIO = field(default_factory=lambda: sys.stderr)
    save_to: Path | None = None
    env: Mapping[str, str] = field(default_factory=dict, repr=False)

    def result(self, result: Result) -> int:
        """Print an answer; returns the exit status.

        The warnings were shown by the reporter when they came up, so only the document repeats them.
        """
        # Saved before it is printed: if that fails, the one document on stdout must be the error.
        self._save(result.to_mapping(), result.exports)
        if self.form == "con":
            self._write(self.stdout, "".join(f"{line}\n" for line in result.lines))
        elif self.form in ("json", "yaml"):
            self._document(result.to_mapping(), result.exports)
        return result.exit_code

    def error(self, error: CMError) -> int:
        """Print a failure and what to do about it; returns the exit status."""
        mapping = error.to_mapping()
        if self.form == "con":
            from cm_core.cli.steptext import Look
            from cm_core.credentials import without_credentials

            text = Look.of(self.stderr, self.env).paint("CM error:", "failed") + f" {error.message}\n"
            text += "".join(f"{without_credentials(line)}\n" for line in error.explanation())
            text += f"hint: {error.hint}\n" if error.hint else ""
            self._write(self.stderr, text)
        elif self.form in ("json", "yaml"):
            self._document(mapping, tuple(mapping))
        self._save(mapping, tuple(mapping))
        return error.exit_code

    def trace(self, error: BaseException) -> None:
        """Print where an error comes from, for ``--debug``."""
        import traceback

        from cm_core.credentials import without_credentials

        # What a library says of an address holds all of it.
        self._write(self.stderr, without_credentials("".join(traceback.format_exception(error))))

    def text(self, text: str) -> None:
        """Print help or another text for people; a document holds it under ``text``."""
        if self.form in ("json", "yaml"):
            self._document({"return": 0, "text": text})
        else:
            self._write(self.stdout, text if text.endswith("\n") else f"{text}\n")

    def _document(self, data: Mapping[str, Any], exports: Sequence[str] = ()) -> None:
        from cm_core.cli.plain import json_text, to_shown, yaml_text

        shown = to_shown(data, exports)
        if self.form == "yaml":
            self._write(self.stdout, yaml_text(shown))
        else:
            self._write(self.stdout, json_text(shown, encoding=self.stdout.encoding or "utf-8"))

    def _save(self, data: Mapping[str, Any], exports: Sequence[str]) -> None:
        if self.save_to is not None:
            from cm_core.base.fsio import atomic_write_text
            from cm_core.cli.plain import json_text, to_shown

            atomic_write_text(self.save_to, json_text(to_shown(data, exports)))

    @staticmethod
    def _write(stream: TextIO, text: str) -> None:
        try:
            stream.write(text)
            stream.flush()
        except BrokenPipeError:
            # The reader has seen enough (cm find | head): that is its right, and no failure of ours.
            _discard(stream)
        except OSError as error:
            _discard(stream)
            if stream is not sys.stderr:
                raise AnswerLostError(f"cannot write the output: {error.strerror}") from error


def make_streams_safe() -> None:
    """Prevent a closed stream or a character that the terminal cannot show from ending a command.

    Closed ones are opened on nothing, in the order of their numbers: otherwise the next file that is opened,
    the index perhaps, would become standard output.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - for good
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


@contextlib.contextmanager
def answers_only() -> Iterator[TextIO]:
    """Keep stdout for the answer: what anything else in this process or its children writes goes to stderr.

    Yields the stream for the answer. Native tools write to file descriptor 1 themselves, so that
    descriptor is what has to point elsewhere meanwhile.
    """
    real = sys.stdout
    try:
        descriptor = real.fileno()
    except (OSError, ValueError, AttributeError):
        with contextlib.redirect_stdout(sys.stderr):
            yield real
        return
    if descriptor != _STDOUT_FD:
        with contextlib.redirect_stdout(sys.stderr):
            yield real
        return
    real.flush()
    answer_fd = os.dup(_STDOUT_FD)
    os.dup2(_STDERR_FD, _STDOUT_FD)
    answer = os.fdopen(
        answer_fd, "w", encoding=real.encoding, errors=real.errors, newline="\n" if os.name != "nt" else None
    )
    try:
        yield answer
    finally:
        with contextlib.suppress(OSError, ValueError):
            real.flush()
        with contextlib.suppress(BrokenPipeError):
            answer.flush()
        os.dup2(answer.fileno(), _STDOUT_FD)
        with contextlib.suppress(BrokenPipeError):
            answer.close()


def _discard(stream: TextIO) -> None:
    """Point the stream's descriptor at nothing, so that Python does not fail when it flushes at exit."""
    with contextlib.suppress(OSError, ValueError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, stream.fileno())
        os.close(nothing)
