"""What a person reads when a real engine, image or mount is not as it should be."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.network]


def test_a_base_image_that_does_not_exist(in_container, engine):
    done = in_container("docker", "script", "detect os", "--docker_base_image=nowhere.invalid/no/such:1")
    assert done.status == 16
    assert f"CM error: the base image 'nowhere.invalid/no/such:1' cannot be pulled by {engine}" in done.stderr
    assert "--docker_base_image" in done.stderr


def test_a_base_image_with_a_wrong_name(in_container):
    done = in_container("docker", "script", "detect os", "--docker_base_image=NotAName")
    assert done.status == 16
    assert "cannot be pulled" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_build_that_fails_names_step_recipe_and_last_lines(in_container, scripts, cm_home):
    done = in_container("docker", "script", "need broken")
    assert done.status == 1
    error = next(line for line in done.stderr.splitlines() if line.startswith("CM error:"))
    assert "at step " in error
    assert "(RUN cm run script --tags=need,broken" in error
    assert "make-broken" in error
    assert "  | the compiler says no" in done.stderr
    assert (cm_home / "docker" / "failed-build" / "Dockerfile").is_file()


def test_no_space(in_container, scripts):
    fill = "--docker_pre_run_cmds=dd if=/dev/zero of=/dev/shm/full bs=1M count=200000"
    done = in_container("docker", "script", "show inputs", fill)
    assert done.status == 1
    assert "no space left on device" in done.stderr.lower()
    assert "hint: free some space" in done.stderr


def test_a_mount_that_the_engine_refuses(in_container, engine, scripts, tmp_path):
    (tmp_path / "here").mkdir()
    done = in_container(
        "docker",
        "script",
        "show inputs",
        f"--docker_mounts={tmp_path / 'here'}:/inside",
        "--docker_extra_run_args=--volume=/x:relative",
    )
    assert done.status == 1
    assert f"CM error: {engine} cannot create the container:" in done.stderr


def test_a_name_that_somebody_else_has(in_container, engine, scripts):
    name = f"not-ours-{os.getpid()}"
    subprocess.run(
        [engine, "create", f"--name={name}", "python:3.11-slim", "true"], check=True, capture_output=True
    )
    try:
        done = in_container("docker", "script", "show inputs", f"--docker_container_name={name}")
        assert done.status == 1
        assert "already in use" in done.stderr
        subprocess.run([engine, "inspect", name], check=True, capture_output=True)
    finally:
        subprocess.run([engine, "rm", name], check=False, capture_output=True)


def test_a_container_that_is_killed(start_waiting, engine):
    process = start_waiting("--out=json")
    subprocess.run([engine, "kill", process.container], check=True, capture_output=True)
    answer, _ = process.communicate(timeout=60)
    assert process.returncode == 137
    assert "SIGKILL" in json.loads(answer)["error"]
