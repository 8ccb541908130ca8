"""What is known about a requested run before it runs, for plugins that run scripts elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cm_core import field, frozen

if TYPE_CHECKING:
    from cm_core import Artifact, Request, Session
    from cm_script.model.call import ScriptCall


@frozen
class Inspection:
    """The script that a request selects, with its variations, versions and environment resolved.

    Attributes:
        script: what would run.
        variations: all that are on, in order of application.
        options: those of the request over those of the user's configuration.
        env: what the run starts with.
        docker: its settings for containers, as variations and versions leave them.
        container_deps: the dependencies that make a container ready and are also of use inside it.
        call: what was asked, as the engine reads it.
    """

    script: Artifact
    variations: tuple[str, ...]
    options: Mapping[str, Any]
    env: Mapping[str, Any]
    docker: Mapping[str, Any]
    container_deps: tuple[Mapping[str, Any], ...]
    call: ScriptCall = field(repr=False)


def inspect_script(request: Request, session: Session) -> Inspection:
    """Select the script of a ``run`` request and resolve how it would run, without running anything.

    Raises:
        CMError: when no script fits, several do, or what is asked of it contradicts its metadata.
    """
    from cm_script.calling import script_call, with_defaults
    from cm_script.pipeline.context import RunContext
    from cm_script.pipeline.resolve import resolve_script
    from cm_script.pipeline.select import Selector
    from cm_script.profile import CM
    from cm_script.undeclared import check_flags

    options = with_defaults(request.options, session, nested=session.depth > 1)
    call = script_call(request, options, session)
    selection = Selector(RunContext(session)).select(call)
    check_flags(request, options, selection.artifact, selection.meta, session)
    resolved = resolve_script(selection.meta, call, CM)
    return Inspection(
        script=selection.artifact,
        variations=resolved.variations,
        options=options,
        env=resolved.env,
        docker=resolved.docker,
        container_deps=tuple(resolved.docker_deps),
        call=call,
    )


def exact_command(found: Inspection, options: Mapping[str, Any], session: Session) -> tuple[str, ...]:
    """Words such as ``cm run script --tags=get,gcc --version=12`` that run exactly the same script.

    Secrets are left out; stars stand for user names and passwords inside addresses.

    Args:
        found: the script, and the words by which it was asked for.
        options: what else to say; those of the request unless they are to be others.
    """
    from cm_script.profile import CM
    from cm_script.rerun import command_of

    call = found.call
    tags = ",".join(call.tags.to_words())
    again = type(call).from_options({**options, "tags": tags}, CM, artifact=call.artifact, host=call.host)
    return command_of(session, again, found.script, CM)
