"""What a ``customize.py`` imports from a recipe that it depends on, where dependencies are only listed.

Such a recipe puts its folder on ``sys.path`` in a hook. It is run, as long as it has nothing but hooks; what
it needs itself is only listed, so what its hook wants to know of that has to be given.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

from cm_core import CMError, replace
from cm_script.model.meta import ScriptMeta
from cm_script.model.scripttags import parse_script_tags
from cm_script.pipeline.plan import DependencyPlan, dependency_call
from cm_script.runtime.customize import MISSING_MODULE
from cm_script.search import find_scripts, has_variations

if TYPE_CHECKING:
    from cm_core import Artifact
    from cm_script.model.call import ScriptCall
    from cm_script.pipeline.execution import Execution
    from cm_script.pipeline.outcome import Outcome

_NOW = {"fake_run": False, "prepare": False, "fake_deps": True}


def provide(execution: Execution, error: CMError) -> Generator[ScriptCall, Outcome, bool]:
    """Run the listed dependency that has the missing module, unless nothing at all may run.

    Args:
        error: that the ``customize.py`` of the execution cannot be loaded.

    Returns:
        whether it has run.

    Raises:
        CMError: the error, when no dependency has the module, or when its recipe fails.
    """
    module = str(error.details[MISSING_MODULE]).partition(".")[0]
    for plan in execution.listed:
        if (recipe := _provider(execution, plan, module)) is None:
            continue
        if execution.context.dry:
            return False
        options = {**execution.context.inherited, **_NOW}
        child = dependency_call(plan, execution.resolved, state=execution.state, options=options)
        try:
            yield replace(child, env=plan.env)
        except CMError as failed:
            raise _explained(error, recipe.name, failed) from failed
        return True
    raise error


def _provider(execution: Execution, plan: DependencyPlan, module: str) -> Artifact | None:
    """The script of a dependency, if it has the module and neither a native script nor a cached result."""
    session, tags = execution.context.session, parse_script_tags(plan.tags)
    found = [script for script in find_scripts(session, "", tags) if has_variations(script, tags)]
    if not found:
        return None
    folder = found[0].path
    if not ((folder / f"{module}.py").is_file() or (folder / module / "__init__.py").is_file()):
        return None
    native = any(folder.glob("run*.sh")) or any(folder.glob("run*.bat"))
    return None if native or ScriptMeta.from_artifact(found[0]).cache else found[0]


def _explained(error: CMError, recipe: str, failed: CMError) -> CMError:
    cause = failed.__cause__
    if isinstance(cause, KeyError) and cause.args:
        what = f"which wants to know {cause.args[0]}: add --env.{cause.args[0]}=VALUE"
    else:
        what = f"which cannot run: {failed.message}"
    return CMError(
        error.message,
        hint=f"the module comes from the recipe {recipe}, {what}",
        details=error.details,
    )
