"""From a request to the call of a script that it means."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core import ArtifactRef, ObjectRef, UsageError
from cm_script.flags import Run
from cm_script.model.call import HostContext, ScriptCall
from cm_script.model.scripttags import are_tags
from cm_script.profile import CM, Profile
from cm_script.runtime.host import host_os_info
from cm_script.search import check_tags_once, find_scripts

if TYPE_CHECKING:
    from cm_core import Artifact, Request, Session


def script_call(
    request: Request, options: Mapping[str, Any], session: Session, profile: Profile = CM
) -> ScriptCall:
    """The call that a request means.

    Raises:
        UsageError: when an option has the wrong shape, or nothing says which script.
    """
    os_env = host_os_info()["env"]
    host = HostContext(cwd=str(session.cwd), environ=session.env, os_env=os_env)
    call = ScriptCall.from_options(
        options,
        profile,
        artifact=request.artifact,
        artifacts=request.artifacts,
        host=host,
        nested=session.depth > 1,
    )
    _refuse_strays(request, call, session)
    if not call.artifact and not call.tags.required:
        raise UsageError("no script to run was given", hint='use: cm run script "tags of the script"')
    return call


def words_without_meaning(request: Request) -> list[str]:
    """The words after the name of a script that are neither tags nor variations."""
    return [word for position, word in enumerate(request.artifacts) if position or not are_tags(word)]


def _refuse_strays(request: Request, call: ScriptCall, session: Session) -> None:
    """Refuse a word that means nothing here and may have been meant as the value of the flag before it."""
    check_tags_once(request)
    lost = words_without_meaning(request)
    if request.artifact in request.strays and not find_scripts(session, call.artifact, call.tags):
        lost.insert(0, request.artifact)
    for word in lost:
        if flag := request.strays.get(word):
            name = flag.lstrip("-").replace("-", "_").partition(".")[0]
            kind = "a flag" if name in Run.__by_key__ else "a flag of recipes,"
            raise UsageError(
                f"'{word}' has no meaning here: {flag} is {kind} whose value comes after '='",
                hint="; ".join(filter(None, (f"write {flag}={word}", _meant_flag(name, call, session)))),
            )


def _meant_flag(name: str, call: ScriptCall, session: Session) -> str:
    """A hint that names flags of the engine; nothing where the engine or one of the scripts has the flag."""
    from cm_core.base import did_you_mean
    from cm_script.schema.interface import inputs_of

    scripts = find_scripts(session, call.artifact, call.tags)
    if name in Run.__by_key__ or any(
        name == item.flag for script in scripts for item in inputs_of(script.meta)
    ):
        return ""
    return did_you_mean(name, Run.__by_key__, prefix="--")


def with_defaults(options: Mapping[str, Any], session: Session, *, nested: bool) -> dict[str, Any]:
    """The options over those of the user's configuration (artifact ``cfg,default``) and environment."""
    if nested:
        return dict(options)
    merged: dict[str, Any] = {}
    for artifact in _default_configuration(session):
        configured = artifact.meta.get("script")
        if isinstance(configured, Mapping):
            merged.update(configured)
            break
    if extra := session.env.get("CM_SCRIPT_EXTRA_CMD", "").strip():
        from cm_core import parse_line

        merged.update(parse_line(f"run script {extra}", cwd=session.cwd).options)
    merged.update(options)
    return {**merged, **_absolute_paths(merged, session.cwd)}


def _absolute_paths(options: Mapping[str, Any], folder: Path) -> dict[str, str]:
    """``--path`` and ``--input`` that exist below the current folder: a cached script works elsewhere."""
    absolute = {}
    for name, separator in (("path", os.pathsep), ("input", None)):
        value = options.get(name)
        if isinstance(value, str) and value:
            parts = value.split(separator) if separator else [value]
            absolute[name] = (separator or "").join(
                str(folder / part) if part and (folder / part).exists() else part for part in parts
            )
    return absolute


def _default_configuration(session: Session) -> list[Artifact]:
    kind = ObjectRef(alias="cfg", uid="88dce9c160324c5d")
    return session.index.find(kind, ArtifactRef(object=ObjectRef(alias="default")), thorough=False)
