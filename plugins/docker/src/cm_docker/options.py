"""The flags of containers, for help, completion and documentation."""

from __future__ import annotations

from cm_core.hookspecs import Option


def _flag(name: str, text: str) -> Option:
    return Option(name=f"docker_{name}", help=text, kind="flag")


def _text(name: str, text: str) -> Option:
    return Option(name=f"docker_{name}", help=text)


def _list(name: str, text: str) -> Option:
    return Option(name=f"docker_{name}", help=text, kind="list")


ENGINE = _text("engine", "docker, podman, apptainer or one of a plugin; by default the first that works")

# What an image is made of.
IMAGE_OPTIONS: tuple[Option, ...] = (
    ENGINE,
    _text("base_image", "the image to start from, such as ubuntu:24.04 or NAME@sha256:…"),
    _text("os", "operating system of the base image: debian, python (Debian with Python), ubuntu"),
    _text("os_version", "its version, such as 22.04"),
    _text("image_name", "name of the image; by default that of the script"),
    _text("image_repo", "what comes before the name, by default cm"),
    _text("image_tag", "tag of the image; by default a digest of all that goes into it"),
    _text("image_tag_extra", "text after the tag"),
    _list("packages", "more packages of the operating system"),
    _list("extra_sys_deps", "the same"),
    _list("pre_run_cmds", "commands to run in the image before the dependencies of the script"),
    _list("plugins", "more plugins of the toolkit to take along, by name, or all"),
    _list("cm_repos", "repositories to pull in the image, as OWNER@NAME or an address"),
    _list("cm_repo", "the same, for one"),
    _text("cm_repo_branch", "branch of that repository"),
    _list("build_args", "more words for the build command of the engine"),
    _flag("skip_run_cmd", "build no dependencies into the image, and give a shell instead of the run"),
    Option(
        name="docker_fake_run_deps",
        help="whether the dependencies of the script are built into the image (default yes)",
    ),
    _list("skip_input_for_fake_run", "inputs to leave out while the image is built"),
    _flag("rebuild", "build the image even if there is one of the same content"),
    _flag("noregenerate", "keep the Dockerfile that --docker_path has"),
    _text("path", "folder for the Dockerfile and all that it copies"),
    _text("network", "network of build and run, such as host or none"),
)

# What a run of it sees.
RUN_OPTIONS: tuple[Option, ...] = (
    Option(
        name="docker_cache",
        help="separate: results stay in the image; shared: use the cache of this machine",
        choices=("separate", "shared"),
    ),
    _list("mounts", "folders to show inside, as SOURCE:TARGET or SOURCE:TARGET:ro"),
    _list("input_paths", "inputs that are paths, in addition to those that look like one"),
    _flag("all_gpus", "show all graphics processors"),
    _text("gpu", "show graphics processors: all, or how many"),
    _text("num_gpus", "the same, a number"),
    _list("device", "show a device, such as /dev/fuse"),
    _text("shm_size", "size of shared memory, such as 8gb"),
    _list("port_maps", "show ports of the container, as HOST:CONTAINER"),
    _list("extra_run_args", "more words for the command of the engine that makes the container"),
    _text("container_name", "name of the container"),
    _flag("interactive", "stay in a shell of the container after the run (needs a terminal)"),
    _flag("it", "the same"),
    _flag("detached", "start the container and come back at once"),
    _flag("dt", "the same"),
    _flag("keep", "keep the container after its end"),
    _flag("run_override", "run also a script whose metadata say that it is not for containers"),
    _text("run_cmd_prefix", "a shell command to run before the script"),
    Option(name="docker_gh_token", help="token for GitHub, handed over in a file that no layer holds"),
)

CONTAINER_OPTIONS = (*IMAGE_OPTIONS, *RUN_OPTIONS)
