"""What a container engine does for us: the contract of :func:`cm_docker.hookspecs.cm_container_engines`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

# Every image and container made by cm has these labels; others are never listed or removed.
LABEL_SCRIPT = "cm-toolkit.script"
LABEL_COMMAND = "cm-toolkit.command"
LABEL_REPOSITORIES = "cm-toolkit.repositories"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A folder or file of this machine that a container sees.

    Attributes:
        source: where it is here.
        target: where the container sees it, an absolute POSIX path.
    """

    source: Path
    target: str
    read_only: bool = False

    @property
    def text(self) -> str:
        """``SOURCE:TARGET`` or ``SOURCE:TARGET:ro``, as all engines read it."""
        return f"{self.source}:{self.target}{':ro' if self.read_only else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageOrder:
    """An image to build.

    Attributes:
        name: with its tag, such as ``cm/detect-os:1f0c…``.
        context: folder with the recipe of the image and all that it copies.
        recipe: that file, such as ``Dockerfile``.
        network: of the engine, such as ``host``; ``""`` for its default.
        arguments: more words for the engine.
        environ: variables that the engine's program sees, proxies among them.
    """

    name: str
    context: Path
    recipe: Path
    network: str = ""
    arguments: tuple[str, ...] = ()
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOrder:
    """A container to run.

    Attributes:
        name: of the container.
        image: name of the image.
        command: words to run in it.
        folder: its current folder.
        labels: of the container.
        env: variables to set; they are visible to everybody who may ask the engine, so no secrets.
        gpus: ``""``, ``all``, or a number.
        ports: such as ``8080:80``.
        devices: such as ``/dev/fuse``.
        shm_size: shared memory, such as ``8gb``; ``""`` for the engine's default.
        keep: whether it stays when it has ended, so that its output can be read.
        arguments: more words for the engine.
    """

    name: str
    image: str
    command: tuple[str, ...]
    folder: str
    labels: Mapping[str, str] = field(default_factory=dict)
    mounts: tuple[Mount, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    network: str = ""
    gpus: str = ""
    ports: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    shm_size: str = ""
    terminal: bool = False
    keep: bool = False
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerThing:
    """An image or a container made by cm.

    Attributes:
        status: of a container, in the engine's words.
        size: of an image, in the engine's words.
    """

    kind: Literal["image", "container"]
    engine: str
    name: str
    id: str
    script: str
    command: str
    created: str = ""
    status: str = ""
    size: str = ""
    repositories: str = ""


@runtime_checkable
class ContainerEngine(Protocol):
    """A program that builds images and runs containers.

    Attributes:
        name: as typed after ``--docker_engine=``.
        recipe_name: of the file that describes an image, which is also its kind: ``Dockerfile`` or
            ``image.def``.
    """

    name: str
    recipe_name: str

    def problem(self) -> tuple[str, str]:
        """Why it cannot be used here and what to do about it; two empty texts when it can."""
        ...

    def has_image(self, name: str) -> bool:
        """Whether an image is there."""
        ...

    def digest(self, base: str) -> str:
        """``sha256:…`` of a base image as registries know it; it is fetched when it is not there yet.

        Returns:
            ``""`` when it was never in a registry.

        Raises:
            CMError: when it cannot be fetched.
        """
        ...

    def build_words(self, order: ImageOrder) -> list[str]:
        """The command line that builds an image."""
        ...

    def prepare(self, order: RunOrder) -> None:
        """Make a container ready to be started.

        Raises:
            CMError: when the engine refuses: a mount, an option, a name that is taken, no space.
        """
        ...

    def start_words(self, order: RunOrder, *, detached: bool) -> list[str]:
        """The command line that starts the container; its exit status is that of the command inside."""
        ...

    def stop(self, name: str, signal: str) -> None:
        """Send a signal to a running container; no error when there is none."""
        ...

    def discard(self, name: str) -> None:
        """Remove a container, running or not; no error when there is none."""
        ...

    def things(self) -> list[ContainerThing]:
        """The images and containers of ours."""
        ...

    def remove(self, thing: ContainerThing) -> None:
        """Remove an image or a container.

        Raises:
            CMError: when it cannot be removed.
        """
        ...
