"""Which Python the recipes of others get.

They install into the Python that they find, and remove from it: the user's own, perhaps the one that runs
``cm``. So where they would get that one, they get an environment over it (:mod:`cm_script.pipeline.overlay`).
What somebody asked for stays: a path, a named environment, one that is activated.
"""

# Recipes exchange paths as text, hence os.path.
# ruff: noqa: PTH110, PTH118, PTH119, PTH120

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core import CMError, RepositoryKind, UsageError, replace
from cm_script.flags import PYTHON_VARIABLE
from cm_script.runtime.imports import Imports
from cm_script.runtime.nativefile import runs_python

if TYPE_CHECKING:
    from cm_cache import CacheEntry, CacheStore
    from cm_core import Artifact, Session
    from cm_script.env.values import Env
    from cm_script.model.resolved import ResolvedScript
    from cm_script.pipeline.outcome import Outcome
    from cm_script.pipeline.overlay import Overlay
    from cm_script.profile import Profile

MANAGED, OWN = "managed", "own"
# On entries that were made with such an environment.
MANAGED_TAG = "python-managed"


# The one whose recipes run now, for requests of hooks.
_running: ContextVar[Interpreters | None] = ContextVar("cm_script_interpreters", default=None)


def _mode(asked: str, env: Mapping[str, str]) -> str:
    """What ``--python`` says, or else the environment.

    A recipe may have an input of this name; :mod:`cm_script.undeclared` refuses what is neither's.

    Raises:
        UsageError: when the variable says something else.
    """
    if asked in (MANAGED, OWN):
        return asked
    said = env.get(PYTHON_VARIABLE) or MANAGED
    if said not in (MANAGED, OWN):
        raise UsageError(f"{PYTHON_VARIABLE} is neither {MANAGED} nor {OWN}: '{said}'")
    return said


def is_of_others(artifact: Artifact) -> bool:
    """Whether a recipe did not come with an installed distribution."""
    return artifact.repo.kind is not RepositoryKind.SHIPPED


def _real_folder(python: str) -> str:
    return os.path.realpath(os.path.dirname(python))


def _identity(python: str) -> str:
    """What two names of one Python have in common: its file, or the folder of a virtual environment."""
    folder = _real_folder(python)
    if os.path.exists(os.path.join(os.path.dirname(folder), "pyvenv.cfg")):
        return folder
    return os.path.realpath(python)


class Interpreters:
    """The Pythons of one requested run.

    Attributes:
        mode: managed or own.
        wished: paths that somebody asked for.
        imports: what hooks can import until the outermost run ends.
    """

    def __init__(
        self,
        session: Session,
        store: Callable[[], CacheStore],
        profile: Profile,
        *,
        asked: str = "",
        wished: Mapping[str, Any],
    ) -> None:
        outer = _running.get()
        self.mode: str = outer.mode if outer and not asked else _mode(asked, session.env)
        self._session, self._store, self._profile = session, store, profile
        self._key = profile.env("PYTHON_BIN_WITH_PATH")
        self.wished: set[str] = {str(wished.get(self._key) or ""), *(outer.wished if outer else ())}
        self._overlays: dict[str, Overlay | None] = {}
        self.imports: Imports = outer.imports if outer else Imports()

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """While the block runs, what its hooks request goes by the same rules."""
        # What these install, the one that asked can import until it ends.
        outermost, token = _running.get() is None, _running.set(self)
        try:
            with self.imports.bound() if outermost else nullcontext():
                yield
        finally:
            _running.reset(token)

    def may_use(self, entry: CacheEntry) -> bool:
        """Whether an entry is of use: what lies in an environment over it, the user's own Python lacks."""
        return self.mode != OWN or MANAGED_TAG not in entry.tags

    def handed_over(self, resolved: ResolvedScript, outcome: Outcome, *, to: Artifact) -> Outcome:
        """What a script exports, with another Python where it goes to a recipe of somebody else.

        The cache has what was found, so the same entries serve both ways.

        Args:
            to: the recipe that gets it; the script itself where a person asked for it.
        """
        found = str(outcome.new_env.get(self._key) or "")
        if not found or self.mode == OWN or resolved.fake_run:
            return outcome
        self._note_wishes(resolved, found)
        overlay = self._instead_of(found) if is_of_others(to) else None
        if overlay is None:
            return outcome
        changes = self.named_in(outcome.new_env, overlay)
        return replace(outcome, env=outcome.env.with_(changes), new_env=outcome.new_env.with_(changes))

    def of_step(
        self, artifact: Artifact, resolved: ResolvedScript, env: Env, *, exports: Sequence[str]
    ) -> Overlay | None:
        """The environment in which hooks and native scripts of a recipe run, if it is one of ours.

        Hooks can import from it, and from others of this run.

        Args:
            env: what the recipe has by now.
            exports: its ``new_env_keys``; one that looks for Python itself sees all that there are.
        """
        if self.mode == OWN or resolved.fake_run or not is_of_others(artifact):
            return None
        overlay = self._of_step(artifact, resolved, env, exports)
        if overlay is not None:
            self._let_import_from(overlay)
        return overlay

    def _of_step(
        self, artifact: Artifact, resolved: ResolvedScript, env: Env, exports: Sequence[str]
    ) -> Overlay | None:
        found = str(env.get(self._key) or "")
        if found:
            from cm_script.pipeline.overlay import overlay_with

            if (overlay := overlay_with(found, self._session)) is not None:
                return overlay
        if any(fnmatchcase(self._key, key) for key in exports):
            return None
        if found:
            self._note_wishes(resolved, "")
            return self._instead_of(found)
        return self._instead_of(self._default) if runs_python(artifact.path) else None

    def named_in(self, env: Env, overlay: Overlay) -> dict[str, str]:
        """The keys of an env that name a Python, with this one."""
        if not env.get(self._key):
            return {}
        return {key: value for key, value in overlay.keys(self._profile).items() if key in env}

    @cached_property
    def _default(self) -> str:
        """What recipes find in the search path."""
        from cm_core.base import find_program

        name = "python.exe" if os.name == "nt" else "python3"
        return str(find_program(name, self._session.env) or "")

    def _note_wishes(self, resolved: ResolvedScript, found: str) -> None:
        """Remember a Python that somebody asked for by its path."""
        call, before = resolved.call, str(resolved.env.get(self._key) or "")
        self.wished.add(str(call.explicit_env.get(self._key) or call.explicit_const.get(self._key) or ""))
        if before != str(call.env.get(self._key) or ""):
            self.wished.add(before)  # a variation says so
        if any(resolved.env.get(self._profile.env(name)) for name in ("TMP_PATH", "INPUT")):
            self.wished.add(found)

    def _instead_of(self, found: str) -> Overlay | None:
        """The environment over a Python, where one is needed."""
        if not found or _identity(found) in map(_identity, filter(None, self.wished)):
            return None
        if not self._is_own(found):
            return None
        if found not in self._overlays:
            self._overlays[found] = self._over(found)
        return self._overlays[found]

    def _over(self, found: str) -> Overlay | None:
        from cm_script.pipeline.overlay import overlay_over

        try:
            overlay = overlay_over(found, self._store(), self._session)
        except CMError as error:
            self._session.warn(f"recipes use {found} itself: {error}")
            return None
        self._let_import_from(overlay)
        return overlay

    def _let_import_from(self, overlay: Overlay) -> None:
        version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
        library = overlay.folder / ("Lib" if os.name == "nt" else f"lib/{version}") / "site-packages"
        if library.is_dir():
            self.imports.add(str(library))

    def _is_own(self, found: str) -> bool:
        """Whether it is a Python of the user in which recipes have no business.

        That is what a search of ``PATH`` gives, also where a recipe has followed its link; all else was asked
        for, or made for this purpose: what a recipe built, an environment in the cache, one that the user has
        activated for their work. The one that runs ``cm`` is no such environment, activated or not.
        """
        env, folder = self._session.env, Path(_real_folder(found))
        if not self._is_in_search_path(found) or folder.is_relative_to(
            os.path.realpath(self._session.home.path)
        ):
            return False
        conda = env.get("CONDA_PREFIX") if env.get("CONDA_DEFAULT_ENV") != "base" else None
        activated = {os.path.realpath(place) for place in (env.get("VIRTUAL_ENV"), conda) if place}
        return not any(map(folder.is_relative_to, activated - {os.path.realpath(sys.prefix)}))

    def _is_in_search_path(self, found: str) -> bool:
        places = [place for place in self._session.env.get("PATH", "").split(os.pathsep) if place]
        if _real_folder(found) in map(os.path.realpath, places):
            return True
        # As long as it is no environment, which is its folder: a link to this file is this Python, too.
        names, itself = {os.path.basename(found), "python3", "python"}, _identity(found)
        return any(
            os.path.realpath(os.path.join(place, name)) == itself for place in places for name in names
        )
