"""Making a recipe ready to execute: its ``customize.py``, and the dictionaries that its hooks get."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_script.env.merge import clone_mapping
from cm_script.runtime.customize import Customize, load_customize
from cm_script.runtime.step import ScriptStep, StepOptions, StepOutput

if TYPE_CHECKING:
    import logging

    from cm_core import Session
    from cm_script.model.call import ScriptCall
    from cm_script.pipeline.execution import Execution
    from cm_script.pipeline.overlay import Overlay
    from cm_script.profile import Profile

CUSTOMIZE = "customize.py"
_INDENT = "  "


class RecipeAccess:
    """What recipes reach as ``automation.cmind``: requests to the toolkit in the dictionary convention."""

    def __init__(self, session: Session) -> None:
        self.session = session

    @property
    def logger(self) -> logging.Logger:
        """Where recipes log."""
        import logging

        return logging.getLogger("cm.recipe")

    def access(self, request: Mapping[str, Any] | str | Sequence[str]) -> dict[str, Any]:
        """Answer a request; see :meth:`cm_core.session.Session.access`."""
        return self.session.access(request)


def script_step(execution: Execution, folder: Path, *, shared: bool) -> ScriptStep:
    """The recipe of an execution, loaded and bound to a folder.

    Args:
        shared: whether other runs may work in the folder too.

    Raises:
        CMError: when ``customize.py`` cannot be loaded.
    """
    context, call, artifact = execution.context, execution.resolved.call, execution.selection.artifact
    session, reporter = context.session, context.session.reporter
    overlay = _interpreter(execution)
    process_env = context.process_env  # before customize.py is loaded, as it makes ready what that imports
    customize = _load_customize(execution)
    common = _common_input(execution)
    step = ScriptStep(
        name=artifact.name,
        path=artifact.path,
        meta=execution.meta,
        const=execution.resolved.const.thaw(),
        const_state=execution.resolved.const_state.thaw(),
        os_info=context.os_info,
        process_env=process_env,
        managed_env=lambda: context.managed_env,
        python_env=context.env_with(overlay) if overlay else None,
        customize=customize,
        common=common,
        script_input=_script_input(execution, folder),
        profile=context.profile,
        output=_step_output(execution),
        options=StepOptions(
            ignore_status=call.asked.ignore_script_error,
            keep_script=_wants_copy(execution),
            locks_dir=session.home.locks_dir if shared else None,
            on_wait=lambda: reporter.message(f"waiting for another run in {folder}"),
            chain=execution.chain,
            rerun=lambda: _rerun(call, context.profile),
            hook_env={**context.recipe_env, **(overlay.hook_variables(session.env) if overlay else {})},
        ),
    )
    if customize is not None:
        _give_toolbox(step, common, session)
    return step


def _give_toolbox(step: ScriptStep, common: dict[str, Any], session: Session) -> None:
    from cm_script.runtime.toolbox import Toolbox

    given = session.hooks.first("cm_recipe_access", object, session=session)
    common["automation"] = step.script_input["self"] = Toolbox(step, given or RecipeAccess(session))


def _rerun(call: ScriptCall, profile: Profile) -> tuple[str, ...]:
    from cm_script.rerun import rerun_command

    return rerun_command(call, profile)


def _step_output(execution: Execution) -> StepOutput:
    context, call = execution.context, execution.resolved.call
    session, name = context.session, execution.selection.artifact.name
    reporter = session.reporter
    return StepOutput(
        on_output=execution.output,
        on_prompt=lambda text: reporter.prompt(None if call.verbose else execution.step, text),
        log_path=context.log_folder / f"{execution.step.id:03d}-{name}.log",
        interaction=session.interaction,
        on_warning=session.warn,
    )


def _interpreter(execution: Execution) -> Overlay | None:
    """The environment in which it runs instead of the user's own Python; from now on its env names it."""
    interpreters, recipe = execution.context.interpreters, execution.selection.artifact
    overlay = interpreters.of_step(
        recipe, execution.resolved, execution.env, exports=execution.recipe.new_env_keys
    )
    if overlay is not None:
        execution.python = overlay.python
        execution.env = execution.env.with_(interpreters.named_in(execution.env, overlay))
    return overlay


def _load_customize(execution: Execution) -> Customize | None:
    """``customize.py`` of the recipe; where there is one, its hooks may change the metadata."""
    artifact = execution.selection.artifact
    customize = load_customize(artifact.path / CUSTOMIZE, name=artifact.name)
    if customize is not None:
        execution.open_meta()
    return customize


def _common_input(execution: Execution) -> dict[str, Any]:
    call, selection = execution.resolved.call, execution.selection
    return {
        "input": clone_mapping(call.options),
        "artifact": selection.artifact,
        "customize": clone_mapping(execution.recipe.customize),
        "os_info": execution.context.os_info,
        "recursion_spaces": _INDENT * execution.step.depth,
        "script_tags": list(selection.tags.required),
        "variation_tags": [f"_{name}" for name in execution.resolved.variations],
    }


def _script_input(execution: Execution, folder: Path) -> dict[str, Any]:
    """``run_script_input`` of the contract: recipes hand it back to helpers and read ``path`` from it."""
    resolved, selection = execution.resolved, execution.selection
    profile = execution.context.profile
    os_info = execution.context.os_info
    return {
        "path": str(selection.artifact.path),
        "work_path": str(folder),
        "bat_ext": os_info["bat_ext"],
        "os_info": os_info,
        "const": resolved.const.thaw(),
        "const_state": resolved.const_state.thaw(),
        "recursion": execution.step.depth > 0,
        "recursion_spaces": _INDENT * execution.step.depth,
        "tmp_file_run": profile.run_file,
        "tmp_file_run_env": profile.run_env_file,
        "tmp_file_run_state": profile.run_state_file,
        "tmp_file_state": profile.state_file,
        "local_env_keys": list(profile.local_env_keys),
        "local_env_keys_from_meta": execution.recipe.local_env_keys,
        "posthook_deps": execution.meta.get("posthook_deps") or [],
        "add_deps_recursive": clone_mapping(resolved.adr),
        "remembered_selections": [],
        "found_script_tags": list(selection.artifact.tags),
        "variation_tags_string": ",".join(f"_{name}" for name in resolved.explicit_variations),
        "found_cached": False,
        "debug_script_tags": resolved.call.asked.debug_script_tags,
        "verbose": resolved.call.asked.verbose,
        "meta": execution.meta,
        "run_state": {"script_id": selection.artifact.ref, "script_tags": list(selection.artifact.tags)},
    }


def _wants_copy(execution: Execution) -> bool:
    call: ScriptCall = execution.resolved.call
    if call.asked.debug_script:
        return True
    wanted = call.asked.debug_script_tags
    return bool(wanted) and set(wanted.split(",")) <= set(execution.selection.artifact.tags)
