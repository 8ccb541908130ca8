"""One run of ``cm``: its words, streams, session and renderer, handed to every command."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from cm_core.cli.render import (
    AnswerLostError,
    OutputForm,
    Renderer,
    answers_only,
    guess_output_form,
    output_form,
)
from cm_core.errors import CMError, Interrupted, Terminated

if TYPE_CHECKING:
    import click

    from cm_core.cli.catalog import Catalog
    from cm_core.cli.progress import LineReporter, Streams
    from cm_core.flags import Flag
    from cm_core.model.request import Request
    from cm_core.model.result import Result
    from cm_core.plugins.registry import PluginRegistry
    from cm_core.session import Session


class Console:
    """Knows how this run talks to its user.

    Args:
        words: the whole command line, for guesses while it cannot be read properly.
        env: the environment of the process.
    """

    def __init__(self, words: Sequence[str], env: Mapping[str, str]) -> None:
        self.words = tuple(words)
        self.env = env
        self.debug = _wants_debug(words)
        self.renderer = Renderer(form=guess_output_form(words), env=env)
        self._open = contextlib.ExitStack()

    @cached_property
    def cwd(self) -> Path:
        """The folder where the command was typed.

        Raises:
            CMError: when somebody removed it meanwhile.
        """
        try:
            return Path.cwd()
        except FileNotFoundError as error:
            raise CMError("the current folder no longer exists", hint="cd to another one") from error

    @cached_property
    def session(self) -> Session:
        """The session of this run."""
        from cm_core.session import Session

        session = Session(env=self.env, cwd=self.cwd, reporter=self.reporter(silent=False, debug=self.debug))
        session.plugins = self.registry
        self._open.callback(session.close)
        # Not this reporter: a call has one that knows its flags.
        self._open.callback(lambda: session.reporter.close())  # noqa: PLW0108
        return session

    @cached_property
    def registry(self) -> PluginRegistry:
        """The plugins, loaded once; help and the like need no session for them."""
        from cm_core.home import Home
        from cm_core.plugins.registry import PluginRegistry

        with answers_only():  # plugins may start programs that print
            registry = PluginRegistry.load(self.env, Home.resolve(self.env).path)
        for warning in registry.warnings:
            self._warn(warning)
        registry.told.append(self._warn)
        return registry

    def _warn(self, text: str) -> None:
        self.reporter(silent=False, debug=False).message(text, "warning")

    @cached_property
    def catalog(self) -> Catalog:
        """What can be typed."""
        from cm_core.cli.catalog import Catalog

        return Catalog(self.registry)

    @cached_property
    def commands(self) -> Mapping[str, click.Command]:
        """The commands that are no actions, by name."""
        from cm_core.cli.plugincommands import all_commands

        return all_commands(self.catalog, self._warn)

    def flags_of(self, action: str, automation: str) -> Mapping[str, Flag]:
        """The flags that are declared for a verb, by each of their names."""
        if automation == ".":
            return self.session.declared_flags(action, automation)
        from cm_core.plugins.declared import flags_by_key

        return flags_by_key(self.registry, action, automation)

    def reporter(self, *, silent: bool, debug: bool) -> LineReporter:
        """Who tells the user about progress; native output joins stdout only while that is for people."""
        from cm_core.cli.progress import Streams

        form = self.renderer.form
        return make_reporter(
            Streams(
                progress=sys.stderr,
                output=sys.stdout if form == "con" else sys.stderr,
                silent=silent or form == "none",
                debug=debug,
                env=self.env,
            )
        )

    def adopt(self, request: Request) -> None:
        """Answer in the form that a request asks for.

        Raises:
            UsageError: when there is no such form, or ``--save_to_json`` names no file.
        """
        from cm_core.flags import Answered, read_flags

        form = output_form(request.options)
        name = read_flags(Answered, request).save_to_json
        save_to = None
        if name:
            from cm_core.base.fsio import user_path

            save_to = self.cwd / user_path(name)
        self.use(form, save_to=save_to)

    def use(self, form: OutputForm, *, save_to: Path | None = None) -> None:
        """Answer in this form; a document gets stdout for itself."""
        stdout = self._stdout_alone() if form in ("json", "yaml") else sys.stdout
        self.renderer = Renderer(form=form, stdout=stdout, save_to=save_to, env=self.env)

    def use_text_alone(self) -> None:
        """Answer with a text that programs read; it gets stdout for itself."""
        self.renderer = Renderer(stdout=self._stdout_alone(), env=self.env)

    def _stdout_alone(self) -> TextIO:
        return self._open.enter_context(answers_only())

    def show(self, result: Result) -> int:
        """Print an answer; returns the exit status."""
        return self.renderer.result(result)

    def run(self, work: Callable[[Console], int]) -> int:
        """Do the work and return the exit status; whatever goes wrong becomes one sentence."""
        with self._open:
            try:
                return self._run_guarded(work)
            except KeyboardInterrupt as again:
                # Pressed again while the first one was being reported.
                return _as_failure(again, ()).exit_code

    def fail(self, error: BaseException) -> int:
        """Report a failure; returns the exit status."""
        if self.debug:
            self.renderer.trace(error)
        failure = self._on_full_disk(error) or _as_failure(error, self.words, self._culprit(error))
        if isinstance(failure, AnswerLostError):
            self.renderer = Renderer(form="con", env=self.env)
        try:
            return self.renderer.error(failure)
        except CMError as second:
            # Neither a file of --save_to_json nor a stdout that cannot be written may hide the first error.
            plain = Renderer(form="con", env=self.env)
            if isinstance(second, AnswerLostError):
                plain.error(failure)
            if str(second) != str(failure):
                plain.error(second)
            return failure.exit_code

    def _culprit(self, error: BaseException) -> str:
        """The distribution of the plugin in whose code an error came up; ``""`` when it is in none."""
        if "registry" not in vars(self):
            return ""
        from cm_core.plugins.calling import culprit

        info = culprit(self.registry, error.__traceback__)
        return info.distribution if info else ""

    def _on_full_disk(self, error: BaseException) -> CMError | None:
        """The failure that a full disk caused, with what frees space here; ``None`` for all others."""
        full = _full_disk(error)
        if full is None:
            return None
        if not (isinstance(error, CMError) and str(full.strerror) in str(error)):
            place = f" {full.filename}" if full.filename else ""
            error = CMError(f"cannot write{place}: {full.strerror}")
        if "registry" in vars(self):  # else this is about the plugins themselves, perhaps
            error.hint = self.registry.full_disk_hint()
        return error

    def _run_guarded(self, work: Callable[[Console], int]) -> int:
        try:
            return work(self)
        except BrokenPipeError:
            return 0
        except (Exception, KeyboardInterrupt, SystemExit) as error:  # noqa: BLE001 - reported by fail()
            import click

            if isinstance(error, click.exceptions.Exit):
                return error.exit_code
            if type(error).__name__ == "NoArgsIsHelpError":
                # A group of a plugin without its command: the message is the help page (Click 8.2 and newer).
                self.renderer.text(str(error))
                return 0
            return self.fail(error)


def make_reporter(streams: Streams) -> LineReporter:
    """The reporter that suits these streams."""
    from cm_core.cli.progress import LineReporter
    from cm_core.interaction import is_terminal

    lively = is_terminal(streams.progress) and streams.env.get("TERM", "") not in ("", "dumb")
    if not lively or streams.silent:
        return LineReporter(streams)
    from cm_core.cli.livetree import TreeReporter

    return TreeReporter(streams)


def _as_failure(error: BaseException, words: Sequence[str], culprit: str = "") -> CMError:
    import click

    from cm_core.errors import UsageError

    if isinstance(error, CMError):
        return error
    if isinstance(error, UnicodeEncodeError):
        from cm_core.plugins.calling import not_text

        return not_text(error)
    if isinstance(error, KeyboardInterrupt | click.Abort):
        terminated = isinstance(error, Terminated)
        return Interrupted(
            "terminated" if terminated else "interrupted",
            exit_code=Terminated.exit_code if terminated else None,
        )
    if isinstance(error, click.ClickException):
        message = " ".join(error.format_message().split()).rstrip(".")
        command = getattr(getattr(error, "ctx", None), "command_path", "cm")
        return UsageError(f"{message[:1].lower()}{message[1:]}", hint=f"see: {command} --help")
    if isinstance(error, SystemExit):
        return CMError(f"something called exit({error.code!r}) before the command was finished")
    shown = " ".join(str(error).split())
    return CMError(
        f"internal error: {type(error).__name__}{': ' if shown else ''}{shown}",
        hint=_debug_hint(words, f" of {culprit}" if culprit else ""),
    )


def _full_disk(error: BaseException | None) -> OSError | None:
    """The error that a full disk or quota caused, if one is behind this error."""
    from cm_core.base.fsio import FULL_DISK

    while error is not None and not isinstance(error, AnswerLostError):
        if isinstance(error, OSError) and error.errno in FULL_DISK:
            return error
        error = error.__cause__
    return None


def _debug_hint(words: Sequence[str], whose: str) -> str:
    import shlex

    if _wants_debug(words):
        return f"this is a bug{whose}, please report it with the lines above"
    typed = list(words)
    end = typed.index("--") if "--" in typed else len(typed)
    command = " ".join(shlex.quote(word) for word in [*typed[:end], "--debug", *typed[end:]])
    return f"this is a bug{whose}, please report it; to see where: cm {command}"


def _wants_debug(words: Sequence[str]) -> bool:
    typed = words[: words.index("--")] if "--" in words else words
    return any(word in ("--debug", "-debug", "--debug=yes", "--debug=true") for word in typed)


def environment() -> Mapping[str, str]:
    """The environment of this process: the only place where the command line looks at it."""
    return os.environ
