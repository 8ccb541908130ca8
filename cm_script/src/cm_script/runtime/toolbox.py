"""The ``automation`` object of ``customize.py``: the helpers that public recipes call.

They take and return the dictionaries of the contract (``return``, ``error``); inside, errors are exceptions,
and one decorator converts. Paths are relative to the current directory, which is the working folder of the
recipe while one of its hooks runs.
"""

# Recipes exchange paths as text, hence os.path.
# ruff: noqa: PTH119, PTH120

from __future__ import annotations

import os
import re
from collections.abc import Callable
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core import CMError, NotFoundError, version_in
from cm_script.env.merge import clone, clone_mapping
from cm_script.errors import ScriptFailedError
from cm_script.model.dependency import apply_updates
from cm_script.runtime.find import search_above, search_below
from cm_script.runtime.step import ScriptStep
from cm_script.runtime.toolsearch import (
    INCOMPATIBLE,
    ToolQuery,
    find_tool,
    search_path_folders,
    wished_version,
)

Contract = dict[str, Any]

if TYPE_CHECKING:
    import logging


def error_contract(error: CMError) -> Contract:
    """An error as a dictionary of the contract; ``hint`` and ``details`` survive when a hook hands it on."""
    return {
        "return": error.exit_code or 1,
        "error": error.message,
        "hint": error.hint,
        "details": error.details,
    }


def _contract(function: Callable[[Toolbox, Contract], Contract]) -> Callable[[Toolbox, Contract], Contract]:
    """Make a helper that returns values and raises errors into one that returns ``return`` and ``error``."""

    @wraps(function)
    def helper(self: Toolbox, i: Contract) -> Contract:
        try:
            return {"return": 0, **function(self, i)}
        except KeyError as error:
            name = function.__name__
            missing = CMError(f"recipe {self.step.name} called {name} without the key {error}")
            return error_contract(missing)
        except CMError as error:
            return error_contract(error)

    return helper


class Toolbox:
    """What a recipe gets as ``i['automation']`` while it runs.

    Args:
        step: the recipe that runs.
        cmind: the object behind ``automation.cmind``, with ``access`` and ``logger``.
    """

    def __init__(self, step: ScriptStep, cmind: Any) -> None:
        self.step = step
        self.cmind = cmind
        # The successor of the original calls it so.
        self.action_object = cmind

    def __deepcopy__(self, memo: object) -> Toolbox:
        # Recipes copy the dictionary they get; the helpers are not part of its data.
        return self

    @property
    def path(self) -> str:
        """The folder of the recipe."""
        return str(self.step.path)

    @property
    def meta(self) -> dict[str, Any]:
        """The metadata of the recipe, live."""
        return self.step.meta

    @property
    def logger(self) -> logging.Logger:
        """Where recipes log."""
        logger: logging.Logger = self.cmind.logger
        return logger

    @_contract
    def find_artifact(self, i: Contract) -> Contract:
        """Find a tool or library, with a version that was asked for, and put its path into the env.

        Keys in: ``file_name``, ``env``, ``os_info``; optional ``default_path_env_key`` (name of the search
        path), ``env_path_key`` (gets the path), ``detect_version`` (run the native script and the hook for
        each candidate), ``extra_paths`` (folder beside the found one -> env key), ``hook`` (veto),
        ``run_script_input``.

        Returns ``found_path``, ``found_file_path``, ``found_file_name``, ``default_path_list``; 16 when
        nothing fits.
        """
        env: dict[str, Any] = i["env"]
        query = ToolQuery(
            names=(i["file_name"],),
            search_path=i.get("default_path_env_key") or "",
            path_key=i["env_path_key"] if i.get("detect_version") else i.get("env_path_key") or "",
            extra_paths=i.get("extra_paths") or {},
            skip=_veto(i.get("hook")),
            probe=partial(self._probe, i) if i.get("detect_version") else None,
        )
        path = find_tool(query, env, self.step)
        self.step.found.append(path)
        return {
            "found_path": os.path.dirname(path),
            "found_file_path": path,
            "found_file_name": os.path.basename(path),
            "default_path_list": search_path_folders(query.search_path, self.step),
        }

    @_contract
    def parse_version(self, i: Contract) -> Contract:
        """Take a version out of a file by a regular expression and put it into an env.

        Keys in: ``match_text``, ``group_number``, ``env_key``, ``which_env``; optional ``file_name``.

        Returns ``version`` and ``string``, the content of the file; 16 without a file, 1 without a match.
        """
        path = Path(i.get("file_name") or self.step.profile.version_file)
        try:
            text = path.read_text(encoding="utf-8-sig", errors="replace")
        except OSError as error:
            raise NotFoundError(f"file {path} with the version does not exist") from error
        match = re.search(i["match_text"], text)
        if match is None:
            said = " ".join(text.split())[:200]
            raise CMError(f"version was not detected in {path}: {said}" if said else f"{path} is empty")
        group = int(i["group_number"])
        if (match.lastindex or 0) < group:
            raise CMError(f"the pattern for the version has {match.lastindex or 0} groups, not {group}")
        version = version_in(match, group)
        which_env = i["which_env"]
        which_env[i["env_key"]] = version
        which_env[self.step.profile.env("DETECTED_VERSION")] = version
        return {"version": version, "string": text}

    @_contract
    def run_native_script(self, i: Contract) -> Contract:
        """Run another native script of the recipe, such as ``install``.

        Keys in: ``script_name`` (without suffix), ``env`` (gets what the script reports); optional
        ``detect_version`` (call that hook afterwards and return what it returns), ``run_script_input``.

        Returns ``env_tmp``, a copy of the env after the run; 2 when the script failed.
        """
        env: dict[str, Any] = i.get("env") or {}
        state = self._state(i)
        step, cwd = self.step, Path.cwd()
        step.run_native(env, state, cwd=cwd, stem=str(i["script_name"]))
        result: Contract = {}
        if i.get("detect_version"):
            result = step.call("detect_version", env, state, cwd=cwd, with_input=False).data
        return {**result, "env_tmp": clone_mapping(env)}

    @_contract
    def detect_version_using_script(self, i: Contract) -> Contract:
        """Run the native script and the hook ``detect_version`` and compare with the wished version.

        Keys in: ``env`` (gets what the script reports); optional ``run_script_input``.

        Returns ``detected_version``; 16 when there is none that fits.
        """
        env: dict[str, Any] = i.get("env") or {}
        wish = wished_version(env, self.step)
        try:
            found = self.step.detect_version(env, self._state(i), cwd=Path.cwd())
        except ScriptFailedError as error:
            raise NotFoundError(f"version was not detected: {error.message}") from error
        version = found.get("version", "")
        if found["return"] or version in ("", INCOMPATIBLE):
            raise NotFoundError("version was not detected")
        if not wish.accepts(str(version)):
            raise NotFoundError(f"version {version} was detected, but {wish} is needed")
        return {"detected_version": version}

    @_contract
    def update_deps(self, i: Contract) -> Contract:
        """Change dependencies from a hook. Keys in: ``deps`` (a list), ``update_deps`` (name -> changes)."""
        apply_updates([i["deps"]], clone(i["update_deps"]), i.get("env") or {}, strict=False)
        return {}

    @_contract
    def clean_some_tmp_files(self, i: Contract) -> Contract:
        """Remove files of the native protocol from the working folder that ``env`` names."""
        profile = self.step.profile
        folder = (i.get("env") or {}).get(profile.env("TMP_CURRENT_SCRIPT_WORK_PATH"))
        if folder and Path(folder).is_dir():
            for name in (f"{profile.run_file}.bat", profile.state_file):
                (Path(folder) / name).unlink(missing_ok=True)
        return {}

    @_contract
    def find_file_back(self, i: Contract) -> Contract:
        """``found_path``: the nearest folder from ``path`` upwards that has ``file_name``, or empty."""
        return {"found_path": search_above(i["path"], i["file_name"])}

    @_contract
    def find_file_deep(self, i: Contract) -> Contract:
        """``found_paths``: folders below ``paths`` that have ``file_name``; ``restrict_paths`` filters."""
        only = i.get("restrict_paths") or ()
        return {"found_paths": search_below(i["paths"], i["file_name"], only=only)}

    def get_default_path_list(self, i: Contract) -> list[str]:
        """The folders of the search path that ``default_path_env_key`` names; a list, not a dictionary."""
        return search_path_folders(i.get("default_path_env_key") or "", self.step)

    @_contract
    def _available_variations(self, i: Contract) -> Contract:
        """An error that lists the variations of the recipe whose ``meta`` is given."""
        meta = i["meta"]
        names = " ".join(sorted(f"_{name}" for name in meta.get("variations") or {}))
        alias = meta.get("alias", self.step.name)
        raise CMError(f"recipe {alias} needs a variation", hint=f"add one of: {names}" if names else "")

    def _probe(self, i: Contract, env: dict[str, Any]) -> Contract:
        """What the native script and the hook ``detect_version`` say about a candidate."""
        return self.step.detect_version(env, self._state(i), cwd=Path.cwd())

    @staticmethod
    def _state(i: Contract) -> dict[str, Any]:
        """A copy of the state: what a helper's run does to it stays with the helper."""
        state = (i.get("run_script_input") or {}).get("state")
        copied = clone(state)
        return copied if isinstance(copied, dict) else {}


def _veto(hook: Any) -> Callable[[str], bool]:
    """The ``hook`` of a recipe as a function of a path."""

    def skip(path: str) -> bool:
        if hook is None:
            return False
        answer = hook({"file": path})
        if answer.get("return"):
            raise CMError(str(answer.get("error") or "the recipe's check failed"), exit_code=answer["return"])
        return bool(answer.get("skip"))

    return skip
