"""Hooks that the docker plugin publishes.

A plugin that does not need this one implements them with ``@hookimpl(optionalhook=True)``, and imports from
``cm_docker`` inside the function.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cm_core import hookspec

if TYPE_CHECKING:
    from cm_core import Session
    from cm_docker.engine import ContainerEngine


@hookspec
def cm_container_engines(session: Session) -> Iterable[ContainerEngine]:
    """Programs that build images and run containers.

    Called when a container is needed. All plugins are called; making an engine must neither run it nor fail
    when it is not installed.

    Returns:
        objects with the methods of ``cm_docker.ContainerEngine``. Without ``--docker_engine`` the
        first one that works is taken; docker, podman and apptainer come before those of other plugins. A
        plugin that raises, or whose objects lack one of the methods, is left out with a warning.
    """
    raise NotImplementedError
