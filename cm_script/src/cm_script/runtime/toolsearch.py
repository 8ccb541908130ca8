"""Looking for a program or library on behalf of a recipe: where, which one fits, what of it enters the env.

Behind both ``find_artifact`` of the toolbox and ``find_tool`` of the metadata.
"""

# Recipes exchange paths as text, hence os.path.
# ruff: noqa: PTH110, PTH113, PTH118, PTH119, PTH120

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Mapping
from typing import Any

from cm_core import CMError, NotFoundError, VersionBounds, field, frozen, is_true
from cm_script.env.merge import clone_mapping
from cm_script.errors import ScriptFailedError
from cm_script.runtime.find import prepend_found, requested_folders, search_folders
from cm_script.runtime.step import ScriptStep

# A version that says: this is not what was looked for.
INCOMPATIBLE = -1


@frozen
class ToolQuery:
    """What a recipe looks for.

    Attributes:
        names: of the file, those liked best first; the whole path is searched for each.
        search_path: name of the variable that lists the usual folders; none when empty.
        folders: more folders, looked at after those.
        path_key: env key that gets the path of what was found.
        extra_paths: folder beside the one of what was found -> list of the env that gets it.
        skip: a veto on a path.
        probe: what version an env with a candidate in it means, in the dictionary that ``detect_version``
            returns; every candidate will do without it.
        first: of several that fit, take the first, as a shell does, instead of asking.
    """

    names: tuple[str, ...]
    search_path: str = ""
    folders: tuple[str, ...] = ()
    path_key: str = ""
    extra_paths: Mapping[str, str] = field(default_factory=dict)
    skip: Callable[[str], bool] = lambda _path: False
    probe: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    first: bool = False


def find_tool(query: ToolQuery, env: dict[str, Any], step: ScriptStep) -> str:
    """The path of what fits the query and the version that ``env`` wishes; ``env`` gets it, too.

    Raises:
        NotFoundError: when nothing fits.
        CMError: when a file or folder that a person named does not exist, or a probe broke.
    """
    names, folders = _where(query, env, step)
    found = [path for name in names for path in search_folders(folders, name, skip=query.skip)]
    rejected: list[str] = []
    fitting = (path for path in dict.fromkeys(found) if fits(path, query, env, step, rejected=rejected))
    # Nobody is asked when the first will do: the others need not be run.
    first = query.first or is_true(env.get(step.profile.env("QUIET")))
    candidates = list(itertools.islice(fitting, 1 if first else None))
    if not candidates:
        raise _nothing_found(" or ".join(names), len(folders), wished_version(env, step), rejected)
    path = candidates[0]
    if len(candidates) > 1:
        question = f"several candidates for {names[0]} were found; which one?"
        path = candidates[step.output.interaction.choose(question, candidates)]
    folder = os.path.dirname(path)
    if folder not in search_path_folders(query.search_path, step):
        _export_folder(query, env, folder)
    if query.path_key:
        env[query.path_key] = path
    return path


def fits(
    path: str, query: ToolQuery, env: Mapping[str, Any], step: ScriptStep, *, rejected: list[str]
) -> bool:
    """Whether a candidate runs and has a wished version; ``rejected`` gets what is wrong with it.

    Raises:
        CMError: when the probe broke, which says nothing about the candidate.
    """
    if query.probe is None:
        return True
    tried = {**clone_mapping(env), query.path_key: path}
    try:
        found = query.probe(tried)
    except ScriptFailedError as error:
        if error.exit_code != ScriptFailedError.default_exit_code:
            raise
        rejected.append(f"{path} ({error.details.get('reason', 'failed')})")
        return False
    if found["return"]:
        if found["return"] == ScriptFailedError.default_exit_code:
            return False
        raise CMError(str(found.get("error") or "version was not detected"), exit_code=found["return"])
    version = found.get("version", "")
    if version in ("", INCOMPATIBLE) or not wished_version(tried, step).accepts(str(version)):
        rejected.append(f"{path} ({version if isinstance(version, str) and version else 'unfit'})")
        return False
    return True


def wished_version(env: Mapping[str, Any], step: ScriptStep) -> VersionBounds:
    """The version that a request wants, as the env of a run tells it."""
    keys = (step.profile.env(name) for name in ("VERSION", "VERSION_MIN", "VERSION_MAX"))
    exact, minimum, maximum = (str(env.get(key) or "") for key in keys)
    return VersionBounds(exact=exact, minimum=minimum, maximum=maximum)


def search_path_folders(variable: str, step: ScriptStep) -> list[str]:
    """The folders that a variable such as ``PATH`` lists."""
    separator = step.os_info["env_separator"]
    return step.process_env.get(variable, "").split(separator) if variable else []


def _where(query: ToolQuery, env: Mapping[str, Any], step: ScriptStep) -> tuple[tuple[str, ...], list[str]]:
    """What to look for, and in which folders: a forced file, a requested path, or the default ones."""
    profile = step.profile
    forced = str(env.get(profile.env("INPUT")) or "").strip()
    if forced:
        if not os.path.isfile(forced):
            raise CMError(f"file {forced} does not exist", hint="correct --input")
        return (os.path.basename(forced),), [os.path.dirname(forced) or "."]
    requested = str(env.get(profile.env("TMP_PATH")) or "")
    if not requested:
        return query.names, [*search_path_folders(query.search_path, step), *query.folders]
    may_miss = env.get(profile.env("TMP_PATH_IGNORE_NON_EXISTANT")) == "yes"
    return query.names, requested_folders(requested, step.os_info["env_separator"], may_miss=may_miss)


def _nothing_found(name: str, folders: int, wish: VersionBounds, rejected: list[str]) -> NotFoundError:
    if not rejected:
        return NotFoundError(
            f"{name} was not found in {folders} folders",
            hint="give the folder with --path, or the file with --input",
        )
    wanted = f"{name} {wish}" if str(wish) else f"usable {name}"
    if wish.exact and any(f" ({wish.exact}." in candidate for candidate in rejected):
        meant = f"--version_min={wish.exact} --version_max={wish.exact}.999"
        wanted += f" (exactly this; for any {wish.exact}.x use {meant})"
    return NotFoundError(f"found no {wanted}; looked at: {', '.join(rejected)}")


def _export_folder(query: ToolQuery, env: dict[str, Any], folder: str) -> None:
    """Put a folder outside the usual search path, and what lies beside it, into lists of the env."""
    if query.search_path:
        prepend_found(env, query.search_path, folder)
    for extra, key in query.extra_paths.items():
        beside = os.path.normpath(os.path.join(folder, "..", extra))
        if os.path.exists(beside):
            env.setdefault(key, []).append(beside)
