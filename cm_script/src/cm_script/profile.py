"""What differs between CM and tools that share its recipe format: one frozen object, no ``if`` elsewhere.

Keys that a run passes around carry a prefix (``CM_VERSION``), and a handful of files have fixed names because
recipes read and write them. Everything in the engine asks the profile for both.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType

from cm_core import field, frozen

# Options that become `PREFIX_NAME` when they have a value.
_ENV_OPTIONS = (
    "input",
    "output",
    "outdirname",
    "outbasename",
    "name",
    "extra_cache_tags",
    "skip_compile",
    "skip_run",
    "accept_license",
    "skip_system_deps",
    "git_ssh",
    "gh_token",
)

# Options that set a key to "yes" when they are switched on.
_FLAG_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "fake_run": "TMP_FAKE_RUN",
        "prepare": "TMP_FAKE_RUN",
        "fake_deps": "TMP_FAKE_DEPS",
        "skip_sys_utils": "SKIP_SYS_UTILS",
        "skip_sudo": "TMP_SKIP_SUDO",
        "silent": "TMP_SILENT",
        "s": "TMP_SILENT",
        "verbose": "VERBOSE",
        "v": "VERBOSE",
        "quiet": "QUIET",
        "skip_remembered_selections": "SKIP_REMEMBERED_SELECTIONS",
    }
)

_LOCAL_NAMES = (
    "VERSION",
    "VERSION_MIN",
    "VERSION_MAX",
    "VERSION_MAX_USABLE",
    "DETECTED_VERSION",
    "INPUT",
    "OUTPUT",
    "OUTBASENAME",
    "OUTDIRNAME",
    "NAME",
    "EXTRA_CACHE_TAGS",
    "TMP_*",
    "GIT_*",
    "RENEW_CACHE_ENTRY",
)

_PROXIES = ("ftp_proxy", "http_proxy", "https_proxy", "no_proxy", "socks_proxy")


@frozen
class Profile:
    """Prefix of env keys and names of files.

    Attributes:
        prefix: what every env key of the engine starts with, without the underscore.
        run_env_file: ``KEY=VALUE`` lines that a native script leaves for the engine.
        run_state_file: the same for state, as JSON.
        version_file: where native scripts put the output of ``tool --version``.
        run_file: base name of the generated shell script, without suffix.
        run_debug_file: base name of the copy kept for debugging.
        state_file: state as JSON, written for a native script.
        env_file: base name of the script that exports what a run made.
        env_options: options that become ``PREFIX_NAME``.
        tmp_env_options: options that become ``PREFIX_TMP_NAME``.
        flag_names: options that set a key to ``yes``, option -> name of the key without prefix.
        local_names: names of keys that dependencies do not see, wildcards allowed.
        host_env_keys: variables of the host that enter the env of a run when it has none.
    """

    prefix: str = "CM"
    run_env_file: str = "tmp-run-env.out"
    run_state_file: str = "tmp-run-state.json"
    version_file: str = "tmp-ver.out"
    run_file: str = "tmp-run"
    run_debug_file: str = "tmp-run-without-cm"
    state_file: str = "tmp-state.json"
    env_file: str = "tmp-env"
    env_options: tuple[str, ...] = _ENV_OPTIONS
    tmp_env_options: tuple[str, ...] = ("path",)
    flag_names: Mapping[str, str] = field(default_factory=lambda: _FLAG_NAMES, repr=False, hash=False)
    local_names: tuple[str, ...] = _LOCAL_NAMES
    host_env_keys: tuple[str, ...] = (
        "GH_TOKEN",
        *(word for proxy in _PROXIES for word in (proxy, proxy.upper())),
    )

    def env(self, name: str) -> str:
        """The full key: ``env("VERSION")`` is ``CM_VERSION``."""
        return f"{self.prefix}_{name}"

    @cached_property
    def local_env_keys(self) -> tuple[str, ...]:
        """Keys and patterns that a dependency never inherits."""
        return tuple(self.env(name) for name in self.local_names)

    def is_engine_key(self, key: str) -> bool:
        """Whether the key steers the engine and says nothing about the result of a run."""
        return key in (self.env("QUIET"), self.env("VERBOSE")) or key.startswith(self.env("TMP_"))


CM = Profile()
