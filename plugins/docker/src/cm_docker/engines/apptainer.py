"""apptainer: images are files, containers are ordinary processes of the user, no root is needed."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cm_core import CMError, UsageError
from cm_core.base import (
    ProgramHangsError,
    ask_program,
    atomic_write_json,
    find_program,
    raise_os_error,
    read_object,
)
from cm_docker.engine import (
    LABEL_COMMAND,
    LABEL_REPOSITORIES,
    LABEL_SCRIPT,
    ContainerThing,
    ImageOrder,
    RunOrder,
)


class Apptainer:
    """Images are files below the home of the toolkit, with what is known about them beside them.

    Args:
        env: the environment in which the program runs.
        home: of the toolkit.
    """

    name = "apptainer"
    recipe_name = "image.def"

    def __init__(self, env: Mapping[str, str], home: Path) -> None:
        self._env = env
        self._images = home / "docker" / "apptainer"

    def problem(self) -> tuple[str, str]:
        if find_program(self.name, self._env) is None:
            return "apptainer is not installed", "install apptainer"
        try:
            done = ask_program([self.name, "--version"], env=self._env, check=False)
        except ProgramHangsError as error:
            return f"apptainer does not answer: {error.message}", error.hint
        return ("", "") if done.status == 0 else ("apptainer does not work", "see: apptainer --version")

    def image_file(self, name: str) -> Path:
        """Where the image of this name is."""
        return self._images / f"{name.replace('/', '+').replace(':', '+')}.sif"

    def has_image(self, name: str) -> bool:
        return self.image_file(name).is_file()

    def digest(self, base: str) -> str:
        del base
        return ""  # apptainer reads a base image when it builds, and says no digest before.

    def build_words(self, order: ImageOrder) -> list[str]:
        file = self.image_file(order.name)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise_os_error("create", file.parent, error)
        self._describe(order, file)
        return [self.name, "build", "--fakeroot", "--force", *order.arguments, str(file), str(order.recipe)]

    def prepare(self, order: RunOrder) -> None:
        if not self.has_image(order.image):
            raise CMError(f"apptainer has no image '{order.image}'", hint="build it: cm build docker")
        if commas := [mount.source for mount in order.mounts if "," in mount.text]:
            raise UsageError(
                f"apptainer cannot mount {commas[0]}: its name has a comma",
                hint="use another name for it, for example a symbolic link",
            )
        if order.ports:
            raise UsageError(
                "apptainer does not support --docker_port_maps",
                hint="its containers use the network of this machine: leave it out",
            )

    def start_words(self, order: RunOrder, *, detached: bool) -> list[str]:
        if detached:
            raise UsageError(
                "apptainer does not support detached containers",
                hint="leave out --docker_detached, or use docker or podman",
            )
        words = [self.name, "exec", "--cleanenv", "--no-home", "--writable-tmpfs", f"--pwd={order.folder}"]
        words += [f"--bind={mount.text}" for mount in order.mounts]
        words += [f"--bind={device}" for device in order.devices]
        words += [f"--env={key}={value}" for key, value in order.env.items()]
        words += ["--nv"] if order.gpus else []
        words += ["--net", f"--network={order.network}"] if order.network not in ("", "host") else []
        return [*words, *order.arguments, str(self.image_file(order.image)), *order.command]

    def stop(self, name: str, signal: str) -> None:
        """Nothing: the container is the process that is waited for, and gets its signals."""

    def discard(self, name: str) -> None:
        """Nothing: a container is gone when its process is."""

    def things(self) -> list[ContainerThing]:
        things = []
        for file in sorted(self._images.glob("*.sif")):
            facts = self._facts(file)
            things.append(
                ContainerThing(
                    kind="image",
                    engine=self.name,
                    id=str(file),
                    name=str(facts.get("name") or file.stem),
                    script=str(facts.get(LABEL_SCRIPT) or ""),
                    command=str(facts.get(LABEL_COMMAND) or ""),
                    repositories=str(facts.get(LABEL_REPOSITORIES) or ""),
                    size=f"{file.stat().st_size / 1e6:.0f}MB",
                )
            )
        return things

    def remove(self, thing: ContainerThing) -> None:
        file = Path(thing.id)
        try:
            file.unlink()
            file.with_suffix(".json").unlink(missing_ok=True)
        except OSError as error:
            raise_os_error("remove", file, error)

    def _describe(self, order: ImageOrder, file: Path) -> None:
        """Write what the labels of the definition file say beside the image."""
        labels = {}
        for line in order.recipe.read_text(encoding="utf-8").splitlines():
            key, _, value = line.strip().partition(" ")
            if key in (LABEL_SCRIPT, LABEL_COMMAND, LABEL_REPOSITORIES):
                labels[key] = value
        atomic_write_json(file.with_suffix(".json"), {"name": order.name, **labels})

    @staticmethod
    def _facts(file: Path) -> dict[str, Any]:
        with contextlib.suppress(CMError):
            return read_object(file.with_suffix(".json"))
        return {}
