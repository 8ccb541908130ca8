"""Real engines, and small scripts that show what a container sees."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from cm_core.base import file_lock

SHOW_INPUTS = """\
set -e
test -z "$CM_SHOWN_FILE" || cat "$CM_SHOWN_FILE"
echo "tokens of ${#CM_GH_TOKEN} and ${#GH_TOKEN} letters, key of ${#CM_LAB_API_KEY}"
echo "user $(id -u):$(id -g) in $(pwd)"
echo made > made-by-the-script.txt
echo "CM_SHOWN_TEXT=seen" > tmp-run-env.out
exit "$CM_STATUS"
"""
SCRIPTS = {
    "show-inputs": {
        "input_mapping": {"input": "CM_SHOWN_FILE", "gh_token": "CM_GH_TOKEN", "status": "CM_STATUS"},
        "default_env": {"CM_STATUS": "0"},
        "new_env_keys": ["CM_SHOWN*"],
        "run.sh": SHOW_INPUTS,
    },
    "wait-long": {
        "run.sh": "echo begun > begun.txt; exec sleep 600",
    },
    "make-once": {
        "cache": True,
        "new_env_keys": ["CM_ONCE"],
        "run.sh": 'echo really made; echo "CM_ONCE=$(pwd)" > tmp-run-env.out',
    },
    "need-broken": {
        "deps": [{"tags": "make,broken"}],
        "run.sh": "echo never",
    },
    "make-broken": {
        "cache": True,
        "run.sh": "echo 'the compiler says no' >&2; exit 3",
    },
    "want-place": {
        "docker": {
            "deps": [{"tags": "make,once"}, {"tags": "not,here", "skip_inside_docker": True}],
            "mounts": ["${{ CM_ONCE }}:${{ CM_ONCE }}"],
        },
        "run.sh": "echo place $CM_ONCE",
    },
    "not-here": {
        "docker": {"run": False},
        "run.sh": "echo here",
    },
}


@pytest.fixture
def scripts(make_scripts, cm_session):
    """A registered repository with the scripts above, and its folder."""
    return make_scripts("boxes", SCRIPTS, register=cm_session)


@pytest.fixture(params=["docker", "podman"])
def engine(request, need_engine) -> str:
    """The name of an engine that works; promised ones must."""
    return need_engine(request.param)


@pytest.fixture
def in_container(engine, run_cm, once):
    """``cm WORDS --docker_engine=…`` with the network that the engines of this machine need."""

    def run(*words, env=None, **options):
        network = {key: os.environ[key] for key in ("CM_DOCKER_NETWORK",) if key in os.environ}
        return run_cm(*words, f"--docker_engine={engine}", env={**network, **(env or {})}, **options)

    # Its layers are those of all others, and not to be built by two processes at the same time.
    once(f"first-image-{engine}", lambda folder: run("build", "docker", "detect os", cwd=folder))
    return run


@pytest.fixture
def start_waiting(in_container, engine, run_cm, scripts, tmp_path):
    """Start a script that waits long, and come back when it has begun; its container is ``.container``."""
    name = f"cm-waits-{engine}-{os.getpid()}"

    def start(*words):
        built = in_container("build", "docker", "wait long")
        assert built.status == 0, built.stderr
        own = (f"--docker_engine={engine}", f"--docker_container_name={name}")
        process = subprocess.Popen(
            run_cm.argv("docker", "script", "wait long", *own, *words),
            cwd=tmp_path,
            env={**run_cm.env, "CM_DOCKER_NETWORK": os.environ.get("CM_DOCKER_NETWORK", "")},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        process.container = name
        while not (tmp_path / "begun.txt").exists():
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.05)
        return process

    yield start
    subprocess.run([engine, "rm", "--force", name], check=False, capture_output=True)


@pytest.fixture
def once(tmp_path_factory, worker_id_or_master):
    """Do something once for all tests and processes: ``once("name", make)`` gives its folder."""

    def do(name, make):
        shared = tmp_path_factory.getbasetemp()
        shared = shared if worker_id_or_master == "master" else shared.parent
        folder = Path(shared) / name
        with file_lock(shared / f"{name}.lock"):
            if not folder.exists():
                folder.mkdir()
                make(folder)
        return folder

    return do


@pytest.fixture
def worker_id_or_master() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "master")
