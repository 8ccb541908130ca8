"""Somebody who is not root gets files that are theirs."""

from __future__ import annotations

import os
import shutil
import site
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.network]

USER = 4321


@pytest.fixture
def as_somebody_else(need_tool):
    """Run ``cm`` with docker as another user, in folders of theirs."""
    need_tool("docker")
    socket = Path(os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").removeprefix("unix://"))
    if os.geteuid() != 0 or not socket.exists():
        pytest.skip("needs root, to become somebody else, and the socket of a daemon")
    place = Path(tempfile.mkdtemp(prefix="cm-user-"))
    place.chmod(0o755)
    for name in ("work", "home"):
        (place / name).mkdir()
        os.chown(place / name, USER, USER)

    def run(*words):
        start = f"import site; site.addsitedir({site.getsitepackages()[0]!r}); from cm_core.cli import main; "
        env = {key: value for key, value in os.environ.items() if not key.startswith("CM_")}
        return subprocess.run(
            [_python_for_others(), "-c", f"{start}import sys; sys.argv[0] = 'cm'; sys.exit(main())", *words],
            cwd=place / "work",
            env={
                **env,
                "HOME": str(place / "home"),
                "CM_REPOS": str(place / "home" / "cm"),
                "CM_DOCKER_NETWORK": os.environ.get("CM_DOCKER_NETWORK", ""),
            },
            user=USER,
            group=USER,
            extra_groups=[socket.stat().st_gid],
            capture_output=True,
            text=True,
            check=False,
        )

    run.place = place
    yield run
    shutil.rmtree(place)


def _python_for_others():
    """A Python of this version that other users may run."""
    for candidate in (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"):
        words = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "test", "-x", candidate]
        if subprocess.run(words, capture_output=True, check=False).returncode == 0:
            return candidate
    pytest.skip("there is no Python here that another user may run")


def test_the_owner_is_who_typed_the_command(as_somebody_else, make_scripts):
    repo = as_somebody_else.place / "repo"
    run_sh = "id -u; echo made > made.txt; mkdir folder; echo deep > folder/deep.txt\n"
    make_scripts("boxes", {"make-files": {"run.sh": run_sh}}, folder=repo)
    assert as_somebody_else("add", "repo", f"--path={repo}").returncode == 0
    done = as_somebody_else("docker", "script", "make files", "--docker_engine=docker")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == str(USER)
    made = sorted((as_somebody_else.place / "work").rglob("*"))
    assert [path.name for path in made] == ["folder", "deep.txt", "made.txt"]
    assert {(path.stat().st_uid, path.stat().st_gid) for path in made} == {(USER, USER)}
