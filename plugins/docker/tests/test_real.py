"""Scripts in real containers of docker and podman, beside the same scripts without one."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.network]

DIGITS = "app image-classification onnx python _digits"
RESULTS = "cm-image-classification-onnx-py.json"
# What a container shares with the machine, whatever its distribution is.
SAME_OS = ("CM_HOST_OS_TYPE", "CM_HOST_OS_BITS", "CM_HOST_OS_MACHINE", "CM_HOST_OS_KERNEL_VERSION")


def test_detect_os_says_what_it_says_outside(in_container, run_cm):
    outside = run_cm("run", "script", "detect os", "--quiet", "--out=json").json()
    done = in_container("docker", "script", "detect os", "--quiet", "--out=json")
    assert done.status == 0, done.stderr
    inside = done.json()
    assert inside["return"] == 0
    assert inside["new_env"].keys() == outside["new_env"].keys()
    assert [inside["new_env"].get(key) for key in SAME_OS] == [outside["new_env"].get(key) for key in SAME_OS]
    assert inside["deps"] == outside["deps"]


def test_the_second_build_finds_the_image(in_container):
    first = in_container("build", "docker", "detect os", "--out=json").json()
    second = in_container("build", "docker", "detect os", "--out=json").json()
    assert second["image"] == first["image"]
    assert second["fresh"] is False


def test_the_digits_pipeline_gives_the_same_results(in_container, run_cm, once, tmp_path):
    def run_outside(folder):
        done = run_cm("run", "script", DIGITS, "--quiet", cwd=folder)
        assert done.status == 0, done.stderr

    outside = once("digits-outside", run_outside)
    folder = tmp_path / "digits"
    folder.mkdir()
    done = in_container("docker", "script", DIGITS, "--quiet", cwd=folder)
    assert done.status == 0, done.stderr
    assert "98.33 %" in done.stdout
    results = [json.loads((place / RESULTS).read_text(encoding="utf-8")) for place in (outside, folder)]
    assert len(results[0]["images"]) == 20
    assert _without_places(results[1]) == _without_places(results[0])
    assert sorted(path.name for path in folder.iterdir()) == sorted(path.name for path in outside.iterdir())
    assert {(path.stat().st_uid, path.stat().st_gid) for path in folder.iterdir()} == {
        (os.getuid(), os.getgid())
    }


def _without_places(value):
    """Results without the time they took, and with the names of pictures instead of their places."""
    images = [{**image, "image": Path(image["image"]).name} for image in value["images"]]
    return {**value, "images": images, "avg_time": None}


def test_inputs_go_in_and_files_come_out(in_container, scripts, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "data.txt").write_text("forty-two\n", encoding="utf-8")
    folder = tmp_path / "work"
    folder.mkdir()
    done = in_container(
        "docker", "script", "show inputs", f"--input={elsewhere / 'data.txt'}", "--out=json", cwd=folder
    )
    assert done.status == 0, done.stderr
    assert "forty-two" in done.stderr
    assert f"user {os.getuid()}:{os.getgid()} in /workspace" in done.stderr
    assert done.json()["new_env"] == {"CM_SHOWN_FILE": "/inputs/1/data.txt", "CM_SHOWN_TEXT": "seen"}
    made = folder / "made-by-the-script.txt"
    assert made.read_text(encoding="utf-8") == "made\n"
    assert (made.stat().st_uid, made.stat().st_gid) == (os.getuid(), os.getgid())


def test_a_shared_cache_is_used_and_filled(in_container, run_cm, scripts):
    words = ("script", "make once", "--quiet", "--out=json")
    inside = in_container("docker", *words, "--docker_cache=shared").json()
    assert inside["steps"][-1]["status"] == "done"
    outside = run_cm("run", *words).json()
    assert outside["steps"][-1]["status"] == "cached"
    assert outside["new_env"] == inside["new_env"]
    again = in_container("docker", *words, "--docker_cache=shared").json()
    assert again["steps"][-1]["status"] == "cached"


@pytest.mark.parametrize("words", [("--status=3",), ("--status=0",)])
def test_the_exit_status_is_that_of_a_run_outside(in_container, run_cm, scripts, words):
    outside = run_cm("run", "script", "show inputs", *words)
    inside = in_container("docker", "script", "show inputs", *words)
    assert inside.status == outside.status == (2 if words == ("--status=3",) else 0)
    errors = [line for line in outside.stderr.splitlines() if line.startswith("CM error:")]
    assert [line for line in inside.stderr.splitlines() if line.startswith("CM error:")] == errors


def test_a_failure_is_one_document(in_container, scripts):
    done = in_container("docker", "script", "show inputs", "--status=3", "--out=json")
    assert done.status == 2
    assert done.json()["return"] == 2
    assert "exit status 3" in done.json()["error"]


def test_a_secret_arrives_and_is_in_no_layer(in_container, engine, scripts, tmp_path):
    typed, secret, key = "typed-5e4d3c", "sesame-9f8e7d6c5b4a", "abracadabra-1029384756"
    proxy = "ftp://me:knock-5647382910@127.0.0.1:9"
    done = in_container(
        "docker",
        "script",
        "show inputs",
        f"--env.CM_LAB_API_KEY={key}",
        f"--gh_token={typed}",
        "--out=json",
        "--docker_keep",
        env={"GH_TOKEN": secret, "ftp_proxy": proxy},
    )
    assert done.status == 0, done.stderr
    assert proxy not in done.stdout
    assert f"tokens of {len(typed)} and {len(secret)} letters, key of {len(key)}" in done.stderr
    facts = done.json()["container"]
    image = _image_bytes(engine, facts["image"], tmp_path)
    # The search finds what is there …
    assert b"cm run script --tags=show,inputs" in image
    # … and no secret: neither in files, nor in variables, arguments or the history.
    for word in (typed, secret, key, proxy):
        assert word.encode() not in image
    about = subprocess.run(
        [engine, "inspect", facts["container"], facts["image"]], capture_output=True, check=True
    ).stdout
    history = subprocess.run(
        [engine, "history", "--no-trunc", facts["image"]], capture_output=True, check=True
    ).stdout
    assert b"show-inputs" in about
    for text in (about, history):
        for word in (typed, secret, key, proxy):
            assert word.encode() not in text
    subprocess.run([engine, "rm", facts["container"]], capture_output=True, check=True)


def _image_bytes(engine, image, folder):
    archive = folder / "image.tar"
    subprocess.run([engine, "save", "--output", str(archive), image], check=True, capture_output=True)
    return archive.read_bytes()


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_stops_its_container(start_waiting, engine, number, status):
    process = start_waiting()
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == status
    assert "CM error: " in errors
    listed = subprocess.run([engine, "ps", "--all"], capture_output=True, text=True, check=True).stdout
    assert process.container not in listed


def test_a_detached_container_is_found_and_removed(in_container, engine, scripts, tmp_path):
    name = f"cm-detached-{os.getpid()}"
    done = in_container(
        "docker", "script", "wait long", "--docker_detached", f"--docker_container_name={name}"
    )
    assert done.status == 0, done.stderr
    assert name in done.stdout
    found = in_container("find", "docker", name, "--out=json").json()["list"]
    assert [(thing["kind"], thing["name"]) for thing in found] == [("container", name)]
    assert in_container("load", "docker", name, "--out=json").json()["script"].startswith("wait-long,")
    refused = in_container("rm", "docker", name)
    assert refused.status == 1
    removed = in_container("rm", "docker", name, "--force", "--out=json")
    assert removed.status == 0, removed.stderr
    assert in_container("find", "docker", name, "--out=json").json()["list"] == []


def test_only_what_we_made_is_listed(in_container, engine):
    subprocess.run([engine, "tag", "python:3.11-slim", "somebody/else:1"], check=True, capture_output=True)
    assert in_container("build", "docker", "detect os").status == 0
    names = [thing["name"] for thing in in_container("find", "docker", "--out=json").json()["list"]]
    assert any(name.startswith("cm/detect-os:") for name in names)
    assert not any(name.startswith(("somebody/", "python:")) for name in names)
    assert in_container("rm", "docker", "somebody/else:1", "--force").status == 16


def test_the_dockerfile_of_a_run_needs_no_checkout(in_container, engine, run_cm, scripts, tmp_path):
    work = tmp_path / "work"
    work.mkdir()
    ran = run_cm("run", "script", "show inputs", "--print_dockerfile=../away", cwd=work)
    assert ran.status == 0, ran.stderr
    away = tmp_path / "away"
    shutil.rmtree(scripts)
    network = [f"--network={os.environ['CM_DOCKER_NETWORK']}"] if "CM_DOCKER_NETWORK" in os.environ else []
    form = ["--format=docker"] if engine == "podman" else []
    built = subprocess.run(
        [engine, "build", *form, *network, "-t", "cm-test/away:1", str(away)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    out = tmp_path / "out"
    out.mkdir()
    again = subprocess.run(
        [engine, "run", "--rm", *network, "-v", f"{out}:/workspace", "cm-test/away:1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert again.returncode == 0, again.stderr
    assert "tokens of 0 and 0 letters" in again.stdout
    assert (out / "made-by-the-script.txt").is_file()
    subprocess.run([engine, "rmi", "cm-test/away:1"], check=True, capture_output=True)


def test_apptainer_where_it_is_installed(need_tool, run_cm, scripts, tmp_path):
    need_tool("apptainer")
    need_tool("docker")
    base = tmp_path / "base.tar"
    subprocess.run(["docker", "save", "--output", str(base), "python:3.11-slim"], check=True)
    work = tmp_path / "work"
    work.mkdir()
    words = ("--docker_engine=apptainer", f"--docker_base_image={base}", "--status=3")
    done = run_cm("docker", "script", "show inputs", *words, cwd=work)
    assert done.status == 2, done.stderr
    assert f"user {os.getuid()}:" in done.stdout
    assert (work / "made-by-the-script.txt").is_file()
    (image,) = run_cm("find", "docker", "--docker_engine=apptainer", "--out=json").json()["list"]
    assert image["script"].startswith("show-inputs,")
