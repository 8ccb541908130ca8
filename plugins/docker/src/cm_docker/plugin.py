"""The plugin ``docker``: adapters between the hooks of the toolkit and the work in containers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from cm_core.hookspecs import Action, AddedOptions, Automation, Option, hookimpl
from cm_docker.options import CONTAINER_OPTIONS, ENGINE, IMAGE_OPTIONS
from cm_script.options import RUN_OPTIONS

if TYPE_CHECKING:
    from cm_core.model.keys import Key
    from cm_core.model.request import Request
    from cm_core.model.result import Result
    from cm_core.session import Session
    from cm_docker.engine import ContainerEngine
    from cm_script.observers import RunObserver

cm_api_version = "1"
cm_hookspecs = "cm_docker.hookspecs"

DOCKERFILE_FLAG = "print_dockerfile"

_FORCE = Option(name="force", help="replace what an earlier call wrote (also -f)", kind="flag")
_RUN = Action(
    name="docker",
    automation="script",
    help="run a script in a container that is made for it",
    handler="cm_docker.commands:docker_script",
    options=(*RUN_OPTIONS, *CONTAINER_OPTIONS),
    open_options=True,
    shortcut="cmrd",
)
_DOCKERFILE = Action(
    name="dockerfile",
    automation="script",
    help="write the Dockerfile of a script with everything that it copies",
    handler="cm_docker.commands:write_dockerfile",
    options=(*RUN_OPTIONS, *IMAGE_OPTIONS, _FORCE),
    open_options=True,
)
_BUILD = Action(
    name="build",
    automation="docker",
    help="build the image of a script",
    handler="cm_docker.commands:build_image",
    options=(*RUN_OPTIONS, *IMAGE_OPTIONS),
    open_options=True,
)
_UNASKED = Option(name="force", help="do not ask (also -f)", kind="flag")
_ALL = Option(name="all", help="all images and containers that were made by us", kind="flag")


@hookimpl
def cm_register_automations() -> Iterable[Automation]:
    """Images and containers."""
    return [
        Automation(
            name="docker",
            uid="2d90be7cab6e4d9f",
            help="images and containers of scripts",
            actions=(_BUILD,),
            options={"find": (ENGINE,), "load": (ENGINE,), "rm": (ENGINE, _ALL, _UNASKED)},
        )
    ]


@hookimpl
def cm_register_actions() -> Iterable[Action]:
    """Verbs on scripts, which another plugin owns."""
    return [_RUN, _DOCKERFILE]


@hookimpl
def cm_register_options() -> Iterable[AddedOptions]:
    """What ``cm run script`` writes about a run."""
    text = "write a Dockerfile that repeats this run, with all it copies, into docker-SCRIPT (=FOLDER)"
    option = Option(name=DOCKERFILE_FLAG, help=text, kind="optional")
    return [AddedOptions(action="run", automation="script", options=(option,))]


@hookimpl
def cm_recipe_keys() -> Iterable[Key[Any]]:
    """What recipes say about their containers."""
    from cm_docker.recipekeys import KEYS

    return KEYS


@hookimpl
def cm_observe_run(request: Request, session: Session) -> RunObserver | None:
    """Write the Dockerfile of a run when it has ended."""
    if not request.options.get(DOCKERFILE_FLAG):
        return None
    from cm_docker.observer import dockerfile_writer

    return dockerfile_writer(request, session)


@hookimpl
def cm_find(request: Request, session: Session) -> Result | None:
    """List images and containers of ours."""
    from cm_docker.inventory import find_things

    return find_things(request, session)


@hookimpl
def cm_load(request: Request, session: Session) -> Result | None:
    """Show what is known about one of them."""
    from cm_docker.inventory import load_thing

    return load_thing(request, session)


@hookimpl
def cm_rm(request: Request, session: Session) -> Result | None:
    """Remove some of them."""
    from cm_docker.inventory import remove_things

    return remove_things(request, session)


@hookimpl
def cm_container_engines(session: Session) -> Iterable[ContainerEngine]:
    """The engines that come with the plugin."""
    from cm_docker.engines.apptainer import Apptainer
    from cm_docker.engines.oci import Docker, Podman

    return [Docker(session.env), Podman(session.env), Apptainer(session.env, session.home.path)]
