"""Who answers the requests of this package: the toolkit in this process, or one that is started for it.

A process of the toolkit tells its children by environment variables:

``CM_TOOLKIT_PYTHON``  the Python that has the toolkit
``CM_TOOLKIT_HOME``    the home of the session

When several toolkits started one another, the first of the paths in a variable is that of the nearest.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any, Protocol

from cmind._types import Contract

PYTHON_VARIABLE = "CM_TOOLKIT_PYTHON"
HOME_VARIABLE = "CM_TOOLKIT_HOME"


_RUNNING = ("run", "prepare")


class Engine(Protocol):
    """What :class:`cmind.core.CM` needs of whoever answers."""

    @property
    def cm(self) -> Any:
        """The one :class:`cmind.core.CM` of this engine."""

    def access(self, request: Any, out: str | None = None) -> Contract:
        """Answer a request of the classic interface."""

    def x(self, request: Any, out: str | None = None) -> Contract:
        """Answer a request of the interface with ``control``."""

    def home(self) -> str:
        """The folder of the home."""

    def repositories(self) -> list[Any]:
        """The registered repositories as :class:`cmind.repo.Repo`."""


def current() -> Engine:
    """The engine for the code that runs now.

    That is the one of the session that runs a recipe or automation in this process; without one, the default
    session of the toolkit, else a process that is started for each request.
    """
    try:
        from cm_cmind import provide
    except ImportError:
        return _remote()
    engine: Engine = provide.current_engine()
    return engine


def for_home(repos_path: str) -> Engine:
    """An engine of its own for a home."""
    try:
        from cm_cmind import provide
    except ImportError:
        return RemoteEngine(home=repos_path)
    engine: Engine = provide.engine_for_home(repos_path)
    return engine


def variable(name: str) -> str:
    """The value that the nearest toolkit gave a variable, or ``""``."""
    return os.environ.get(name, "").split(os.pathsep)[0]


def hand_back(request: Contract, answer: Contract) -> None:
    """Put what a script exports into the dictionaries ``env`` and ``state`` that it was given."""
    for key in ("env", "state"):
        given, left = request.get(key), answer.get(key)
        if isinstance(given, dict) and isinstance(left, dict):
            fresh = dict(left)
            given.clear()
            given.update(fresh)
            answer[key] = given


_remotes: dict[str, RemoteEngine] = {}


def _remote() -> Engine:
    home = variable(HOME_VARIABLE)
    if home not in _remotes:
        _remotes[home] = RemoteEngine(home=home)
    return _remotes[home]


class RemoteEngine:
    """Lets the Python that has the toolkit answer; its input and output are those of this process.

    Args:
        home: the home to use; by default the toolkit chooses.
    """

    def __init__(self, home: str = "") -> None:
        self._home = home
        self._cm: Any = None

    @property
    def cm(self) -> Any:
        """The one :class:`cmind.core.CM` of this engine."""
        if self._cm is None:
            from cmind.core import CM

            self._cm = CM(engine=self)
        return self._cm

    def access(self, request: Any, out: str | None = None) -> Contract:
        """Answer a request of the classic interface."""
        answer = self._ask("access", request, out)
        if isinstance(request, dict) and answer["return"] == 0 and request.get("action") in _RUNNING:
            hand_back(request, answer)
        return answer

    def x(self, request: Any, out: str | None = None) -> Contract:
        """Answer a request of the interface with ``control``."""
        return self._ask("x", request, out)

    def home(self) -> str:
        """The folder of the home."""
        return self._home or os.environ.get("CM_REPOS", "")

    def repositories(self) -> list[Any]:
        """The registered repositories."""
        return list(self.access({"action": "find", "automation": "repo"}).get("list") or ())

    def _ask(self, method: str, request: Any, out: str | None) -> Contract:
        import subprocess
        import tempfile

        python = variable(PYTHON_VARIABLE)
        if not python:
            said = "this Python has no CM toolkit; install cm-plugin-cmind, or run the program from a recipe"
            return {"return": 1, "error": said}
        with tempfile.TemporaryDirectory(prefix="cm-request-") as folder:
            question, answer = (os.path.join(folder, name) for name in ("request.json", "answer.json"))
            with open(question, "w", encoding="utf-8") as stream:
                json.dump({"method": method, "request": request, "out": out, "home": self._home}, stream)
            sys.stdout.flush()
            sys.stderr.flush()
            # -E: what PYTHONPATH holds is meant for this Python, which may be of another version.
            words = [python, "-E", "-m", "cm_cmind.remote", question, answer]
            status = subprocess.run(words, check=False).returncode
            try:
                with open(answer, encoding="utf-8") as stream:
                    return dict(self._revived(json.load(stream)))
            except (OSError, ValueError):
                return {"return": 1, "error": f"the CM toolkit of {python} ended with status {status}"}

    def _revived(self, value: Any) -> Any:
        """Artifacts and repositories as objects again."""
        if isinstance(value, list):
            return [self._revived(item) for item in value]
        if isinstance(value, dict) and value.get("cm_object") == "artifact":
            from cmind.artifact import Artifact

            return Artifact.from_facts(self.cm, value)
        if isinstance(value, dict) and value.get("cm_object") == "repo":
            from cmind.repo import Repo

            return Repo.from_facts(self.cm.cfg, value)
        if isinstance(value, dict):
            return {key: self._revived(item) for key, item in value.items()}
        return value
