"""One requested run of one script: everything that a user or a parent hands to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Any

from cm_core.base.frozen import frozen
from cm_core.model.errors import UsageError
from cm_core.model.request import is_true
from cm_script.env.expand import expand_env
from cm_script.env.merge import clone, merge, merge_into
from cm_script.model.variation import ScriptTags, parse_script_tags
from cm_script.profile import Profile

EMPTY: Mapping[str, Any] = MappingProxyType({})

# Keys of a request that become fields; the rest is looked at as options.
_LAYERS = ("env", "state", "const", "const_state")


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
    options: Mapping[str, Any] = field(default_factory=dict)
    env: Mapping[str, Any] = field(default_factory=dict)
    state: Mapping[str, Any] = field(default_factory=dict)
    const: Mapping[str, Any] = field(default_factory=dict)
    const_state: Mapping[str, Any] = field(default_factory=dict)
    local_env: Mapping[str, Any] = field(default_factory=dict)
    local_state: Mapping[str, Any] = field(default_factory=dict)
    local_const: Mapping[str, Any] = field(default_factory=dict)
    local_const_state: Mapping[str, Any] = field(default_factory=dict)
    ad: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    adr: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
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
        artifact, tags = _name_and_tags(options, artifact, artifacts)
        layers = {key: _mapping(options, key) for layer in _LAYERS for key in (layer, f"local_{layer}")}
        silent = _on(options, "silent", "s")
        return cls(
            tags=parse_script_tags(tags),
            artifact=artifact,
            options=options,
            **layers,
            ad=_merged(options, "ad", "add_deps"),
            adr=_merged(options, "adr", "add_deps_recursive"),
            version=_text(options, "version"),
            version_min=_text(options, "version_min"),
            version_max=_text(options, "version_max"),
            version_max_usable=_text(options, "version_max_usable"),
            fake_run=_on(options, "fake_run" if "fake_run" in options else "prepare"),
            fake_deps=_on(options, "fake_deps"),
            quiet=_switch(options, layers["env"], "quiet", profile),
            silent=silent,
            verbose=not silent and _on(options, "verbose", "v"),
            skip_cache=_on(options, "skip_cache"),
            force_cache=_on(options, "force_cache"),
            nested=nested,
            host=host or HostContext(),
        )

    def flag(self, *names: str) -> bool:
        """Whether one of these options is switched on."""
        return _on(self.options, *names)

    def start_env(self, profile: Profile) -> dict[str, Any]:
        """A fresh env: the caller's, local keys, flags, host, options, placeholders resolved.

        Raises:
            MetaError: when a ``+KEY`` is not a list.
        """
        env = merge(self.env, self.local_env)
        env.update({profile.env(name): "yes" for name in self._flag_keys(profile)})
        if uid := self.options.get("debug_uid"):
            env[profile.env("TMP_DEBUG_UID")] = uid
        if self.host.cwd:
            env[profile.env("TMP_CURRENT_PATH")] = self.host.cwd
        env.update(self.host.os_env)
        for key in profile.host_env_keys:
            if self.host.environ.get(key) and not env.get(key):
                env[key] = self.host.environ[key]
        for option in profile.tmp_env_options:
            if value := _text(self.options, option):
                env[profile.env(f"TMP_{option.upper()}")] = value
        for option in profile.env_options:
            given = self.options.get(option)
            if given := given.strip() if isinstance(given, str) else given:
                env[profile.env(option.upper())] = clone(given)
        return expand_env(env, profile)

    @property
    def explicit_env(self) -> Mapping[str, Any]:
        """Env keys that were given for this very call (not inherited from a parent)."""
        return self.local_env if self.nested else {**self.env, **self.local_env}

    @property
    def explicit_const(self) -> Mapping[str, Any]:
        """The same for ``const``."""
        return self.local_const if self.nested else {**self.const, **self.local_const}

    def _flag_keys(self, profile: Profile) -> list[str]:
        states = {
            "fake_run": self.fake_run,
            "prepare": self.fake_run,
            "quiet": self.quiet,
            "silent": self.silent,
            "s": self.silent,
            "verbose": self.verbose,
            "v": self.verbose,
        }
        return [
            name
            for option, name in profile.flag_names.items()
            if states.get(option, _on(self.options, option))
        ]


def _name_and_tags(
    options: Mapping[str, Any], artifact: str, artifacts: tuple[str, ...]
) -> tuple[str, list[Any]]:
    given = options.get("tags")
    if given is True or isinstance(given, Mapping):
        raise UsageError("--tags needs a value", hint="write --tags=one,two")
    tags = list(given) if isinstance(given, list | tuple) else str(given or "").split(",")
    if " " in artifact:
        artifact, tags = "", artifact.replace(" ", ",").split(",")
    for word in artifacts[:1]:
        if are_tags(word):
            tags += word.replace(" ", ",").split(",")
    return artifact, tags


def are_tags(word: str) -> bool:
    """Whether a word after the name of a script means tags: several, or a variation."""
    return " " in word or "," in word or word.startswith("_")


def _on(options: Mapping[str, Any], *names: str) -> bool:
    return any(is_true(options.get(name)) for name in names)


def _switch(options: Mapping[str, Any], env: Mapping[str, Any], name: str, profile: Profile) -> bool:
    return _on(options, name) if name in options else is_true(env.get(profile.env(name.upper())))


def _text(options: Mapping[str, Any], name: str) -> str:
    value = options.get(name)
    if value is None or value is False:
        return ""
    if value is True or isinstance(value, list | dict):
        raise UsageError(f"--{name} needs a value", hint=f"write --{name}=VALUE")
    return str(value).strip()


def _mapping(options: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = options.get(name)
    if value is None or value == "":
        return EMPTY
    if not isinstance(value, Mapping):
        raise UsageError(f"--{name} needs keys", hint=f"write --{name}.KEY=VALUE")
    return value


def _merged(options: Mapping[str, Any], short: str, long: str) -> dict[str, Any]:
    merged = merge(EMPTY, _mapping(options, short))
    merge_into(merged, _mapping(options, long))
    for name, update in merged.items():
        if not isinstance(update, dict):
            raise UsageError(f"--{short}.{name} needs a key", hint=f"write --{short}.{name}.tags=_variation")
    return merged
