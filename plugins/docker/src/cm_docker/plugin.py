"""The plugin ``docker``: adapters between the hooks of the toolkit and the work in containers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from cm_core import Action, AddedFlags, Automation, hookimpl

if TYPE_CHECKING:
    from cm_core import Offer, Request, Result, Session
    from cm_core.model.keys import Key
    from cm_docker.engine import ContainerEngine
    from cm_script import RunObserver

cm_api_version = "1"
cm_hookspecs = "cm_docker.hookspecs"

_OF_RUNS = "cm_script.flags:Run"
_DRY_RUN = "cm_core.actions.commonflags:DryRun"
_RUN = Action(
    name="docker",
    automation="script",
    help="run a script in a container made for it",
    handler="cm_docker.commands:docker_script",
    flags=(_OF_RUNS, "cm_docker.flags:Container", _DRY_RUN),
    open_flags=True,
    shortcut="cmrd",
)
_DOCKERFILE = Action(
    name="dockerfile",
    automation="script",
    help="write the Dockerfile of a script with everything that it copies",
    handler="cm_docker.commands:write_dockerfile",
    flags=(_OF_RUNS, "cm_docker.flags:Image", "cm_core.actions.commonflags:Force", _DRY_RUN),
    open_flags=True,
)
_BUILD = Action(
    name="build",
    automation="docker",
    help="build the image of a script",
    handler="cm_docker.commands:build_image",
    flags=(_OF_RUNS, "cm_docker.flags:Image", _DRY_RUN),
    open_flags=True,
)


@hookimpl
def cm_register_automations() -> Iterable[Automation]:
    """Images and containers."""
    return [
        Automation(
            name="docker",
            uid="2d90be7cab6e4d9f",
            help="images and containers of scripts",
            actions=(_BUILD,),
            flags={
                "find": "cm_docker.flags:Find",
                "load": "cm_docker.flags:Load",
                "rm": ("cm_docker.flags:Remove", _DRY_RUN),
            },
        )
    ]


@hookimpl
def cm_register_actions() -> Iterable[Action]:
    """Verbs on scripts, which another plugin owns."""
    return [_RUN, _DOCKERFILE]


@hookimpl
def cm_register_flags() -> Iterable[AddedFlags]:
    """What ``cm run script`` writes about a run."""
    return [AddedFlags(action="run", automation="script", flags="cm_docker.runflags:OfRuns")]


@hookimpl
def cm_complete(request: Request, session: Session) -> Offer | None:
    """The script whose image is built has inputs and variations of its own."""
    if (request.action, request.automation) != ("build", "docker"):
        return None
    from cm_script import offer_of_scripts

    return offer_of_scripts(request, session)


@hookimpl
def cm_recipe_keys() -> Iterable[Key[Any]]:
    """What recipes say about their containers."""
    from cm_docker.recipekeys import KEYS

    return KEYS


@hookimpl
def cm_observe_run(request: Request, session: Session) -> RunObserver | None:
    """Write the Dockerfile of a run when it has ended."""
    if "print_dockerfile" not in request.options:
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
