"""Public functions of the script automation: what ``cm run script`` and ``cm prepare script`` do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core import CMError, Result, replace
from cm_core.actions.commonflags import DryRun
from cm_core.base import directory_is_writable
from cm_core.flags import read_flags
from cm_script.calling import script_call, with_defaults
from cm_script.pipeline.context import RunContext
from cm_script.pipeline.engine import Engine
from cm_script.pipeline.select import Selection, Selector
from cm_script.profile import CM, Profile
from cm_script.search import find_scripts
from cm_script.undeclared import check_flags

if TYPE_CHECKING:
    from cm_core import Request, Session

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

    asked_for = request
    request, options = _without_effects(asked_for, session, profile)
    call = script_call(request, options, session, profile)
    if call.asked.help:
        from cm_script.show import script_help

        return script_help(Selector(RunContext(session, profile=profile)).select(call))
    if request.artifacts:  # Recipes may read them.
        call = replace(call, options={**call.options, "artifacts": list(request.artifacts)})
    if session.depth == 1 and not call.asked.skip_write_test:
        _check_folder(Path(call.host.cwd))

    def on_selected(selection: Selection) -> None:
        check_flags(request, options, selection.artifact, selection.meta, session)

    context = RunContext(
        session,
        profile=profile,
        inherited={key: options[key] for key in _INHERITED if key in options},
        given=call.explicit_env.with_(call.explicit_const),
        on_output=(observation := Observation(request, session)).on_output,
        python=call.asked.python,
    )
    context.dry = request is not asked_for
    with (
        observation.of_failure(context, call),
        report.summarised(context, call),
        report.keep_repro_record(context, call) as outcomes,
        context.interpreters.in_force(),
    ):
        outcomes.append(Engine(context, on_selected=on_selected).run(call))
    result = report.run_result(context, call, outcomes[0])
    return observation.of_end(result, context, call, outcomes[0])


def prepare_script(request: Request, session: Session) -> Result:
    """Run the dependencies of a script, not the script itself: ``--fake_run``."""
    return run_script(request.with_options(fake_run=True), session)


def _without_effects(request: Request, session: Session, profile: Profile) -> tuple[Request, dict[str, Any]]:
    """A request, and its options over the user's defaults; of a dry run such that nothing is run or written.

    A recipe whose input has this name shows itself what it would do, such as the plan of a benchmark.
    """
    options = with_defaults(request.options, session, nested=session.depth > 1)
    if not options.keys() & DryRun.__by_key__.keys():  # as mostly
        return request, options
    if _is_input(request, options, session, profile) or not read_flags(DryRun, options).dry_run:
        return request, options
    quiet = dict.fromkeys(("repro", "save_env", "shell", "dump_version_info"), False)
    shown = dict.fromkeys(("fake_run", "fake_deps", "print_deps", "skip_write_test"), True)
    typed, merged = (
        {**{key: value for key, value in given.items() if key not in DryRun.__by_key__}, **quiet, **shown}
        for given in (request.options, options)
    )
    return replace(request, options=typed), merged


def _is_input(request: Request, options: dict[str, Any], session: Session, profile: Profile) -> bool:
    """Whether each script that may be meant, in all its variations, has an input called like that flag."""
    from cm_script.schema.keys import INPUT_MAPPING

    call = script_call(request, options, session, profile)
    inputs = [INPUT_MAPPING.or_empty(one.meta) for one in find_scripts(session, call.artifact, call.tags)]
    return bool(inputs) and all(DryRun.__by_key__.keys() <= one.keys() for one in inputs)


def _check_folder(folder: Path) -> None:
    if not directory_is_writable(folder):
        raise CMError(
            f"the current folder {folder} is not writable",
            hint="change to another folder, or add --skip_write_test",
        )
