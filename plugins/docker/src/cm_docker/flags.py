"""The flags of containers."""

from __future__ import annotations

from cm_core.actions.commonflags import Find as Tagged
from cm_core.actions.commonflags import Force
from cm_core.actions.commonflags import Load as LoadArtifact
from cm_core.flags import (
    Flags,
    choice,
    mapping,
    optional,
    path,
    size,
    switch,
    text,
    texts,
    whole,
    words,
    yes_or_no,
)


class Engine(Flags, group="Image", prefix="docker_"):
    """What builds images and runs containers."""

    engine = text(
        "docker, podman, apptainer or an engine from a plugin; by default the first that works",
        env="CM_DOCKER_ENGINE",
        values="cm_docker.choose:engine_names",
    )


class Image(Engine, group="Image", prefix="docker_"):
    """What an image is made of."""

    base_image = text("the image to start from, such as ubuntu:24.04 or NAME@sha256:…")
    os = text("operating system of the base image: debian, python (Debian with Python), ubuntu")
    os_version = text("its version, such as 22.04")
    image_name = text("name of the image; by default that of the script")
    image_repo = text("prefix of the name", default="cm")
    image_tag = text("tag of the image; by default a digest of its contents")
    image_tag_extra = text("text after the tag")
    packages = words("more packages of the operating system to install")
    extra_sys_deps = words("the same")
    pre_run_cmds = texts("commands to run in the image before the dependencies of the script")
    plugins = words("more toolkit plugins to install in the image, by name, or all")
    repos = words("registered repositories to copy in, beside those that the script needs; or all")
    with_untracked = switch("also copy files of repositories that git neither tracks nor ignores")
    with_secrets = switch("also copy files that look like keys or passwords")
    cm_repos = words("repositories to pull in the image, as OWNER@NAME or a URL")
    cm_repo = words("the same, for a single repository")
    cm_repo_branch = text("branch of that repository")
    build_args = texts("more arguments for the engine's build command")
    skip_run_cmd = switch(
        "do not build dependencies into the image; open a shell instead of running the script"
    )
    fake_run_deps = yes_or_no("whether to build the script's dependencies into the image (default yes)")
    skip_input_for_fake_run = words("inputs to leave out while the image is built")
    rebuild = switch("build the image even if one with the same content exists", also=("recreate",))
    noregenerate = switch("keep the existing Dockerfile in --docker_path")
    path = path("folder for the Dockerfile and everything that it copies")
    network = text("network for build and run, such as host or none", env="CM_DOCKER_NETWORK")


class InContainer(Flags, group="Container", prefix="docker_"):
    """What a run in a container sees."""

    cache = choice(
        "separate: results stay in the image; shared: use the cache of this machine",
        ("separate", "shared"),
        default="separate",
        synonyms={"yes": "separate", "true": "separate", "no": "separate"},
    )
    mounts = words("folders to mount, as SOURCE:TARGET or SOURCE:TARGET:ro")
    input_paths = words("inputs that are paths, in addition to those that look like one")
    all_gpus = switch("use all GPUs")
    gpu = optional("use GPUs: all, or how many", bare="all", metavar="N")
    num_gpus = whole("the same, as a number")
    device = words("pass a device through, such as /dev/fuse")
    shm_size = size("size of shared memory, such as 8gb")
    port_maps = words("publish ports of the container, as HOST:CONTAINER")
    extra_run_args = texts("more arguments for the engine's run command")
    container_name = text("name of the container")
    interactive = switch("open a shell in the container after the run (needs a terminal)", also=("it",))
    detached = switch("start the container in the background", also=("dt",))
    keep = switch("keep the container when it has finished")
    run_override = switch("run the script even if its metadata says that it is not for containers")
    run_cmd_prefix = text("a shell command to run before the script")
    gh_token = text("GitHub token, passed in a file that is not part of any layer")


class Container(Image, InContainer):
    """Everything that can be typed about an image and its runs."""


class OfMetadata(Container, prefix="docker_"):
    """What metadata may say beyond that, and options of the original that have nothing left to do."""

    docker_input_mapping = mapping("input -> env key, only for mounts")
    dockerfile_env = mapping("more flags of the run")
    norecreate = switch("no effect: an image with the same content is reused")
    skip_build = switch("no effect")
    skip_cm_sys_upgrade = switch("no effect")
    cm_repo_flags = text("no effect")
    use_host_group_id = switch("no effect: files belong to the user who runs the command")
    use_host_user_id = switch("no effect: files belong to the user who runs the command")
    pass_user_id = switch("no effect: files belong to the user who runs the command")
    pass_user_group = switch("no effect: files belong to the user who runs the command")
    mount_current_dir = switch("no effect: the current folder is always mounted")
    run_deps = switch("run the dependencies of containers first; set inside containers")


class Find(Engine, Tagged):
    """Of ``cm find docker``."""


class Load(Engine, LoadArtifact):
    """Of ``cm load docker``."""


class Remove(Engine, Tagged, Force):
    """Of ``cm rm docker``."""

    all = switch("all images and containers made by cm")
