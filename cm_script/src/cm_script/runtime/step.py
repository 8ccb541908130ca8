"""One recipe while it runs: its hooks and native scripts over an env and a state that they change."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core import Interaction, NotFoundError, field, frozen
from cm_script.env.expand import expanded_keys
from cm_script.env.merge import clone_mapping, merge_into
from cm_script.profile import CM, Profile
from cm_script.runtime.customize import Customize, HookOutcome, call_hook, environment_kept
from cm_script.runtime.nativefile import find_native
from cm_script.runtime.usersettings import activates_environment
from cm_script.runtime.workfolder import held_environment, uses_report_files, working_folder_lock
from cm_script.schema import keys

if TYPE_CHECKING:
    from cm_script.errors import ScriptFailedError
    from cm_script.runtime.nativeoutcome import NativeOutcome

DEFAULT_STEM = "run"


@frozen
class StepOutput:
    """Where a step's output and questions go.

    Attributes:
        on_output: gets what hooks and native scripts print, in the pieces in which it came.
        on_prompt: gets the unfinished line before a hook reads an answer from standard input.
        log_path: gets all output of native scripts.
        interaction: answers questions of the helpers.
        on_warning: gets what a person should know though nothing failed.
    """

    on_output: Callable[[str], None]
    on_prompt: Callable[[str], None] | None = None
    log_path: Path | None = None
    interaction: Interaction = field(default_factory=Interaction)
    on_warning: Callable[[str], None] = lambda _text: None


@frozen
class StepOptions:
    """How native scripts of a step are treated.

    Attributes:
        ignore_status: go on after a native script that failed.
        keep_script: leave a runnable copy of the generated script in the working folder.
        temp_dir: where generated scripts live while they run.
        locks_dir: where the locks of working folders are; ``None`` for a folder that belongs to this run
            alone, such as a cache entry that is being built.
        chain: names from the requested script down to this one, for error messages.
        rerun: gives the words of the command that runs just this step again.
        hook_env: variables of the process while a hook runs, for what the hook starts itself.
    """

    ignore_status: bool = False
    keep_script: bool = False
    temp_dir: Path | None = None
    locks_dir: Path | None = None
    on_wait: Callable[[], None] | None = None
    chain: tuple[str, ...] = ()
    rerun: Callable[[], tuple[str, ...]] = tuple
    hook_env: Mapping[str, str] = field(default_factory=dict)


@frozen
class ScriptStep:
    """A recipe that is being executed. The env and state that its methods get are changed in place.

    Attributes:
        name: of the recipe.
        path: its folder.
        meta: its resolved metadata; live, hooks may change dependency lists in it.
        const: values that win over everything else; likewise ``const_state``.
        os_info: of :func:`cm_script.runtime.host.host_os_info`.
        process_env: what the shell inherits.
        managed_env: gives what it inherits in an environment of the cache; the same if not given.
        python_env: what it inherits otherwise, when it gets another Python than the user's own.
        customize: the loaded ``customize.py``, if the recipe has one.
        common: what every hook gets beside env, state and meta: ``input``, ``automation``, ``artifact``,
            ``customize``, ``os_info``, ``recursion_spaces``, ``script_tags``, ``variation_tags``.
        script_input: ``run_script_input`` of the contract; hooks may put a ``script_name`` there.
        found: paths of the tools that hooks have found so far.
    """

    name: str
    path: Path
    meta: dict[str, Any]
    const: Mapping[str, Any] = field(default_factory=dict)
    const_state: Mapping[str, Any] = field(default_factory=dict)
    os_info: Mapping[str, Any]
    process_env: Mapping[str, str]
    managed_env: Callable[[], Mapping[str, str]] | None = None
    python_env: Mapping[str, str] | None = None
    customize: Customize | None = None
    common: Mapping[str, Any] = field(default_factory=dict)
    script_input: dict[str, Any] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)
    profile: Profile = CM
    output: StepOutput
    options: StepOptions = field(default_factory=StepOptions)

    def call(
        self, hook: str, env: dict[str, Any], state: dict[str, Any], *, cwd: Path, with_input: bool = True
    ) -> HookOutcome:
        """Call a hook of ``customize.py`` (nothing happens if it has none).

        Args:
            with_input: hand over ``run_script_input``, which ``detect_version`` does not get.

        Raises:
            CMError: as :func:`cm_script.runtime.customize.call_hook`; a code that the hook returned is in
                the outcome.
        """
        if self.customize is None or not self.customize.has(hook):
            return HookOutcome(data={"return": 0}, cwd=cwd)
        self._apply_const(env, state)
        # The contract gives each call its own copy of what describes the request and the host.
        arguments = {key: _own_copy(key, value) for key, value in self.common.items()}
        arguments.update(env=env, state=state, meta=self.meta)
        if with_input:
            self.script_input.update(env=env, state=state)
            arguments["run_script_input"] = self.script_input
        added = {**self.options.hook_env, **held_environment(self.process_env)}
        with environment_kept(added) if added else nullcontext():
            return call_hook(
                self.customize,
                hook,
                arguments,
                cwd=cwd,
                on_output=self.output.on_output,
                on_prompt=self.output.on_prompt,
            )

    def run_native(
        self, env: dict[str, Any], state: dict[str, Any], *, cwd: Path, stem: str = ""
    ) -> NativeOutcome | None:
        """Run the native script that fits this host and merge what it reports into env and state.

        Args:
            stem: its name without suffix; by default what a hook or the metadata chose, else ``run``.

        Returns:
            ``None`` when the recipe has no such script.

        Raises:
            NotFoundError: when the metadata names a script that does not exist.
            ScriptFailedError: when it failed and failures are not ignored.
        """
        script = self._find(env, stem)
        self._apply_const(env, state)
        self._tell_places(env, cwd)
        if script is None:
            return None
        from cm_script.runtime.native import NativeRun, run_native

        inherited = self.process_env if self.python_env is None else self.python_env
        if self.managed_env is not None and activates_environment(state):
            inherited = self.managed_env()
        with self.folder_lock(cwd):
            outcome = run_native(
                NativeRun(
                    script=script,
                    env=env,
                    state=state,
                    cwd=cwd,
                    process_env={**inherited, **held_environment(self.process_env)},
                    platform=str(self.os_info["platform"]),
                    profile=self.profile,
                    log_path=self.output.log_path,
                    temp_dir=self.options.temp_dir,
                    on_output=self.output.on_output,
                    reports=self.options.locks_dir is None or self._reports,
                    private=self.options.locks_dir is None,
                    keep_script=self.options.keep_script,
                )
            )
        if outcome.status != 0 and not self.options.ignore_status:
            raise self.failure(outcome, env, cwd)
        self._warn_of_missing(outcome)
        merge_into(state, outcome.state)
        merge_into(env, outcome.env)
        return outcome

    def _warn_of_missing(self, outcome: NativeOutcome) -> None:
        """Say that a program was not found though the script went on: its work may be half done."""
        if not outcome.missing:
            return
        names = ", ".join(f"'{name}'" for name in outcome.missing)
        log = f" (log: {outcome.log_path})" if outcome.log_path else ""
        self.output.on_warning(
            f"{outcome.script.name} of recipe {self.name} went on without {names}, not found{log}"
        )

    def _tell_places(self, env: dict[str, Any], cwd: Path) -> None:
        path, windows = str(self.path), self.os_info["platform"] == "windows"
        env[self.profile.env("TMP_CURRENT_SCRIPT_PATH")] = f'"{path}"' if windows and " " in path else path
        env[self.profile.env("TMP_CURRENT_SCRIPT_WORK_PATH")] = str(cwd)
        # Values may name keys that preprocess has set.
        env.update(expanded_keys(env, self.profile))

    def detect_version(self, env: dict[str, Any], state: dict[str, Any], *, cwd: Path) -> dict[str, Any]:
        """Run the native script and then the hook ``detect_version``; returns the dictionary of the hook.

        Raises:
            ScriptFailedError: when the native script failed.
        """
        with self.folder_lock(cwd):
            self.run_native(env, state, cwd=cwd)
            return self.call("detect_version", env, state, cwd=cwd, with_input=False).data

    @cached_property
    def _reports(self) -> bool:
        return uses_report_files(self.path)

    def folder_lock(self, cwd: Path) -> AbstractContextManager[None]:
        """Hold the working folder while report files are written and read.

        Nothing is held for a private folder, or for a recipe that does not use these files.

        Whoever reads ``tmp-ver.out`` after the native script (``postprocess``) needs it around both.
        """
        if self.options.locks_dir is None or not self._reports:
            return nullcontext()
        return working_folder_lock(
            self.options.locks_dir, cwd, self.process_env, on_wait=self.options.on_wait
        )

    def failure(self, outcome: NativeOutcome, env: Mapping[str, Any], cwd: Path) -> ScriptFailedError:
        """The error that tells a person about a failed native script."""
        from cm_core.base import Secrets
        from cm_script.runtime.failure import hide_secrets, native_failure

        failed = native_failure(
            outcome,
            recipe=self.name,
            chain=self.options.chain or (self.name,),
            rerun=self.options.rerun(),
            files=_ends_of_files(cwd, keys.PRINT_FILES_IF_SCRIPT_ERROR.or_empty(self.meta)),
        )
        hide_secrets(failed, Secrets(self.process_env, env))
        return failed

    def _find(self, env: Mapping[str, Any], stem: str) -> Path | None:
        chosen = stem or str(self.script_input.get("script_name") or "").strip()
        named = "" if chosen else keys.SCRIPT_NAME.or_empty(self.meta)
        script = find_native(
            self.path,
            chosen or named or DEFAULT_STEM,
            env,
            platform=str(self.os_info["platform"]),
            profile=self.profile,
        )
        if script is None and named:
            raise NotFoundError(
                f"recipe {self.name} has no native script '{named}' for this platform",
                hint=f"add {named}{self.os_info['bat_ext']} to {self.path} or correct script_name",
            )
        return script

    def _apply_const(self, env: dict[str, Any], state: dict[str, Any]) -> None:
        merge_into(env, clone_mapping(self.const))
        merge_into(state, clone_mapping(self.const_state))


def _ends_of_files(folder: Path, names: Sequence[str]) -> dict[str, list[str]]:
    """The last lines of the files that a recipe names, as far as they exist."""
    from cm_script.runtime.nativeoutcome import TAIL_LINES

    ends = {}
    for name in names:
        with suppress(OSError):
            text = (folder / name).read_text(encoding="utf-8", errors="replace")
            ends[name] = text.splitlines()[-TAIL_LINES:]
    return ends


def _own_copy(key: str, value: Any) -> Any:
    return copy.deepcopy(value) if key in ("input", "customize", "os_info") else value
