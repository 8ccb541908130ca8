"""What ``find_tool`` of the metadata does: find a program, ask for its version, describe it in the env.

It is done around the hooks of the recipe: the search after ``preprocess``, which may set where to look, and
the description before ``postprocess``, which may add to it. A hook ``detect_version`` is asked first.
"""

# Recipes exchange paths as text, hence os.path.
# ruff: noqa: PTH111, PTH207

from __future__ import annotations

import errno
import glob
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from cm_core import CMError, NotFoundError, field, frozen, version_in
from cm_core.base import Completed, ProgramHangsError, describe_status, run_command
from cm_script.env.expand import expand_text, expand_value, has_placeholder
from cm_script.env.merge import clone, clone_mapping
from cm_script.errors import ScriptFailedError
from cm_script.model.tool import ToolSpec
from cm_script.runtime.quoting import named_variables, process_variables, with_variables
from cm_script.runtime.step import ScriptStep
from cm_script.runtime.toolsearch import INCOMPATIBLE, ToolQuery, find_tool, fits, wished_version

_SHOWN = 80


@frozen
class Detector:
    """One detection, for one run of a recipe.

    Attributes:
        cwd: where the recipe works.
        named: path of the program that somebody asked for; what is there else was left by other scripts.
    """

    step: ScriptStep
    spec: ToolSpec
    cwd: Path
    named: str = ""
    _versions: dict[str, str] = field(default_factory=dict)

    def find(self, env: dict[str, Any], state: Mapping[str, Any]) -> None:
        """Put the path of a program that fits into the env.

        A path that is there already stays, if it has the wished version; if not, one that other
        scripts have left is forgotten, and one that was named is an error.

        Raises:
            ScriptFailedError: when nothing fits (status 16), unless the recipe knows what to do then; when
                the program that was named does not fit (status 16).
            CMError: when a file or folder that a person named does not exist.
        """
        spec, step = self.spec, self.step
        query = ToolQuery(
            names=spec.names,
            search_path=spec.search_path,
            folders=self._more_folders(env),
            path_key=spec.path_key,
            extra_paths=spec.extra_paths,
            probe=lambda tried: self._detect(tried, state),
            first=True,
        )
        if present := str(env.get(spec.path_key) or ""):
            rejected: list[str] = []
            wish = str(wished_version(env, step))
            if not wish or fits(present, query, env, step, rejected=rejected):
                return
            if present == self.named:
                self._fail(self._misnamed(rejected[0] if rejected else present, wish), env)
            del env[spec.path_key]
        try:
            find_tool(query, env, step)
        except NotFoundError as error:
            # What a person named is not replaced by something else.
            if not spec.when_missing or env.get(step.profile.env("INPUT")):
                self._fail(error, env)
            env.update(clone_mapping(spec.when_missing))
        except CMError as error:
            self._fail(error, env)

    def describe(self, env: dict[str, Any], state: Mapping[str, Any]) -> str:
        """Put what is known about the program into the env; returns its version.

        Raises:
            ScriptFailedError: when there is none, or it does not tell its version.
        """
        spec, profile = self.spec, self.step.profile
        path = str(env.get(spec.path_key) or "")
        if not path:
            self._fail(NotFoundError(f"nothing has set {spec.path_key} to the path of {spec.names[0]}"), env)
        try:
            found = self._detect(env, state)
        except CMError as error:
            self._fail(error, env)
        if found["return"]:
            self._fail(CMError(str(found.get("error") or "no version"), exit_code=found["return"]), env)
        if found["version"] == INCOMPATIBLE:
            self._fail(CMError(f"{path} is not the requested program"), env)
        version = str(found["version"])
        env[profile.env("DETECTED_VERSION")] = version
        if spec.version_key:
            env[spec.version_key] = version
        env[profile.env("GET_DEPENDENT_CACHED_PATH")] = path
        facts = spec.facts(path, version)
        for key, value in spec.env.items():
            # A value that nobody knows, such as the number of cores on a strange system, is no value.
            if not has_placeholder(known := expand_value(value, facts, env)):
                env[key] = clone(known)
        indent = self.step.common.get("recursion_spaces", "")
        self.step.output.on_output(f"{indent}      Detected version: {version}\n")
        return version

    def _detect(self, env: dict[str, Any], state: Mapping[str, Any]) -> dict[str, Any]:
        """The version of the program in an env: what the hook says, else what the program prints."""
        own_state = clone_mapping(state)
        hook = self.step.call("detect_version", env, own_state, cwd=self.cwd, with_input=False).data
        if hook["return"] or hook.get("version"):
            return hook
        path = str(env[self.spec.path_key])
        if path not in self._versions:
            self._versions[path] = self._ask(path, env)
        return {"return": 0, "version": self._versions[path]}

    def _ask(self, path: str, env: Mapping[str, Any]) -> str:
        """The version that a program prints.

        Raises:
            ScriptFailedError: when it cannot be run, fails, hangs or prints something else; ``reason`` in
                the details says so in few words.
        """
        words = [path, *self.spec.version_arguments]
        try:
            done = self._run(words, env)
        except ProgramHangsError as error:
            raise _unfit(words, error.message.removeprefix(f"'{' '.join(words)}' ")) from error
        except CMError as error:
            raise _unfit(words, error.message.removeprefix(f"cannot run {path}: ")) from error
        if done.status != 0:
            raise _unfit(words, describe_status(done.status))
        # Some print it to standard error; a warning there must not hide the answer.
        for text in (done.stdout, done.stderr):
            if (match := self.spec.version_pattern.search(text)) and match[1]:
                return version_in(match)
        said = " ".join((done.stdout or done.stderr).split())
        raise _unfit(words, f"no version in '{said[:_SHOWN]}'" if said else "it prints nothing")

    def _run(self, words: list[str], env: Mapping[str, Any]) -> Completed:
        platform = str(self.step.os_info["platform"])
        variables = process_variables(env, self.step.process_env, platform)
        timeout_s = self.spec.timeout_s
        try:
            return run_command(words, cwd=self.cwd, env=variables, check=False, timeout_s=timeout_s)
        except CMError as error:
            # A wrapper without a first line that names its interpreter: every shell reads it itself.
            if platform == "windows" or getattr(error.__cause__, "errno", None) != errno.ENOEXEC:
                raise
        words = ["/bin/sh", *words]
        return run_command(words, cwd=self.cwd, env=variables, check=False, timeout_s=timeout_s)

    def _more_folders(self, env: Mapping[str, Any]) -> tuple[str, ...]:
        """The folders that the recipe adds, as far as they exist; of several, the newest first."""
        found: list[str] = []
        variables = self.step.process_env
        for text in self.spec.folders:
            # Without its variable, $CUDA_HOME/bin would be /bin.
            if all(variables.get(name) for name in named_variables(text)):
                pattern = os.path.expanduser(with_variables(expand_text(text, env), variables))
                found += sorted(glob.glob(pattern), key=_numbers_as_numbers, reverse=True)
        return tuple(found)

    def _misnamed(self, program: str, wish: str) -> CMError:
        key = self.spec.path_key
        return CMError(
            f"{key} names {program}, but {wish} is requested",
            hint=f"name one that matches, or leave {key} out to search for one",
            exit_code=NotFoundError.default_exit_code,
        )

    def _fail(self, error: CMError, env: Mapping[str, Any]) -> NoReturn:
        label, missing = self.spec.label, isinstance(error, NotFoundError)
        said = f"there is no {label} here: {error.message}" if label and missing else error.message
        raise ScriptFailedError(
            f"recipe {self.step.name} failed: {said}",
            hint=expand_text(self.spec.hint, env) if missing and self.spec.hint else error.hint,
            details={**error.details, "recipe": self.step.name},
            exit_code=error.exit_code,
        ) from error


def _unfit(words: list[str], reason: str) -> NoReturn:
    raise ScriptFailedError(f"'{' '.join(words)}' gave no version: {reason}", details={"reason": reason})


def _numbers_as_numbers(path: str) -> list[str | int]:
    """For sorting, so that cuda-12 comes after cuda-9."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", path)]
