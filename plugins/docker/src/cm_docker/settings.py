"""How an image is made and run: what the user typed over configuration over the script's metadata."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cm_core.base.secrets import without_credentials
from cm_core.base.suggest import did_you_mean
from cm_core.model.errors import UsageError
from cm_core.model.identity import ArtifactRef, ObjectRef
from cm_core.model.request import is_true
from cm_docker.options import CONTAINER_OPTIONS

if TYPE_CHECKING:
    from cm_core.session import Session

PREFIX = "docker_"
# Debian with a Python of its own; recipes need little more.
DEFAULT_OS, DEFAULT_VERSION = "python", "3.11-slim"
_VERSIONS = {"python": DEFAULT_VERSION, "ubuntu": "22.04", "debian": "12-slim"}
_SHARED, _SEPARATE = "shared", "separate"
_CACHES = {"shared": _SHARED, "separate": _SEPARATE, "yes": _SEPARATE, "true": _SEPARATE, "no": _SEPARATE}
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
    read = _Reader((typed, _environment(session), _configured(session), metadata))
    # A terminal is there or not, whatever metadata wish.
    interactive = is_true(typed.get("interactive")) or is_true(typed.get("it"))
    detached = read.flag("detached", "dt")
    if interactive and detached:
        raise UsageError("--docker_interactive contradicts --docker_detached")
    return ContainerSettings(
        engine=read.text("engine"),
        network=read.text("network"),
        interactive=interactive,
        detached=detached,
        runs=is_true(metadata.get("run", True)) or is_true(typed.get("run_override")),
        **_image_settings(read, typed),
        **_run_settings(read),
    )


def _image_settings(read: _Reader, typed: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "base_image": _base_image(read),
        "image_name": read.text("image_name"),
        "image_repo": read.text("image_repo") or "cm",
        "image_tag": read.text("image_tag"),
        # Metadata have one for images of other content than ours.
        "image_tag_extra": str(typed.get("image_tag_extra") or ""),
        "packages": (*read.words("packages"), *read.words("extra_sys_deps")),
        "pre_run_cmds": read.lines("pre_run_cmds"),
        "plugins": read.words("plugins"),
        "pulled": _pulled(typed),
        "build_args": read.arguments("build_args"),
        # Metadata that want a shell instead of the run would make the two commands differ.
        "skip_run_cmd": is_true(typed.get("skip_run_cmd")),
        "fake_run_deps": read.choice("fake_run_deps"),
        "skip_input_for_fake_run": read.words("skip_input_for_fake_run"),
        "rebuild": read.flag("rebuild", "recreate"),
        "noregenerate": read.flag("noregenerate"),
        "path": read.text("path"),
    }


def _run_settings(read: _Reader) -> dict[str, Any]:
    mapping = read.mapping("docker_input_mapping")
    return {
        "shared_cache": _cache(read.text("cache")) == _SHARED,
        "mounts": read.all_words("mounts"),
        "input_paths": read.all_words("input_paths"),
        "docker_input_mapping": {str(name): str(key) for name, key in mapping.items()},
        "gpus": _gpus(read),
        "devices": read.words("device"),
        "shm_size": read.text("shm_size"),
        "ports": read.words("port_maps"),
        "run_args": read.arguments("extra_run_args"),
        "container_name": _container_name(read.text("container_name")),
        "keep": read.flag("keep"),
        "run_cmd_prefix": read.text("run_cmd_prefix"),
        "env": read.mapping("dockerfile_env"),
    }


def typed_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed about containers, without prefix: ``--docker_os=x`` and ``--docker.os=x`` are the same.

    Raises:
        UsageError: for an option that nobody knows.
    """
    typed = {key.removeprefix(PREFIX): value for key, value in options.items() if key.startswith(PREFIX)}
    if isinstance(options.get("docker"), Mapping):
        typed.update(options["docker"])
    known = {option.name.removeprefix(PREFIX) for option in CONTAINER_OPTIONS} | _ALSO_KNOWN
    for key in typed:
        if key not in known:
            hint = did_you_mean(f"{PREFIX}{key}", [f"{PREFIX}{name}" for name in known], prefix="--")
            raise UsageError(
                f"nobody knows the flag --{PREFIX}{key}", hint=hint or "see: cm docker script --help"
            )
    return typed


def is_container_option(name: str) -> bool:
    """Whether an option is about containers and not an input of the script."""
    return name.startswith(PREFIX) or name == "docker"


# Options of the original that are understood, or have nothing left to do.
_ALSO_KNOWN = {
    "recreate",
    "norecreate",
    "skip_build",
    "skip_cm_sys_upgrade",
    "cm_repo_flags",
    "use_host_group_id",
    "use_host_user_id",
    "pass_user_id",
    "pass_user_group",
    "docker_input_mapping",
    "dockerfile_env",
    "mount_current_dir",
    "run_deps",
}


class _Reader:
    """Reads a setting from several places, the first that has it wins."""

    def __init__(self, places: Sequence[Mapping[str, Any]]) -> None:
        self._places = places

    def _get(self, name: str) -> Any:
        return next((place[name] for place in self._places if place.get(name) not in (None, "")), None)

    def text(self, name: str) -> str:
        value = self._get(name)
        if value is None or value is False:
            return ""
        if value is True or isinstance(value, list | Mapping):
            raise UsageError(f"--{PREFIX}{name} needs a value", hint=f"write --{PREFIX}{name}=VALUE")
        return str(value).strip()

    def flag(self, *names: str) -> bool:
        return any(is_true(self._get(name)) for name in names)

    def choice(self, name: str) -> bool | None:
        value = self._get(name)
        return None if value is None else is_true(value)

    def words(self, name: str) -> tuple[str, ...]:
        return _split(self._get(name), name)

    def all_words(self, name: str) -> tuple[str, ...]:
        """From all places together."""
        words = [word for place in self._places for word in _split(place.get(name), name)]
        return tuple(dict.fromkeys(words))

    def lines(self, name: str) -> tuple[str, ...]:
        """From a list, or one text whole: commands hold commas."""
        value = self._get(name)
        items = value if isinstance(value, list) else [value] if value else []
        return tuple(str(item) for item in items)

    def arguments(self, name: str) -> tuple[str, ...]:
        """Words as a shell splits them."""
        try:
            return tuple(word for line in self.lines(name) for word in shlex.split(line))
        except ValueError as error:
            raise UsageError(f"--{PREFIX}{name} has quotes that do not match") from error

    def mapping(self, name: str) -> Mapping[str, Any]:
        value = self._get(name)
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            raise UsageError(f"--{PREFIX}{name} needs keys", hint=f"write --{PREFIX}{name}.KEY=VALUE")
        return value


def _split(value: Any, name: str) -> tuple[str, ...]:
    if value is None or value is False or value == "":
        return ()
    if value is True or isinstance(value, Mapping):
        raise UsageError(f"--{PREFIX}{name} needs a value", hint=f"write --{PREFIX}{name}=WORD,WORD")
    items = value if isinstance(value, list) else str(value).split(",")
    return tuple(word for item in items if (word := str(item).strip()))


def _environment(session: Session) -> dict[str, str]:
    return {name: session.env.get(f"CM_DOCKER_{name.upper()}", "") for name in ("engine", "network")}


def _configured(session: Session) -> Mapping[str, Any]:
    """``docker:`` of the user's configuration, the artifact ``cfg,default``."""
    ref, kind = _CONFIGURATION
    for artifact in session.index.find(kind, ref, thorough=False):
        configured = artifact.meta.get("docker")
        if isinstance(configured, Mapping):
            return configured
    return {}


def _base_image(read: _Reader) -> str:
    """The name of the base image; that of an operating system when no image is named."""
    image = read.text("base_image")
    if not image:
        system = read.text("os") or DEFAULT_OS
        image = f"{system}:{read.text('os_version') or _VERSIONS.get(system, 'latest')}"
    # A blank or line break would start something else in a Dockerfile, a "-" a flag of the engine.
    if re.search(r"\s", image) or image.startswith("-"):
        raise UsageError(f"{image!r} is no name of an image", hint="names are written like ubuntu:22.04")
    return image


def _cache(text: str) -> str:
    try:
        return _CACHES[text.lower() or _SEPARATE]
    except KeyError:
        raise UsageError(
            f"--docker_cache cannot be '{text}'", hint="write --docker_cache=shared or =separate"
        ) from None


def _gpus(read: _Reader) -> str:
    if read.flag("all_gpus"):
        return "all"
    wanted = read._get("gpu")  # noqa: SLF001 - may be a bare flag
    if is_true(wanted) or wanted == "all":
        return "all"
    number = read.text("num_gpus") if wanted is None else str(wanted)
    if number in ("", "0", "no", "False"):
        return ""
    if not number.isdecimal():
        raise UsageError(
            f"'{number}' is no number of graphics processors", hint="write --docker_gpu=all or =2"
        )
    return number


def _pulled(typed: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Repositories to pull in the image with their branches.

    Those that metadata name are left alone: the repositories of this machine travel in, and other recipes
    than these would make another result.
    """
    branch = str(typed.get("cm_repo_branch") or "")
    first = [(word, branch) for word in _split(typed.get("cm_repo"), "cm_repo")]
    pulled = (*first, *((word, "") for word in _split(typed.get("cm_repos"), "cm_repos")))
    for word, _ in pulled:
        if (shown := without_credentials(word)) != word:
            raise UsageError(
                f"the address {shown} has a password, which would stay in the image",
                hint="pull it here: cm pull repo ADDRESS; repositories of this machine travel in",
            )
    return pulled


def _container_name(text: str) -> str:
    if text and not re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*", text):
        raise UsageError(f"'{text}' cannot be the name of a container", hint="letters, digits, '-', '_', '.'")
    return text


def default_user() -> tuple[int, int]:
    """User and group of this process; those of a container's files outside."""
    if sys.platform == "win32":
        return 1000, 1000  # Files of a container get no owner there.
    return os.getuid(), os.getgid()
