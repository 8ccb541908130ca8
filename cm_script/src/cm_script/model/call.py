"""One requested run of one script: everything that a user or a parent hands to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cm_core import UsageError, field, frozen, is_true
from cm_core.flags import read_flags, read_own_flags
from cm_script.env.expand import expand_env
from cm_script.env.merge import merge
from cm_script.env.values import Env
from cm_script.flags import Nested
from cm_script.model.scripttags import ScriptTags, are_tags, parse_script_tags
from cm_script.profile import Profile

EMPTY = Env()


@frozen
class HostContext:
    """What a run sees of the machine.

    Attributes:
        cwd: current directory of the run.
        environ: variables of the process.
        os_env: keys that the host's facts add to every env (``CM_WINDOWS``).
    """

    cwd: str = ""
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    os_env: Mapping[str, Any] = field(default_factory=dict)


@frozen
class ScriptCall:
    """One call. Nothing in it is changed by a run.

    Attributes:
        tags: tags and variations, with those of a second positional word.
        artifact: name of the script when it was given, else ``""``.
        options: every option; each is an input that ``input_mapping`` of the metadata may name.
        asked: what the options say as flags of the engine; versions, switches and the like are read there.
        env, state, const, const_state: what the caller has. ``env`` and ``state`` are also what it returns
            to, with its exports merged.
        local_env, local_state, local_const, local_const_state: keys of a dependency entry; they are merged
            over the former and vanish at the end.
        ad: updates for direct dependencies, name -> entry keys.
        adr: the same for direct and indirect ones.
        quiet: whether questions take their defaults, as the options or the env say.
        nested: whether a parent runs it.
        host: the machine.
    """

    tags: ScriptTags = field(default_factory=ScriptTags)
    artifact: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    asked: Nested = field(default_factory=lambda: read_flags(Nested, EMPTY))
    env: Env = field(default_factory=Env)
    state: Env = field(default_factory=Env)
    const: Env = field(default_factory=Env)
    const_state: Env = field(default_factory=Env)
    local_env: Env = field(default_factory=Env)
    local_state: Env = field(default_factory=Env)
    local_const: Env = field(default_factory=Env)
    local_const_state: Env = field(default_factory=Env)
    ad: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    adr: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    quiet: bool = False
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
        asked = read_own_flags(Nested, options)
        artifact, tags = _name_and_tags(asked, artifact, artifacts)
        return cls(
            tags=parse_script_tags(tags),
            artifact=artifact,
            options=options,
            asked=asked,
            env=Env(asked.env),
            state=Env(asked.state),
            const=Env(asked.const),
            const_state=Env(asked.const_state),
            local_env=Env(asked.local_env),
            local_state=Env(asked.local_state),
            local_const=Env(asked.local_const),
            local_const_state=Env(asked.local_const_state),
            ad=_updates(asked.ad, asked.add_deps, "ad"),
            adr=_updates(asked.adr, asked.add_deps_recursive, "adr"),
            quiet=asked.quiet if "quiet" in options else is_true(asked.env.get(profile.env("QUIET"))),
            nested=nested,
            host=host or HostContext(),
        )

    @property
    def fake_run(self) -> bool:
        """Whether the script itself is not run, only its dependencies."""
        return self.asked.fake_run if "fake_run" in self.options else self.asked.prepare

    @property
    def verbose(self) -> bool:
        """Whether the output of dependencies is printed, too."""
        return self.asked.verbose and not self.asked.silent

    def start_env(self, profile: Profile) -> Env:
        """The env of the caller with local keys, flags, host and options, placeholders resolved.

        Raises:
            MetaError: when a ``+KEY`` is not a list.
        """
        env = self.env.merged(self.local_env)
        added: dict[str, Any] = {profile.env(name): "yes" for name in self._flag_keys(profile)}
        if self.asked.debug_uid:
            added[profile.env("TMP_DEBUG_UID")] = self.asked.debug_uid
        if self.host.cwd:
            added[profile.env("TMP_CURRENT_PATH")] = self.host.cwd
        added.update(self.host.os_env)
        for key in profile.host_env_keys:
            if self.host.environ.get(key) and not env.get(key):
                added[key] = self.host.environ[key]
        for option in profile.tmp_env_options:
            if value := getattr(self.asked, option):
                added[profile.env(f"TMP_{option.upper()}")] = value
        for option in profile.env_options:
            given = self.options.get(option)
            if given := given.strip() if isinstance(given, str) else given:
                added[profile.env(option.upper())] = given
        return expand_env(env.with_(added), profile)

    @property
    def explicit_env(self) -> Env:
        """Env keys that were given for this very call (not inherited from a parent)."""
        return self.local_env if self.nested else self.env.with_(self.local_env)

    @property
    def explicit_const(self) -> Env:
        """The same for ``const``."""
        return self.local_const if self.nested else self.const.with_(self.local_const)

    def _flag_keys(self, profile: Profile) -> list[str]:
        states = {
            "fake_run": self.fake_run,
            "prepare": self.fake_run,
            "quiet": self.quiet,
            "s": self.asked.silent,
            "verbose": self.verbose,
            "v": self.verbose,
        }
        return [
            name
            for option, name in profile.flag_names.items()
            if (states[option] if option in states else getattr(self.asked, option))
        ]


def _name_and_tags(asked: Nested, artifact: str, artifacts: tuple[str, ...]) -> tuple[str, list[str]]:
    tags = list(asked.tags)
    if " " in artifact:
        artifact, tags = "", artifact.replace(" ", ",").split(",")
    for word in artifacts[:1]:
        if are_tags(word):
            tags += word.replace(" ", ",").split(",")
    return artifact, tags


def _updates(short: Mapping[str, Any], long: Mapping[str, Any], name: str) -> dict[str, Any]:
    merged = merge(short, long)
    for dependency, update in merged.items():
        if not isinstance(update, dict):
            raise UsageError(
                f"--{name}.{dependency} needs a key", hint=f"write --{name}.{dependency}.tags=_variation"
            )
    return merged
