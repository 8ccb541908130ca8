"""How an image is made and run: what the user typed over configuration over the script's metadata."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cm_core import ArtifactRef, ObjectRef, UsageError, is_true
from cm_core.base import did_you_mean, to_count, without_credentials
from cm_core.flags import read_flags, set_in
from cm_docker.flags import Container, OfMetadata

if TYPE_CHECKING:
    from cm_core import Session

PREFIX = "docker_"
# Debian with a Python of its own; recipes need little more.
DEFAULT_OS, DEFAULT_VERSION = "python", "3.11-slim"
_VERSIONS = {"python": DEFAULT_VERSION, "ubuntu": "22.04", "debian": "12-slim"}
_CONFIGURATION = (
    ArtifactRef(object=ObjectRef(alias="default")),
    ObjectRef(alias="cfg", uid="88dce9c160324c5d"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerSettings:
    """Everything that can be said about an image and its runs; the options explain each.

    Attributes:
        engine: ``""`` for the first one that works.
        base_image: with its tag.
        fake_run_deps: whether dependencies of the script are built into the image; ``None`` when nobody says.
        mounts: as written, with ``${{ KEY }}`` of the metadata.
        env: more flags of the run, from ``dockerfile_env``.
        docker_input_mapping: input -> env key, only for mounts.
        repos: registered repositories that go along although nothing is known to need them.
        runs: whether the script is meant for containers at all.
    """

    engine: str = ""
    base_image: str = f"{DEFAULT_OS}:{DEFAULT_VERSION}"
    image_name: str = ""
    image_repo: str = "cm"
    image_tag: str = ""
    image_tag_extra: str = ""
    packages: tuple[str, ...] = ()
    pre_run_cmds: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()
    pulled: tuple[tuple[str, str], ...] = ()
    repos: tuple[str, ...] = ()
    with_untracked: bool = False
    with_secrets: bool = False
    build_args: tuple[str, ...] = ()
    skip_run_cmd: bool = False
    fake_run_deps: bool | None = None
    skip_input_for_fake_run: tuple[str, ...] = ()
    rebuild: bool = False
    noregenerate: bool = False
    path: str = ""
    network: str = ""
    shared_cache: bool = False
    mounts: tuple[str, ...] = ()
    input_paths: tuple[str, ...] = ()
    docker_input_mapping: Mapping[str, str] = field(default_factory=dict)
    gpus: str = ""
    devices: tuple[str, ...] = ()
    shm_size: str = ""
    ports: tuple[str, ...] = ()
    run_args: tuple[str, ...] = ()
    container_name: str = ""
    interactive: bool = False
    detached: bool = False
    keep: bool = False
    run_cmd_prefix: str = ""
    env: Mapping[str, Any] = field(default_factory=dict)
    runs: bool = True


def read_settings(
    options: Mapping[str, Any], metadata: Mapping[str, Any], session: Session
) -> ContainerSettings:
    """Put together what the user, the configuration and the metadata say.

    Args:
        options: of the request, ``docker_*`` and ``docker.*`` among them.
        metadata: ``docker:`` of the script with its variations.

    Raises:
        UsageError: when an option is unknown, has the wrong shape, or holds a password that would be kept.
    """
    typed = typed_options(options)
    environment = typed_options(set_in(session.env, Container))
    places = (typed, environment, _user_configuration(session), metadata)
    said, asked = _read(typed), _read(_first_of(places))
    # A terminal is there or not, whatever metadata wish.
    if said.interactive and asked.detached:
        raise UsageError("--docker_interactive contradicts --docker_detached")
    return ContainerSettings(
        engine=asked.engine,
        network=asked.network,
        interactive=said.interactive,
        detached=asked.detached,
        runs=is_true(metadata.get("run", True)) or said.run_override,
        **_image_settings(asked, said),
        **_run_settings(asked),
        # What is shown inside, all places say together.
        mounts=_together(read.mounts for read in map(_read, places)),
        input_paths=_together(read.input_paths for read in map(_read, places)),
    )


def _read(place: Mapping[str, Any]) -> OfMetadata:
    return read_flags(OfMetadata, {f"{PREFIX}{key}": value for key, value in place.items()})


def _first_of(places: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Each setting from the first place that has it."""
    found: dict[str, Any] = {}
    for place in reversed(places):
        found.update({key: value for key, value in place.items() if value not in (None, "")})
    return found


def _together(found: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for words in found for word in words))


def _image_settings(asked: OfMetadata, said: OfMetadata) -> dict[str, Any]:
    return {
        "base_image": _base_image(asked),
        "image_name": asked.image_name,
        "image_repo": asked.image_repo,
        "image_tag": asked.image_tag,
        # Metadata have one for images of other content than ours.
        "image_tag_extra": said.image_tag_extra,
        "packages": (*asked.packages, *asked.extra_sys_deps),
        "pre_run_cmds": asked.pre_run_cmds,
        "plugins": asked.plugins,
        "pulled": _repositories_to_pull(said),
        # What leaves this machine is for its user to say, not for metadata.
        "repos": said.repos,
        "with_untracked": said.with_untracked,
        "with_secrets": said.with_secrets,
        "build_args": _arguments(asked.build_args, "build_args"),
        # Metadata that want a shell instead of the run would make the two commands differ.
        "skip_run_cmd": said.skip_run_cmd,
        "fake_run_deps": asked.fake_run_deps,
        "skip_input_for_fake_run": asked.skip_input_for_fake_run,
        "rebuild": asked.rebuild,
        "noregenerate": asked.noregenerate,
        "path": asked.path,
    }


def _run_settings(asked: OfMetadata) -> dict[str, Any]:
    return {
        "shared_cache": asked.cache == "shared",
        "docker_input_mapping": {str(name): str(key) for name, key in asked.docker_input_mapping.items()},
        "gpus": _gpus(asked),
        "devices": asked.device,
        "shm_size": asked.shm_size,
        "ports": asked.port_maps,
        "run_args": _arguments(asked.extra_run_args, "extra_run_args"),
        "container_name": _container_name(asked.container_name),
        "keep": asked.keep,
        "run_cmd_prefix": asked.run_cmd_prefix,
        "env": asked.dockerfile_env,
    }


def typed_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed about containers, without prefix: ``--docker_os=x`` and ``--docker.os=x`` are the same.

    Raises:
        UsageError: for an option that nobody knows.
    """
    typed = {key.removeprefix(PREFIX): value for key, value in options.items() if key.startswith(PREFIX)}
    if isinstance(options.get("docker"), Mapping):
        typed.update(options["docker"])
    for key in typed:
        if f"{PREFIX}{key}" not in OfMetadata.__by_key__:
            hint = did_you_mean(f"{PREFIX}{key}", Container.__by_key__, prefix="--")
            raise UsageError(f"unknown flag --{PREFIX}{key}", hint=hint or "see: cm docker script --help")
    return typed


def is_container_option(name: str) -> bool:
    """Whether an option is about containers and not an input of the script."""
    return name.startswith(PREFIX) or name == "docker"


def _arguments(lines: Iterable[str], name: str) -> tuple[str, ...]:
    """Words as a shell splits them."""
    try:
        return tuple(word for line in lines for word in shlex.split(line))
    except ValueError as error:
        raise UsageError(f"--{PREFIX}{name} has quotes that do not match") from error


def _user_configuration(session: Session) -> Mapping[str, Any]:
    """``docker:`` of the user's configuration, the artifact ``cfg,default``."""
    ref, kind = _CONFIGURATION
    for artifact in session.index.find(kind, ref, thorough=False):
        configured = artifact.meta.get("docker")
        if isinstance(configured, Mapping):
            return configured
    return {}


def _base_image(asked: OfMetadata) -> str:
    """The name of the base image; that of an operating system when no image is named."""
    image = asked.base_image
    if not image:
        system = asked.os or DEFAULT_OS
        image = f"{system}:{asked.os_version or _VERSIONS.get(system, 'latest')}"
    # A blank or line break would start something else in a Dockerfile, a "-" a flag of the engine.
    if re.search(r"\s", image) or image.startswith("-"):
        raise UsageError(f"{image!r} is not a valid image name", hint="image names look like ubuntu:22.04")
    return image


def _gpus(asked: OfMetadata) -> str:
    wanted = asked.gpu if "gpu" in vars(asked) else str(asked.num_gpus or "")
    if asked.all_gpus or wanted == "all":
        return "all"
    if wanted and to_count(wanted) is None:
        raise UsageError(f"'{wanted}' is not a number of GPUs", hint="write --docker_gpu=all or =2")
    return wanted


def _repositories_to_pull(said: OfMetadata) -> tuple[tuple[str, str], ...]:
    """Repositories to pull in the image with their branches.

    Those that metadata name are left alone: the repositories of this machine travel in, and other recipes
    than these would make another result.
    """
    first = [(word, said.cm_repo_branch) for word in said.cm_repo]
    pulled = (*first, *((word, "") for word in said.cm_repos))
    for word, _ in pulled:
        if (shown := without_credentials(word)) != word:
            raise UsageError(
                f"the URL {shown} has a password, which would stay in the image",
                hint="pull it here: cm pull repo URL; local repositories are copied into the image",
            )
    return pulled


def _container_name(text: str) -> str:
    if text and not re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*", text):
        raise UsageError(
            f"'{text}' cannot be the name of a container", hint="use letters, digits, '-', '_' and '.'"
        )
    return text


def default_user() -> tuple[int, int]:
    """User and group of this process; those of a container's files outside."""
    if sys.platform == "win32":
        return 1000, 1000  # Files of a container get no owner there.
    return os.getuid(), os.getgid()
