"""What control flags record about a request: log, reproducibility folder, files, profile and JSON."""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from cm_cmind.contract import EXPORTS, Contract
from cm_core import is_true
from cm_core.base import Secrets

if TYPE_CHECKING:
    import cProfile

    from cm_cmind.contract import Engine

REPRO_FOLDER = "cmx-repro"
_LEVELS = ("debug", "info", "warning", "error")


class Watch:
    """Records one request as its control flags ask for.

    Args:
        folder: where the request was typed; files are relative to it.
        given: the request with ``control``.
    """

    def __init__(self, folder: Path, given: Contract) -> None:
        self._folder = folder
        self._control: Contract = given["control"]
        self._console = self._control.get("out") == "con"
        self._input = {key: value for key, value in given.items() if key != "control"}
        self._profile: cProfile.Profile | None = None

    def started(self) -> None:
        """Record the input and start to measure."""
        if is_true(self._control.get("repro")):
            (self._folder / REPRO_FOLDER).mkdir(exist_ok=True)
            control = {
                key: value
                for key, value in self._control.items()
                if key != "repro" and not key.startswith("_")
            }
            asked = {**self._input, "control": control}
            self._write(f"{REPRO_FOLDER}/cmx-input.json", asked, names=asked.keys())
        if self._control.get("profile"):
            import cProfile

            self._profile = cProfile.Profile()
            self._profile.enable()

    def finished(self, answer: Contract) -> None:
        """Record the answer and print what was asked for."""
        control = self._control
        self._print_profile()
        if is_true(control.get("repro")):
            self._write(f"{REPRO_FOLDER}/cmx-output.json", answer)
        for kind in ("json", "yaml"):
            if name := control.get(f"save_to_{kind}_file"):
                self._write(str(name), answer, form=kind)
        if self._console:
            self._print_facts(answer)
        if control.get("j"):
            from cm_core.cli import to_json_text, to_shown

            sys.stdout.write(to_json_text(to_shown(answer, EXPORTS)))

    def _print_facts(self, answer: Contract) -> None:
        if answer.get("warning"):
            sys.stderr.write(f"CMX warning: {answer['warning']}\n")
        if "self_time" in answer:
            sys.stdout.write(f"time: {answer['self_time']:.3f} s\n")
        if self._control.get("i"):
            self._print_usage()

    def _write(
        self, name: str, data: Contract, form: str = "json", names: Collection[str] | None = None
    ) -> None:
        """Write an answer, or a request, whose ``names`` say what is secret."""
        from cm_core.cli import to_json_text, to_shown, to_yaml_text

        shown = to_shown(data, EXPORTS if names is None else names)
        text = to_yaml_text(shown) if form == "yaml" else to_json_text(shown)
        (self._folder / name).write_text(text, encoding="utf-8")

    def _print_profile(self) -> None:
        if self._profile is None:
            return
        import io
        import pstats

        self._profile.disable()
        text = io.StringIO()
        pstats.Stats(self._profile, stream=text).sort_stats("cumulative").print_stats(32)
        sys.stdout.write(text.getvalue())

    @staticmethod
    def _print_usage() -> None:
        from cmind.utils import get_disk_use, get_memory_use

        memory = get_memory_use(console=True)
        if memory["return"]:
            sys.stdout.write(f"memory: {memory['error']}\n")
        get_disk_use(console=True)


@contextlib.contextmanager
def watch_request(engine: Engine, given: Contract) -> Iterator[Watch]:
    """Watch a request; the outermost one comes back to the folder in which it began."""
    import os

    folder = Path.cwd()
    watch = Watch(folder, given)
    engine.x_depth += 1
    try:
        with _logging(engine, given, folder):
            engine.cm.log(f"request: {given.get('action', '')} {given.get('automation', '')}", "info")
            engine.cm.log(f"input: {given}", "debug")
            watch.started()
            yield watch
    finally:
        engine.x_depth -= 1
        if engine.x_depth == 0 and engine.session.depth == 0:
            with contextlib.suppress(OSError):
                os.chdir(folder)


class _WithoutSecrets(logging.Formatter):
    """Lines of a log with stars for the secrets of a request."""

    def __init__(self, given: Contract) -> None:
        super().__init__("%(levelname)s:%(name)s:%(message)s")
        self._secrets = Secrets(given)

    def format(self, record: logging.LogRecord) -> str:
        return self._secrets.hidden_in(super().format(record))


@contextlib.contextmanager
def _logging(engine: Engine, given: Contract, folder: Path) -> Iterator[None]:
    control = given["control"]
    level, file, repro = control.get("log"), control.get("logfile"), is_true(control.get("repro"))
    if engine.cm.xlogger is not None or not (level or file or repro):
        yield
        return
    if repro and not file:
        (folder / REPRO_FOLDER).mkdir(exist_ok=True)
        file = f"{REPRO_FOLDER}/cmx.log"
    name = str(level) if level in _LEVELS else "debug" if file else "info"
    logger = logging.getLogger("cmx")
    handler = (
        logging.FileHandler(folder / str(file), mode="w", encoding="utf-8")
        if file
        else logging.StreamHandler()
    )
    handler.setFormatter(_WithoutSecrets(given))
    logger.addHandler(handler)
    logger.setLevel(name.upper())
    logger.propagate = False
    engine.cm.xlogger = logger
    try:
        yield
    finally:
        engine.cm.xlogger = None
        logger.removeHandler(handler)
        handler.close()
