"""Public functions of the script automation: what ``cm run script`` and ``cm prepare script`` do."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core import ArtifactRef, CMError, ObjectRef, Result, UsageError
from cm_core.actions.flags import Manner
from cm_core.base import directory_is_writable
from cm_core.flags import read_flags
from cm_core.plugins import flags_added_to
from cm_script.flags import Run
from cm_script.model.call import HostContext, ScriptCall, are_tags
from cm_script.pipeline.context import RunContext
from cm_script.pipeline.engine import Engine
from cm_script.pipeline.select import Selection, Selector
from cm_script.profile import CM, Profile
from cm_script.runtime.host import host_os_info
from cm_script.search import find_scripts
from cm_script.undeclared import unknown_flags

if TYPE_CHECKING:
    from cm_core import Artifact, Request, Session

# What dependencies inherit from the request that led to them.
_INHERITED = ("verbose", "v", "silent", "s", "time", "debug_script_tags", "skip_remembered_selections")


def run_script(request: Request, session: Session, profile: Profile = CM) -> Result:
    """Run a script with all its dependencies.

    Returns:
        data with ``new_env``, ``new_state``, ``env``, ``state``, ``deps`` and ``steps`` (what was done).

    Raises:
        CMError: as the engine; a native script that failed is a :class:`ScriptFailedError`.
    """
    from cm_script import report
    from cm_script.observers import Observation

    options = with_defaults(request.options, session, nested=session.depth > 1)
    call = script_call(request, options, session, profile)
    if call.asked.help:
        from cm_script.show import script_help

        return script_help(Selector(RunContext(session, profile=profile)).select(call))
    for word in _without_meaning(request):
        session.warn(f"the word '{word}' is ignored; tags go into one word: \"get {word} _variation\"")
    if session.depth == 1 and not call.asked.skip_write_test:
        _check_folder(Path(call.host.cwd))
    inherited = {key: options[key] for key in _INHERITED if key in options}

    def check_flags(selection: Selection) -> None:
        strict, name = read_flags(Manner, request).strict, selection.artifact.name
        added = flags_added_to(session.plugins, "run", "script")
        for sentence in unknown_flags(request.options, selection.meta, name, added=added, strict=strict):
            session.warn(sentence)

    on_selected = check_flags if session.depth == 1 else None
    observation = Observation(request, session)
    context = RunContext(
        session,
        profile=profile,
        inherited=inherited,
        given=call.explicit_env.with_(call.explicit_const),
        on_output=observation.on_output,
    )
    with (
        observation.of_failure(context, call),
        report.summarised(context, call),
        report.keep_repro_record(context, call) as outcomes,
    ):
        outcomes.append(Engine(context, on_selected=on_selected).run(call))
    result = report.run_result(context, call, outcomes[0])
    return observation.of_end(result, context, call, outcomes[0])


def prepare_script(request: Request, session: Session) -> Result:
    """Run the dependencies of a script, not the script itself: ``--fake_run``."""
    return run_script(request.with_options(fake_run=True), session)


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


def _without_meaning(request: Request) -> list[str]:
    """The words after the name of a script that are neither tags nor variations."""
    return [word for position, word in enumerate(request.artifacts) if position or not are_tags(word)]


def _refuse_strays(request: Request, call: ScriptCall, session: Session) -> None:
    """Refuse a word that means nothing here and may have been meant as the value of the flag before it."""
    lost = _without_meaning(request)
    if request.artifact in request.strays and not find_scripts(session, call.artifact, call.tags):
        lost.insert(0, request.artifact)
    for word in lost:
        if flag := request.strays.get(word):
            from cm_core.base import did_you_mean

            near = did_you_mean(flag.lstrip("-").replace("-", "_"), Run.__by_key__, prefix="--")
            raise UsageError(
                f"'{word}' has no meaning here: {flag} is a flag of recipes, whose value comes after '='",
                hint="; ".join(filter(None, (f"write {flag}={word}", near))),
            )


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


def _check_folder(folder: Path) -> None:
    if not directory_is_writable(folder):
        raise CMError(
            f"the current folder {folder} is not writable",
            hint="change to another folder, or add --skip_write_test",
        )
