"""``cm find|load|rm docker``: images and containers that were made by us, and nobody else's."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from cm_core import AmbiguousError, CMError, Result
from cm_core.actions import find_artifacts, is_dry_run, preview
from cm_core.actions.commonflags import Find
from cm_core.base import encode
from cm_core.flags import read_flags
from cm_docker.choose import choose_engine, working_engines
from cm_docker.flags import Engine, Remove

if TYPE_CHECKING:
    from cm_core import Request, Session
    from cm_docker.engine import ContainerThing


def find_things(request: Request, session: Session) -> Result:
    """List images and containers by name, script or id, and artifacts of the kind.

    Raises:
        CMError: when the engine that was asked for does not work.
    """
    artifacts = find_artifacts(request, session)
    things = [] if read_flags(Find, request).tags else matching(request, session)
    return Result(
        data={"list": [*artifacts.data["list"], *things]},
        lines=(*artifacts.lines, *(_line(thing) for thing in things)),
    )


def load_thing(request: Request, session: Session) -> Result | None:
    """All that is known about one image or container; ``None`` leaves it to artifacts of the kind.

    Raises:
        AmbiguousError: when several have the name.
    """
    things = matching(request, session) if request.artifact else []
    if not things:
        return None
    if len(things) > 1:
        raise AmbiguousError(
            f"{len(things)} images and containers are called '{request.artifact}'",
            candidates=[_line(thing) for thing in things],
            hint="name one by its ID",
        )
    facts = encode(things[0])
    return Result(data=facts, lines=tuple(f"{key}: {value}" for key, value in facts.items() if value))


def remove_things(request: Request, session: Session) -> Result | None:
    """Remove images and containers after consent; ``None`` leaves it to artifacts of the kind.

    Raises:
        CMError: when the answer is no, or an engine refuses.
    """
    asked = read_flags(Remove, request)
    things = matching(request, session) if request.artifact or asked.all else []
    if not things:
        return None
    # Containers first: an image that one uses cannot be removed.
    things.sort(key=lambda thing: thing.kind != "container")
    if is_dry_run(request):
        return preview("remove", [f"{thing.kind} {thing.name}" for thing in things], list=things)
    listing = "".join(f"\n  {_line(thing)}" for thing in things)
    if not asked.force and not session.interaction.confirm(f"remove{listing}\nsure?"):
        raise CMError("nothing was removed")
    engines = {engine.name: engine for engine in working_engines(session)}
    for thing in things:
        engines[thing.engine].remove(thing)
    return Result(
        data={"deleted_list": things}, lines=tuple(f"removed {thing.kind} {thing.name}" for thing in things)
    )


def matching(request: Request, session: Session) -> list[ContainerThing]:
    """The images and containers that a request means; all when it names none."""
    wanted = read_flags(Engine, request, session.env).engine
    engines = [choose_engine(wanted, session)] if wanted else working_engines(session)
    things = [thing for engine in engines for thing in engine.things()]
    names = [name for name in (request.artifact, *request.artifacts) if name]
    if names:
        things = [thing for thing in things if any(_is_called(thing, name) for name in names)]
    return things


def _is_called(thing: ContainerThing, name: str) -> bool:
    alias, _, uid = thing.script.partition(",")
    short = thing.name.partition("/")[2]
    known = (thing.name, short, short.partition(":")[0], alias, uid)
    return any(fnmatchcase(text, name) for text in known if text) or (
        len(name) >= 8 and thing.id.removeprefix("sha256:").startswith(name)
    )


def _line(thing: ContainerThing) -> str:
    more = thing.status or thing.size
    return f"{thing.kind:9} {thing.name}  {thing.engine}  {more}".rstrip()
