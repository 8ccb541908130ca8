"""Choosing an engine, with and without one."""

from __future__ import annotations

from types import ModuleType

import pytest

from cm_core import CMError, NotFoundError, hookimpl
from cm_core.plugins import EntryPoint
from cm_docker.choose import choose_engine, known_engines
from cm_docker.engines.oci import OciEngine


class Boat(OciEngine):
    """An engine of somebody else, which always works."""

    def __init__(self):
        super().__init__("boat", {})

    def problem(self):
        return "", ""


@pytest.fixture
def nothing_installed(tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    return {"PATH": str(empty)}


@pytest.fixture
def boat(cm_session):
    module = ModuleType("plugin_boat")
    module.cm_api_version = "1"
    module.cm_container_engines = hookimpl(lambda session: [Boat()])
    entry = EntryPoint(name="boat", module="plugin_boat", distribution="boat", version="1")
    assert cm_session.plugins.add(entry, module).problem == ""


def test_no_engine(cm_session, nothing_installed):
    cm_session.env = {**cm_session.env, **nothing_installed}
    with pytest.raises(NotFoundError) as caught:
        choose_engine("", cm_session)
    assert (
        "docker is not installed; podman is not installed; apptainer is not installed" in caught.value.message
    )
    assert caught.value.hint == "install docker, podman or apptainer"
    with pytest.raises(NotFoundError, match="podman is not installed"):
        choose_engine("podman", cm_session)


def test_no_engine_on_the_command_line(run_cm, nothing_installed):
    done = run_cm("docker", "script", "detect os", env=nothing_installed)
    assert done.status == 16
    assert done.stderr.startswith("CM error: no container engine works here:")
    assert "Traceback" not in done.stderr


def test_a_dockerfile_needs_no_engine(run_cm, nothing_installed, tmp_path):
    done = run_cm("dockerfile", "script", "detect os", "--output=out", env=nothing_installed)
    assert done.status == 0, done.stderr
    assert "FROM python:3.11-slim\n" in (tmp_path / "out" / "Dockerfile").read_text(encoding="utf-8")


def test_a_definition_file_names_no_other_engine(run_cm, nothing_installed, tmp_path):
    words = ("dockerfile", "script", "detect os", "--output=out", "--force")
    done = run_cm(*words, "--docker_engine=apptainer", env=nothing_installed)
    assert (done.status, "docker build" in done.stdout) == (0, False), done.stderr
    assert (tmp_path / "out" / "image.def").exists()
    done = run_cm(*words, "--docker_engine=dockr", env=nothing_installed)
    assert (done.status, "no container engine 'dockr'" in done.stderr) == (16, True)


def test_an_unknown_engine(cm_session):
    with pytest.raises(NotFoundError) as caught:
        choose_engine("podmann", cm_session)
    assert "podman" in caught.value.hint


def test_a_daemon_that_does_not_run(run_cm, need_tool, tmp_path):
    need_tool("docker")
    env = {"DOCKER_HOST": f"unix://{tmp_path}/none.sock"}
    done = run_cm("docker", "script", "detect os", "--docker_engine=docker", env=env)
    assert done.status == 1
    assert "CM error: the container engine docker does not work: Cannot connect" in done.stderr
    assert "hint: start the daemon" in done.stderr


def test_the_next_engine_is_taken_when_one_does_not_work(cm_session, boat, nothing_installed):
    cm_session.env = {**cm_session.env, **nothing_installed}
    assert choose_engine("", cm_session).name == "boat"


def test_engines_of_plugins_come_after_ours(cm_session, boat):
    assert list(known_engines(cm_session)) == ["docker", "podman", "apptainer", "boat"]
    assert choose_engine("boat", cm_session).name == "boat"


def test_finding_things_needs_no_engine(run_cm, nothing_installed):
    done = run_cm("find", "docker", "--out=json", env=nothing_installed)
    assert done.status == 0
    assert done.json()["list"] == []


def test_what_is_typed_wrong_is_found_before_an_engine_is_asked(run_cm, nothing_installed):
    done = run_cm("docker", "script", "detect os", "--docker_engin=podman", env=nothing_installed)
    assert done.status == 1
    assert "--docker_engine" in done.stderr
    done = run_cm(
        "docker", "script", "detect os", "--docker_mounts=/no/such/folder:/x", env=nothing_installed
    )
    assert done.status == 16
    assert "/no/such/folder, which does not exist" in done.stderr


def test_a_failure_of_an_engine_is_a_cm_error(cm_session, boat):
    with pytest.raises(CMError):
        choose_engine("boat", cm_session).digest("x:1")


@pytest.mark.parametrize("engine", ["docker", "podman", "apptainer"])
def test_an_engine_that_does_not_answer_is_named(cm_session, tmp_path, engine):
    program = tmp_path / engine
    program.write_text("#!/bin/sh\nexec sleep 600\n")
    program.chmod(0o755)
    cm_session.env = {**cm_session.env, "PATH": f"{tmp_path}:/usr/bin:/bin", "CM_PROBE_TIMEOUT": "0.5"}
    with pytest.raises(CMError, match=f"the container engine {engine} does not answer") as caught:
        choose_engine(engine, cm_session)
    assert "CM_PROBE_TIMEOUT" in caught.value.hint
