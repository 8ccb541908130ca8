"""What all scripts of one requested run share."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cm_script.flags import PYTHON_VARIABLE
from cm_script.logs import run_folder
from cm_script.pipeline.interpreters import OWN, Interpreters
from cm_script.profile import CM, Profile
from cm_script.runtime.host import host_os_info
from cm_script.runtime.usersettings import without_user_settings

if TYPE_CHECKING:
    from cm_cache import CacheStore
    from cm_core import Session, StepInfo
    from cm_script.pipeline.outcome import StepRecord
    from cm_script.pipeline.overlay import Overlay


class RunContext:
    """The surroundings of a requested run: what its scripts may use, and what is known of them afterwards.

    Args:
        on_output: gets what the requested script prints, beside the person who watches.
        python: what ``--python`` says.

    Attributes:
        inherited: options that every dependency gets too (``verbose``, ``time`` …).
        given: env keys that came with the request, as opposed to those that scripts set.
        dry: whether nothing may run at all, not even what gives hooks their modules.
        records: the finished steps, in the order in which they ended.
        log_folder: where the output of native scripts is kept; made when there is some.
    """

    def __init__(
        self,
        session: Session,
        *,
        profile: Profile = CM,
        inherited: Mapping[str, Any] | None = None,
        given: Mapping[str, Any] | None = None,
        on_output: Callable[[str], None] | None = None,
        python: str = "",
    ) -> None:
        self.session = session
        self.profile = profile
        self.inherited = inherited or {}
        self.given = given or {}
        self.dry = False
        self.records: list[StepRecord] = []
        self.os_info = host_os_info()
        self.log_folder = run_folder(session.home.logs_dir)
        self._on_output = on_output
        self._python = python

    @cached_property
    def interpreters(self) -> Interpreters:
        """Which Pythons recipes of others get."""
        return Interpreters(
            self.session, lambda: self.store, self.profile, asked=self._python, wished=self.given
        )

    @cached_property
    def store(self) -> CacheStore:
        """The cache; many runs never need it."""
        from cm_cache import CacheStore

        return CacheStore(self.session)

    @cached_property
    def process_env(self) -> Mapping[str, str]:
        """The environment of native scripts; a ``cm`` that one of them starts works in the same home."""
        env = {**self.session.env, **self.recipe_env, "CM_REPOS": str(self.session.home.path)}
        if self.interpreters.mode == OWN:
            env[PYTHON_VARIABLE] = OWN
        # That of the hook that made this request; scripts may start pip of another Python.
        if env.get("PIP_PYTHON", "").startswith(str(self.session.home.path)):
            del env["PIP_PYTHON"]
        return env

    def env_with(self, overlay: Overlay) -> Mapping[str, str]:
        """That of native scripts that get this Python."""
        env = overlay.variables(self.session.env)
        return {**env, **self._added_to(env), "CM_REPOS": str(self.session.home.path)}

    @cached_property
    def managed_env(self) -> Mapping[str, str]:
        """That of native scripts in an environment of the cache."""
        env = without_user_settings(self.session.env)
        return {**env, **self._added_to(env), "CM_REPOS": str(self.session.home.path)}

    @cached_property
    def recipe_env(self) -> Mapping[str, str]:
        """What plugins add to the environment of recipes; asking for it makes ready what recipes import."""
        return self._added_to(self.session.env)

    @cached_property
    def _additions(self) -> Sequence[Mapping[str, str]]:
        return tuple(self.session.hooks.answers("cm_prepare_recipes", Mapping, session=self.session))

    def _added_to(self, env: Mapping[str, str]) -> Mapping[str, str]:
        added: dict[str, str] = {}
        for additions in self._additions:
            for name, value in additions.items():
                present = added.get(name) or env.get(name, "")
                added[str(name)] = os.pathsep.join(filter(None, (str(value), present)))
        return added

    def output(self, step: StepInfo, text: str, *, verbose: bool) -> None:
        """Show what a script printed; with ``verbose`` that of a dependency, too."""
        if self._on_output is not None and step.depth == 0:
            self._on_output(text)
        self.session.reporter.output(None if verbose else step, text)
