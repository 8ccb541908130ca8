"""Scripts of the public repository in real containers."""

from __future__ import annotations

import os

import pytest

pytest.importorskip("cm_docker", reason="needs cm-plugin-docker")

# Script -> exported keys that are the same in a container, whatever its distribution and Python.
CASES = {
    "print hello-world": (),
    "get generic-python-lib _package.six": ("CM_PYTHONLIB_SIX_CACHE_TAGS", "CM_SIX_VERSION"),
}


@pytest.fixture(params=["docker", "podman"])
def engine(request, need_engine):
    return need_engine(request.param)


@pytest.mark.parametrize("tags", CASES)
def test_a_script_does_in_a_container_what_it_does_outside(repositories, run_cm, engine, tags, tmp_path):
    for path in repositories:
        assert run_cm("add", "repo", f"--path={path}").status == 0
    network = {"CM_DOCKER_NETWORK": os.environ.get("CM_DOCKER_NETWORK", "")}
    answers = {}
    for action, more in (("run", ()), ("docker", (f"--docker_engine={engine}",))):
        folder = tmp_path / action
        folder.mkdir()
        words = (action, "script", tags, "--quiet", "--out=json", *more)
        done = run_cm(*words, cwd=folder, env=network)
        assert done.status == 0, done.stderr
        answers[action] = done.json(), sorted(path.name for path in folder.iterdir())
    (outside, files_outside), (inside, files_inside) = answers["run"], answers["docker"]
    assert inside["new_env"].keys() == outside["new_env"].keys()
    assert inside["deps"] == outside["deps"]
    assert [inside["new_env"].get(key) for key in CASES[tags]] == [
        outside["new_env"].get(key) for key in CASES[tags]
    ]
    assert files_inside == files_outside
