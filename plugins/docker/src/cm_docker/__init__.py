"""Scripts in containers: docker, podman, apptainer, and engines from other plugins.

Public is what an engine gets and is.

- ``engine``: the contract of an engine; ``engines``: those of the plugin; ``choose``: the one used;
- ``commands``: what the verbs do; ``job``: what is to run; ``runs``: running it;
- ``settings``, ``mounts``, ``proxies``: how it runs, what it sees of this machine;
- ``images``, ``context``, ``dockerfile``, ``definition``: the image;
- ``distributions``, ``repositories``: what is copied into it;
- ``inventory``: images and containers of ours; ``observer``: ``--print_dockerfile``;
- ``failures``: what went wrong in an engine;
- ``hookspecs``: what other plugins add; ``plugin``, ``flags``, ``runflags``, ``recipekeys``, ``shortcut``:
  what this one adds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cm_core import lazy_exports

if TYPE_CHECKING:
    from cm_docker.engine import LABEL_COMMAND as LABEL_COMMAND
    from cm_docker.engine import LABEL_REPOSITORIES as LABEL_REPOSITORIES
    from cm_docker.engine import LABEL_SCRIPT as LABEL_SCRIPT
    from cm_docker.engine import ContainerEngine as ContainerEngine
    from cm_docker.engine import ContainerThing as ContainerThing
    from cm_docker.engine import ImageOrder as ImageOrder
    from cm_docker.engine import Mount as Mount
    from cm_docker.engine import RunOrder as RunOrder

# name -> (module, version since when)
PUBLIC = {
    "ContainerEngine": ("engine", "0.1"),
    "ContainerThing": ("engine", "0.1"),
    "ImageOrder": ("engine", "0.1"),
    "LABEL_COMMAND": ("engine", "0.1"),
    "LABEL_REPOSITORIES": ("engine", "0.1"),
    "LABEL_SCRIPT": ("engine", "0.1"),
    "Mount": ("engine", "0.1"),
    "RunOrder": ("engine", "0.1"),
}
__all__ = list(PUBLIC)

if not TYPE_CHECKING:  # type checkers read the imports above
    __getattr__ = lazy_exports(__name__, PUBLIC)
