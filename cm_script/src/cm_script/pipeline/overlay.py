"""Environments that lie over the Pythons of a user, one for each: recipes of others install into them.

They are entries of the cache. They see what the Python below has (:mod:`cm_script.runtime.overlaymaker`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from cm_core import RepositoryKind, frozen
from cm_core.base import run_command
from cm_script.runtime.usersettings import pip_variables, without_user_settings

if TYPE_CHECKING:
    from cm_cache import CacheEntry, CacheQuery, CacheStore
    from cm_core import Session
    from cm_script.profile import Profile

# That of the recipe which makes virtual environments; entries belong to a script.
_SCRIPT = "ce901a29775b460e"
_TAGS = ("install", "python", "venv", "python-venv", "for-recipes", f"script-artifact-{_SCRIPT}")
_FOLDER = "python-for-recipes"
_WINDOWS = os.name == "nt"
_MAKING_TIMEOUT_S = 300.0


@frozen
class Overlay:
    """An environment.

    Attributes:
        folder: the environment.
        name: of its program, as recipes call the one below: ``python3``, ``python3.11``.
    """

    folder: Path
    name: str

    @property
    def programs(self) -> Path:
        """The folder of ``python3`` and ``pip``."""
        return self.folder / ("Scripts" if _WINDOWS else "bin")

    @property
    def python(self) -> str:
        """Its interpreter."""
        path = self.programs / self.name
        return str(path if path.exists() else path.with_name("python.exe" if _WINDOWS else "python3"))

    def keys(self, profile: Profile) -> dict[str, str]:
        """What a recipe that looks for Python exports, for this one."""
        folder, name = os.path.split(self.python)
        values = {"PYTHON_BIN": name, "PYTHON_BIN_PATH": folder, "PYTHON_BIN_WITH_PATH": self.python}
        return {profile.env(key): value for key, value in values.items()}

    def hook_variables(self, env: Mapping[str, str]) -> dict[str, str]:
        """What lets a hook install here, whatever Python it starts pip with."""
        # Python's own variables are those of the process that runs the hook.
        added = {"PIP_PYTHON": self.python, "PYTHONUSERBASE": str(self.folder)}
        return {**pip_variables(env), **added}

    def variables(self, env: Mapping[str, str]) -> dict[str, str]:
        """The environment of programs to which ``python3`` and ``pip`` are those of this environment."""
        variables = without_user_settings(env)
        variables["PATH"] = os.pathsep.join(filter(None, (str(self.programs), variables.get("PATH"))))
        variables["VIRTUAL_ENV"] = str(self.folder)
        # `pip install --user` installs here, too.
        variables["PYTHONUSERBASE"] = str(self.folder)
        return variables


def overlay_with(python: str, session: Session) -> Overlay | None:
    """The environment whose interpreter this is, in the cache of the home or of a shared one."""
    programs, name = os.path.split(python)
    folder = Path(programs).parent
    if folder.name != _FOLDER or not _is_in_cache(folder.parent, session):
        return None
    return Overlay(folder=folder, name=name)


def _is_in_cache(folder: Path, session: Session) -> bool:
    repo = session.repos.containing(folder)
    if repo is None or not (repo.kind is RepositoryKind.LOCAL or repo.home):
        return False
    return folder.resolve().parent == (repo.root / "cache").resolve()


def overlay_over(base: str, store: CacheStore, session: Session) -> Overlay:
    """The environment over an interpreter; made when it is needed for the first time.

    A base that was upgraded gets another one.

    Raises:
        CMError: when it cannot be made.
    """
    import hashlib

    from cm_cache import CachedState, CacheKey, CacheQuery

    name = os.path.basename(base)  # noqa: PTH119 - recipes exchange paths as text
    # The path is no tag: it may have commas.
    place = f"over-{hashlib.sha256(os.fsencode(base)).hexdigest()[:12]}"
    key = CacheKey(script_uid=_SCRIPT, script_alias="install-python-venv", extra_tags=("for-recipes", place))
    query = CacheQuery(key=key)
    entry = _usable(store, query)
    if entry is None:
        waiting = "waiting for another process that makes the Python for recipes"
        with store.building(key, tags=_TAGS, wait_message=waiting) as slot:
            entry = _usable(store, query)
            if entry is None:
                overlay = Overlay(folder=slot.path / _FOLDER, name=name)
                _make(base, overlay, session)
                tags = (*_TAGS, *key.extra_tags)
                entry = slot.publish(CachedState(), tags=tags, dependent_path=base)
    return Overlay(folder=entry.path / _FOLDER, name=name)


def _usable(store: CacheStore, query: CacheQuery) -> CacheEntry | None:
    """One's own entry for the base as it is now; a shared home is only read."""
    for match in store.matches(query):
        if not match.changed and not match.entry.home and (match.entry.path / _FOLDER).is_dir():
            return match.entry
    return None


def _make(base: str, overlay: Overlay, session: Session) -> None:
    maker = Path(__file__).parents[1] / "runtime" / "overlaymaker.py"
    run_command(
        # As text: what lies beside the file must not take the place of modules of that Python.
        [base, "-c", maker.read_text(encoding="utf-8"), overlay.folder],
        cwd=overlay.folder.parent,
        env=without_user_settings(session.env),
        timeout_s=_MAKING_TIMEOUT_S,
    )
    session.reporter.message(
        f"Python packages of recipes go into {overlay.folder}, over {base}; --python=own uses yours"
    )
