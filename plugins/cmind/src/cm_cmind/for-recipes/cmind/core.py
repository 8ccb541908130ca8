"""``CM``: the object through which code written for ``cmind`` asks for everything."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NoReturn

from cmind import _engine
from cmind._types import Contract
from cmind._version import __version__
from cmind.config import default_settings

if TYPE_CHECKING:
    import logging


_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}


class CM:
    """Answers requests in the dictionary convention: ``return`` is 0, or a code with ``error``.

    Args:
        repos_path: a home of its own; by default that of the session that runs this code.
        debug: raise an exception where :meth:`error` would report one.
        engine: who answers.
    """

    def __init__(
        self, repos_path: str = "", debug: bool = False, *, engine: _engine.Engine | None = None
    ) -> None:
        if engine is None:
            engine = _engine.for_home(repos_path) if repos_path else _engine.current()
        self._engine = engine
        self.debug = debug
        self.cfg = default_settings()
        self.state: Contract = {}
        self.xlogger: logging.Logger | None = None
        self.use_index = True
        self.output: Any = None
        self.python_version = list(sys.version_info)

    def __deepcopy__(self, memo: object) -> CM:
        # Programs copy dictionaries in which it is; there is one toolkit.
        return self

    @property
    def logger(self) -> logging.Logger:
        """Where recipes log."""
        import logging

        return logging.getLogger("cm.recipe")

    @property
    def repos_path(self) -> str:
        """The folder of the home."""
        return self._engine.home()

    @property
    def path_to_cmind(self) -> str:
        """The folder of this package."""
        from pathlib import Path

        return str(Path(__file__).parent)

    @property
    def repos(self) -> Any:
        """The registered repositories as ``lst``."""
        from cmind.repos import Repos

        return Repos(self.repos_path, self._engine.repositories())

    @property
    def index(self) -> Any:
        """Kept for code that tells the index about changes; the toolkit notices them itself."""
        from cmind.index import Index

        return Index(cfg=self.cfg)

    def access(self, i: Any, out: str | None = None) -> Contract:
        """Answer a request: a dictionary, a command line or its words.

        ``out`` (or the key ``out``) ``con`` prints the answer for a person.
        """
        if not i or (isinstance(i, dict) and not i.get("action")):
            return {"return": 0, "warning": "no action specified"}
        return self._raised(self._engine.access(i, out))

    def x(self, i: Any, out: str | None = None) -> Contract:
        """Answer a request whose flags for the toolkit are in ``control``."""
        return self._raised(self._engine.x(i, out))

    def error(self, r: Contract) -> Contract:
        """Report a failure on standard error; returns it."""
        if r.get("return", 0) > 0:
            self._raised(r)
            sys.stderr.write(f"\nCM error: {r.get('error', '')}!\n")
        return r

    def errorx(self, r: Contract) -> Contract:
        """As :meth:`error`, with the place that :meth:`prepare_error` noted."""
        if r.get("return", 0) > 0:
            self._raised(r)
            place = (
                f" while running {r['module_path']} ({r.get('lineno', 0)})" if r.get("module_path") else ""
            )
            sys.stderr.write(f"\nCMX error{place}: {r.get('error', '')}\n")
        return r

    def halt(self, r: Contract) -> NoReturn:
        """Report a failure, if it is one, and end the process with its code."""
        self.error(r)
        sys.exit(r.get("return", 0))

    def prepare_error(self, returncode: int, error: str) -> Contract:
        """A failure with the file and line of the caller: ``module_path``, ``lineno``."""
        return {"return": returncode, "error": error, **_caller()}

    def embed_error(self, r: Contract) -> Contract:
        """A failure that is handed on, with the file and line of the caller."""
        r.update(_caller())
        return r

    def log(self, s: str, t: str = "info") -> None:
        """Log, when the command line asked for it (``-log``)."""
        if self.xlogger is not None:
            self.xlogger.log(_LEVELS.get(t, _LEVELS["info"]), s)

    def _raised(self, r: Contract) -> Contract:
        if self.debug and r.get("return", 0) > 0:
            raise RuntimeError(r.get("error", ""))
        return r


def _caller() -> Contract:
    frame = sys._getframe(2)  # noqa: SLF001 - the standard library has no public way
    return {"module_path": frame.f_code.co_filename, "lineno": frame.f_lineno}


def access(i: Any, out: str | None = None) -> Contract:
    """Answer a request; see :meth:`CM.access`."""
    return _current().access(i, out)


def x(i: Any, out: str | None = None) -> Contract:
    """Answer a request; see :meth:`CM.x`."""
    return _current().x(i, out)


def error(i: Contract) -> Contract:
    """Report a failure; see :meth:`CM.error`."""
    return _current().error(i)


def errorx(i: Contract) -> Contract:
    """Report a failure; see :meth:`CM.errorx`."""
    return _current().errorx(i)


def halt(i: Contract) -> NoReturn:
    """Report a failure and end the process; see :meth:`CM.halt`."""
    _current().halt(i)


def get_version() -> str:
    """The version of the interface."""
    return __version__


def _current() -> CM:
    cm: CM = _engine.current().cm
    return cm
