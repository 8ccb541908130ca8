"""docker and podman: one command line, a few differences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cm_core import NotFoundError
from cm_core.base import Completed, ProgramHangsError, ask_program, find_program, run_command
from cm_docker.engine import (
    LABEL_COMMAND,
    LABEL_REPOSITORIES,
    LABEL_SCRIPT,
    ContainerThing,
    ImageOrder,
    RunOrder,
)
from cm_docker.failures import engine_error
from cm_docker.settings import default_user

_IMAGES = "{{.ID}}\t{{.Repository}}:{{.Tag}}\t{{.CreatedAt}}\t{{.Size}}"
_CONTAINERS = "{{.ID}}\t{{.Names}}\t{{.CreatedAt}}\t{{.Status}}"
_LABELS = "\t".join(
    f'{{{{index .Config.Labels "{label}"}}}}' for label in (LABEL_SCRIPT, LABEL_COMMAND, LABEL_REPOSITORIES)
)


class OciEngine:
    """An engine with the command line of docker.

    Args:
        env: the environment in which its program runs; ``DOCKER_HOST`` and the like count.
    """

    recipe_name = "Dockerfile"
    # What podman alone needs.
    _build_flags: tuple[str, ...] = ()
    _problem_words: tuple[str, ...] = ()

    def __init__(self, name: str, env: Mapping[str, str]) -> None:
        self.name = name
        self._env = env

    def problem(self) -> tuple[str, str]:
        if find_program(self.name, self._env) is None:
            return f"{self.name} is not installed", f"install {self.name}"
        try:
            asked = self._ask(*self._problem_words, check=False)
        except ProgramHangsError as error:
            return f"{self.name} does not answer: {error.message}", error.hint
        if asked.status == 0:
            return "", ""
        return f"{self.name} does not work: {_last_line(asked)}", self._problem_hint(asked)

    def has_image(self, name: str) -> bool:
        return self._ask("image", "inspect", "--format={{.Id}}", name, check=False).status == 0

    def digest(self, base: str) -> str:
        if "@sha256:" in base:
            return ""
        if not self.has_image(base):
            pulled = self._do("pull", base)
            if pulled.status != 0:
                raise engine_error(
                    pulled,
                    f"the base image '{base}' cannot be pulled by {self.name}",
                    kind=NotFoundError,
                    hint="check its name and the network, or take another one with --docker_base_image",
                )
        known = self._ask(
            "image", "inspect", "--format={{range .RepoDigests}}{{println .}}{{end}}", base
        ).stdout
        digests = [line.partition("@")[2] for line in known.split() if "@sha256:" in line]
        # podman gives also to an imported image a digest, which no registry knows.
        return digests[0] if digests and not known.startswith("localhost/") else ""

    def build_words(self, order: ImageOrder) -> list[str]:
        words = [self.name, "build", *self._build_flags, f"--tag={order.name}", f"--file={order.recipe}"]
        words += [f"--network={order.network}"] if order.network else []
        return [*words, *order.arguments, str(order.context)]

    def prepare(self, order: RunOrder) -> None:
        done = self._do(*self.create_words(order))
        if done.status != 0:
            raise engine_error(done, f"{self.name} cannot create the container")

    def create_words(self, order: RunOrder) -> list[str]:
        """The words after ``docker`` that make a container, not started."""
        words = ["create", f"--name={order.name}", f"--workdir={order.folder}"]
        words += [] if order.keep else ["--rm"]
        words += ["--interactive", "--tty"] if order.terminal else []
        words += [f"--label={key}={value}" for key, value in order.labels.items()]
        words += [f"--volume={mount.text}" for mount in order.mounts]
        words += [f"--env={key}={value}" for key, value in order.env.items()]
        words += [f"--network={order.network}"] if order.network else []
        words += self.gpu_words(order.gpus)
        words += [f"--publish={port}" for port in order.ports]
        words += [f"--device={device}" for device in order.devices]
        words += [f"--shm-size={order.shm_size}"] if order.shm_size else []
        return [*words, *order.arguments, order.image, *order.command]

    def gpu_words(self, gpus: str) -> list[str]:
        """What makes graphics processors visible."""
        return [f"--gpus={gpus}"] if gpus else []

    def start_words(self, order: RunOrder, *, detached: bool) -> list[str]:
        attach = [] if detached else ["--attach", *(["--interactive"] if order.terminal else [])]
        return [self.name, "start", *attach, order.name]

    def stop(self, name: str, signal: str) -> None:
        self._do("kill", f"--signal={signal}", name)

    def discard(self, name: str) -> None:
        self._do("rm", "--force", name)

    def things(self) -> list[ContainerThing]:
        ours = f"--filter=label={LABEL_SCRIPT}"
        images = self._rows("images", ours, f"--format={_IMAGES}")
        containers = self._rows("ps", "--all", "--no-trunc", ours, f"--format={_CONTAINERS}")
        found = []
        for kind, rows in (("image", images), ("container", containers)):
            for (id_, name, created, last), labels in self._labels(kind, rows):
                script, command, repositories = labels
                found.append(
                    ContainerThing(
                        kind="image" if kind == "image" else "container",
                        engine=self.name,
                        id=id_,
                        name=name.removeprefix("localhost/"),
                        created=created,
                        status=last if kind == "container" else "",
                        size=last if kind == "image" else "",
                        script=script,
                        command=command,
                        repositories=repositories,
                    )
                )
        return found

    def remove(self, thing: ContainerThing) -> None:
        container = thing.kind == "container"
        words = (
            ["rm", "--force", "--volumes", thing.id]
            if container
            else ["rmi", thing.id if "<none>" in thing.name else thing.name]
        )
        done = self._do(*words)
        if done.status != 0:
            raise engine_error(done, f"{self.name} cannot remove the {thing.kind} '{thing.name}'")

    def _labels(self, kind: str, rows: Sequence[list[str]]) -> Iterator[tuple[list[str], list[str]]]:
        """Each row with its labels; without those that have vanished since they were listed."""
        what = ["image" if kind == "image" else "container", "inspect", f"--format={_LABELS}"]
        together = self._ask(*what, *(row[0] for row in rows), check=False) if rows else None
        if together is not None and together.status == 0:
            yield from zip(rows, map(_label_values, together.stdout.rstrip("\n").split("\n")), strict=True)
            return
        for row in rows:
            alone = self._ask(*what, row[0], check=False)
            if alone.status == 0:
                yield row, _label_values(alone.stdout.rstrip("\n"))

    def _rows(self, *words: str) -> Sequence[list[str]]:
        return [line.split("\t") for line in self._ask(*words).stdout.splitlines() if line]

    def _problem_hint(self, asked: Completed) -> str:
        del asked
        return f"see: {self.name} info"

    def _ask(self, *words: str, check: bool = True) -> Completed:
        """A question; it has a limit, which work has not."""
        return ask_program([self.name, *words], env=self._env, check=check)

    def _do(self, *words: str) -> Completed:
        return run_command([self.name, *words], env=self._env, check=False)


class Docker(OciEngine):
    """A docker client with a daemon that answers."""

    _problem_words = ("version", "--format={{.Server.Version}}")

    def __init__(self, env: Mapping[str, str]) -> None:
        super().__init__("docker", env)

    def _problem_hint(self, asked: Completed) -> str:
        if "permission denied" in asked.stderr:
            return "let your user talk to the daemon (group docker), or use --docker_engine=podman"
        return "start the daemon (systemctl start docker) or set DOCKER_HOST"


class Podman(OciEngine):
    """podman; without root it keeps the user's id inside the container."""

    # The default format of podman loses SHELL, and with it what commands of the recipe mean.
    _build_flags = ("--format=docker",)
    _problem_words = ("info", "--format={{.Version.Version}}")

    def __init__(self, env: Mapping[str, str], *, is_root: bool | None = None) -> None:
        super().__init__("podman", env)
        self._is_root = default_user()[0] == 0 if is_root is None else is_root

    def create_words(self, order: RunOrder) -> list[str]:
        create, *words = super().create_words(order)
        # By itself podman hands on all proxies of its environment, those with a password too.
        own = ["--http-proxy=false", *([] if self._is_root else ["--userns=keep-id"])]
        return [create, *own, *words]

    def gpu_words(self, gpus: str) -> list[str]:
        # podman accepts and ignores --gpus; it knows devices of the container device interface.
        if gpus in ("", "all"):
            return ["--device=nvidia.com/gpu=all"] if gpus else []
        return [f"--device=nvidia.com/gpu={number}" for number in range(int(gpus))]


def _label_values(line: str) -> list[str]:
    return line.replace("<no value>", "").split("\t")


def _last_line(done: Completed) -> str:
    lines = (done.stderr or done.stdout).strip().splitlines()
    return lines[-1].strip() if lines else f"exit status {done.status}"
