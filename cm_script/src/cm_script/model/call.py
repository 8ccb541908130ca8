"""One requested run of one script: everything that a user or a parent hands to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from cm_script.model.variation import ScriptTags
from cm_script.profile import Profile

EMPTY: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class HostContext:
    """What a run sees of the machine.

    Attributes:
        cwd: current directory of the run.
        environ: variables of the process.
        os_env: keys that the host's facts add to every env (``CM_WINDOWS``).
    """

    cwd: str = ""
    environ: Mapping[str, str] = EMPTY
    os_env: Mapping[str, Any] = EMPTY


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptCall:
    """One call. Nothing in it is changed by a run.

    Attributes:
        tags: tags and variations, with those of a second positional word.
        artifact: name of the script when it was given, else ``""``.
        options: every option; each is an input that ``input_mapping`` of the metadata may name.
        env, state, const, const_state: what the caller has; a run starts from copies. ``env`` and ``state``
            are also what it returns to, with its exports merged.
        local_env, local_state, local_const, local_const_state: keys of a dependency entry; they are merged
            over the former and vanish at the end.
        ad: updates for direct dependencies, name -> entry keys.
        adr: the same for direct and indirect ones.
        version, version_min, version_max, version_max_usable: as given in the options, ``""`` when not.
        nested: whether a parent runs it.
        host: the machine.
    """

    tags: ScriptTags = field(default_factory=ScriptTags)
    artifact: str = ""
    options: Mapping[str, Any] = EMPTY
    env: Mapping[str, Any] = EMPTY
    state: Mapping[str, Any] = EMPTY
    const: Mapping[str, Any] = EMPTY
    const_state: Mapping[str, Any] = EMPTY
    local_env: Mapping[str, Any] = EMPTY
    local_state: Mapping[str, Any] = EMPTY
    local_const: Mapping[str, Any] = EMPTY
    local_const_state: Mapping[str, Any] = EMPTY
    ad: Mapping[str, Mapping[str, Any]] = EMPTY
    adr: Mapping[str, Mapping[str, Any]] = EMPTY
    version: str = ""
    version_min: str = ""
    version_max: str = ""
    version_max_usable: str = ""
    fake_run: bool = False
    fake_deps: bool = False
    quiet: bool = False
    silent: bool = False
    verbose: bool = False
    skip_cache: bool = False
    force_cache: bool = False
    nested: bool = False
    host: HostContext = field(default_factory=HostContext)

    @classmethod
    def from_options(
        cls,
        options: Mapping[str, Any],
        profile: Profile,
        *,
        artifact: str = "",
        artifacts: tuple[str, ...] = (),
        host: HostContext | None = None,
        nested: bool = False,
    ) -> ScriptCall:
        """Read a request: ``tags``, ``env``, ``adr``, flags …; an artifact with a space means tags.

        Raises:
            UsageError: when an option has the wrong shape, e.g. a bare ``--version``.
        """
        raise NotImplementedError

    def flag(self, *names: str) -> bool:
        """Whether one of these options is switched on."""
        raise NotImplementedError

    def start_env(self, profile: Profile) -> dict[str, Any]:
        """A fresh env: the caller's, local keys, flags, host, options, placeholders resolved.

        Raises:
            MetaError: when a ``+KEY`` is not a list.
        """
        raise NotImplementedError

    @property
    def explicit_env(self) -> Mapping[str, Any]:
        """Env keys that were given for this very call (not inherited from a parent)."""
        raise NotImplementedError

    @property
    def explicit_const(self) -> Mapping[str, Any]:
        """The same for ``const``."""
        raise NotImplementedError
