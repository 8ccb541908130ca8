"""Makes ``cmind`` importable in this process and its children, and knows who answers its requests.

The package is found by a finder of ours at the head of ``sys.meta_path``, so that it is neither installed at
the top level nor mistaken for an original that is. Which session answers is a context variable; a thread
that a recipe started has a context of its own and gets the session that was set last.
"""

from __future__ import annotations

import contextlib
import importlib.machinery
import importlib.util
import sys
import weakref
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cm_cmind.bridge import SessionEngine
    from cm_core import Session

NAME = "cmind"
IMPORTABLE = Path(__file__).parent / "for-recipes"

_current: ContextVar[SessionEngine | None] = ContextVar("cm_cmind_engine", default=None)
_latest: list[weakref.ref[SessionEngine]] = []
_defaults: dict[str, SessionEngine] = {}


class CmindFinder:
    """Finds the package ``cmind`` in this distribution."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The spec of the package; its modules are found through its path as usual."""
        del path, target
        if name != NAME:
            return None
        folder = IMPORTABLE / NAME
        return importlib.util.spec_from_file_location(
            name, folder / "__init__.py", submodule_search_locations=[str(folder)]
        )


def install() -> None:
    """Let ``import cmind`` in this process find our package from now on.

    An installed original that was imported already stays with those who have it.
    """
    if CmindFinder not in sys.meta_path:
        sys.meta_path.insert(0, CmindFinder)
    loaded = sys.modules.get(NAME)
    if loaded is not None and getattr(loaded, "__file__", None) != str(IMPORTABLE / NAME / "__init__.py"):
        for name in [name for name in sys.modules if name == NAME or name.startswith(f"{NAME}.")]:
            del sys.modules[name]


def uninstall() -> None:
    """Undo :func:`install`, for tests and programs that want the installed original back."""
    with contextlib.suppress(ValueError):
        sys.meta_path.remove(CmindFinder)
    for name in [name for name in sys.modules if name == NAME or name.startswith(f"{NAME}.")]:
        del sys.modules[name]


def use(session: Session) -> SessionEngine:
    """Let this session answer the requests of code that runs from now on; returns its engine."""
    install()
    engine = _current.get()
    if engine is None or engine.session is not session:
        from cm_cmind.bridge import SessionEngine

        engine = SessionEngine(session)
        _current.set(engine)
    _latest[:] = [weakref.ref(engine)]
    return engine


def current_engine() -> SessionEngine:
    """The engine for the code that runs now; without a session, one of the default home."""
    engine = _current.get() or next((engine for ref in _latest if (engine := ref())), None)
    return engine or engine_for_home("")


def engine_for_home(home: str) -> SessionEngine:
    """The engine of a home, made when it is first asked for; ``""`` is that of the nearest toolkit.

    It talks to the terminal, since no session that somebody has set up does.
    """
    if home not in _defaults:
        import os

        from cm_core import Session
        from cm_core.cli import Streams, make_reporter

        install()
        from cmind._engine import HOME_VARIABLE, variable

        from cm_cmind.bridge import SessionEngine

        reporter = make_reporter(Streams(progress=sys.stderr, output=sys.stdout, env=os.environ))
        _defaults[home] = SessionEngine(Session(home or variable(HOME_VARIABLE) or None, reporter=reporter))
    return _defaults[home]


def child_variables(session: Session) -> Mapping[str, str]:
    """What the environment of a child needs so that a Python there finds the package and the toolkit."""
    return {
        "PYTHONPATH": str(IMPORTABLE),
        "CM_TOOLKIT_PYTHON": sys.executable,
        "CM_TOOLKIT_HOME": str(session.home.path),
    }
