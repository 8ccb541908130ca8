"""The command lines of engines, against recorded lists."""

from __future__ import annotations

from pathlib import Path

import pytest

from cm_core import CMError, UsageError
from cm_core.base import Completed
from cm_docker.engine import ImageOrder, Mount, RunOrder
from cm_docker.engines.apptainer import Apptainer
from cm_docker.engines.oci import Docker, Podman
from cm_docker.failures import build_error, engine_error

IMAGE = ImageOrder(
    name="cm/x:1", context=Path("/c"), recipe=Path("/c/Dockerfile"), network="host", arguments=("--q",)
)
RUN = RunOrder(
    name="cm-x",
    image="cm/x:1",
    command=("cm", "run", "script", "x"),
    folder="/workspace",
    labels={"cm-toolkit.script": "x,1"},
    mounts=(
        Mount(source=Path("/w"), target="/workspace"),
        Mount(source=Path("/d"), target="/in", read_only=True),
    ),
    env={"A": "1"},
    network="host",
    gpus="all",
    ports=("80:80",),
    devices=("/dev/fuse",),
    shm_size="1gb",
    arguments=("--memory=1g",),
)
CREATE = [
    "create",
    "--name=cm-x",
    "--workdir=/workspace",
    "--rm",
    "--label=cm-toolkit.script=x,1",
    "--volume=/w:/workspace",
    "--volume=/d:/in:ro",
    "--env=A=1",
    "--network=host",
    "--gpus=all",
    "--publish=80:80",
    "--device=/dev/fuse",
    "--shm-size=1gb",
    "--memory=1g",
    "cm/x:1",
    "cm",
    "run",
    "script",
    "x",
]


def replaced(words, **changes):
    return [changes.get(word, word) for word in words]


def test_docker():
    docker = Docker({})
    assert docker.build_words(IMAGE) == [
        *("docker", "build", "--tag=cm/x:1", "--file=/c/Dockerfile", "--network=host", "--q", "/c")
    ]
    assert docker.create_words(RUN) == CREATE
    assert docker.start_words(RUN, detached=False) == ["docker", "start", "--attach", "cm-x"]
    assert docker.start_words(RUN, detached=True) == ["docker", "start", "cm-x"]


def test_podman_as_root():
    podman = Podman({}, is_root=True)
    assert podman.build_words(IMAGE)[:3] == ["podman", "build", "--format=docker"]
    changed = replaced(CREATE, **{"--gpus=all": "--device=nvidia.com/gpu=all"})
    assert podman.create_words(RUN) == ["create", "--http-proxy=false", *changed[1:]]
    assert not any("ulimit" in word for word in podman.create_words(RUN))


def test_podman_without_root_keeps_the_user():
    words = Podman({}, is_root=False).create_words(RUN)
    assert words[:3] == ["create", "--http-proxy=false", "--userns=keep-id"]
    assert Podman({}, is_root=False).gpu_words("2") == [
        "--device=nvidia.com/gpu=0",
        "--device=nvidia.com/gpu=1",
    ]


def test_apptainer(tmp_path):
    apptainer = Apptainer({}, tmp_path)
    recipe = tmp_path / "image.def"
    recipe.write_text(
        "%labels\n    cm-toolkit.script x,1\n    cm-toolkit.command cm run script x\n", encoding="utf-8"
    )
    file = f"{tmp_path}/docker/apptainer/cm+x+1.sif"
    order = ImageOrder(name="cm/x:1", context=tmp_path, recipe=recipe)
    assert apptainer.build_words(order) == ["apptainer", "build", "--fakeroot", "--force", file, str(recipe)]
    assert apptainer.start_words(RUN, detached=False) == [
        "apptainer",
        "exec",
        "--cleanenv",
        "--no-home",
        "--writable-tmpfs",
        "--pwd=/workspace",
        "--bind=/w:/workspace",
        "--bind=/d:/in:ro",
        "--bind=/dev/fuse",
        "--env=A=1",
        "--nv",
        "--memory=1g",
        file,
        "cm",
        "run",
        "script",
        "x",
    ]


def test_what_apptainer_cannot_do(tmp_path):
    apptainer = Apptainer({}, tmp_path)
    with pytest.raises(UsageError, match="does not support detached containers"):
        apptainer.start_words(RUN, detached=True)
    with pytest.raises(CMError, match="has no image"):
        apptainer.prepare(RUN)
    Path(apptainer.image_file("cm/x:1")).parent.mkdir(parents=True)
    apptainer.image_file("cm/x:1").write_bytes(b"image")
    with pytest.raises(UsageError, match="docker_port_maps"):
        apptainer.prepare(RUN)


def test_images_of_apptainer_are_files(tmp_path):
    apptainer = Apptainer({}, tmp_path)
    recipe = tmp_path / "image.def"
    recipe.write_text("%labels\n    cm-toolkit.script x,1\n", encoding="utf-8")
    apptainer.build_words(ImageOrder(name="cm/x:1", context=tmp_path, recipe=recipe))
    apptainer.image_file("cm/x:1").write_bytes(b"image")
    (thing,) = apptainer.things()
    assert (thing.name, thing.script, thing.kind) == ("cm/x:1", "x,1", "image")
    apptainer.remove(thing)
    assert apptainer.things() == []


@pytest.mark.parametrize(
    ("lines", "step"),
    [
        (["Step 3/9 : RUN make", "x", "no"], "at step 3/9 (RUN make)"),
        (["#7 [3/9] RUN make", "#7 0.1 no"], "at step 3/9 (RUN make)"),
        (["#7 [stage-0 3/9] RUN make", "#7 0.1 no"], "at step 3/9 (RUN make)"),
        (["STEP 3/9: RUN make", "no"], "at step 3/9 (RUN make)"),
        (["unable to prepare context"], "cannot build cm/x:1: unable to prepare context"),
    ],
)
def test_a_failed_build_names_its_step(lines, step):
    error = build_error(lines, 1, engine="docker", image="cm/x:1")
    assert step in error.message
    assert error.explanation()[-1] == f"  | {lines[-1]}"


def test_colours_and_passwords_are_left_out_of_errors():
    error = build_error(
        ["STEP 1/2: RUN git clone https://me:word@host/x", "\x1b[91mbad\x1b[0m"], 1, engine="e", image="i"
    )
    assert "word" not in f"{error.message}{error.lines}"
    assert error.lines[-1] == "bad"


def test_an_engine_says_why():
    done = Completed(args=("docker",), status=125, stdout="", stderr="warning\nno space left on device\n")
    error = engine_error(done, "docker cannot create the container")
    assert error.message == "docker cannot create the container: no space left on device"
    assert "free some space" in error.hint


def test_advice_of_an_engine_is_no_reason():
    why = 'invalid argument "lots" for "--shm-size" flag: invalid size: \'lots\''
    said = [
        why,
        "",
        "Usage:  docker create [OPTIONS] IMAGE",
        "",
        "Run 'docker create --help' for more information",
    ]
    done = Completed(args=("docker",), status=125, stdout="", stderr="\n".join(said))
    assert engine_error(done, "no container").message == f"no container: {why}"
    error = build_error(said, 125, engine="docker", image="x")
    assert (error.message, error.lines) == (f"docker cannot build x: {why}", (why,))


def test_apptainer_cannot_show_a_name_with_a_comma(tmp_path):
    apptainer = Apptainer({}, tmp_path)
    image = apptainer.image_file("cm/x:1")
    image.parent.mkdir(parents=True)
    image.touch()
    order = RunOrder(
        name="x",
        image="cm/x:1",
        command=("cm",),
        folder="/workspace",
        mounts=(Mount(source=tmp_path / "a,b", target="/inputs/1/a,b"),),
    )
    with pytest.raises(UsageError, match="has a comma"):
        apptainer.prepare(order)
