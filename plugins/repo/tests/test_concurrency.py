"""Real processes, real kills."""

import os
import signal
import stat
import subprocess
import time

import pytest

from cm_core import Request
from cm_repo.staging import staging_folder, sweep

pytestmark = pytest.mark.usefixtures("configure")


def start(run_cm, *words, env=None):
    return subprocess.Popen(
        run_cm.argv(*words),
        cwd=run_cm.cwd,
        env={**run_cm.env, **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(processes):
    return [(*process.communicate(timeout=240), process.returncode) for process in processes]


@pytest.mark.slow
def test_twelve_at_once_lose_nothing(run_cm, cm_session):
    done = finish([start(run_cm, "add", "repo", f"repo{number}") for number in range(12)])
    assert [status for _, _, status in done] == [0] * 12, done
    assert {repo.alias for repo in cm_session.repos.list()} >= {f"repo{number}" for number in range(12)}
    assert len(cm_session.repos.registered_paths()) == 12


@pytest.mark.slow
def test_the_same_repository_at_once_is_cloned_once(run_cm, make_remote, cm_session, cm_home, spy_git):
    make_remote("owner/tools")
    folder, log = spy_git
    env = {"PATH": f"{folder}{os.pathsep}{run_cm.env['PATH']}"}
    done = finish([start(run_cm, "pull", "repo", "owner@tools", env=env) for _ in range(4)])
    assert [status for _, _, status in done] == [0] * 4, done
    assert log.read_text().count("clone ") == 1
    assert cm_session.repos.registered_paths() == (cm_home / "repos/owner@tools",)


@pytest.fixture
def slow_git(tmp_path, spy_git):
    """A git that has begun to clone and then hangs until it is killed."""
    folder, _ = spy_git
    started = tmp_path / "started"
    script = folder / "git"
    script.write_text(
        "#!/bin/sh\n"
        'for last; do :; done\nif [ "$1" = clone ]; then\n'
        f'  mkdir -p "$last/.git/objects"; echo part > "$last/.git/objects/part"; echo $$ > "{started}"\n'
        "  exec sleep 600\nfi\nexit 1\n"
    )
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return folder, started


def wait_for(path):
    end = time.monotonic() + 120
    while not (path.exists() and path.read_text().strip()):
        assert time.monotonic() < end, f"{path} does not appear"
        time.sleep(0.02)
    return int(path.read_text())


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="kill -9 and shell scripts")
def test_a_killed_clone_is_swept_by_the_next_command(run_cm, make_remote, slow_git, cm_home, cm_session):
    make_remote("owner/tools")
    folder, started = slow_git
    process = start(
        run_cm, "pull", "repo", "owner@tools", env={"PATH": f"{folder}{os.pathsep}{run_cm.env['PATH']}"}
    )
    sleeper = wait_for(started)
    process.kill()
    process.communicate()
    os.kill(sleeper, signal.SIGKILL)
    assert any(path.name.startswith(".tmp-") for path in (cm_home / "repos").iterdir())
    assert cm_session.repos.registered_paths() == ()
    done = run_cm("pull", "repo", "owner@tools")
    assert done.status == 0, done.stderr
    assert sorted(path.name for path in (cm_home / "repos").iterdir()) == ["local", "owner@tools"]


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_interrupting_a_clone_leaves_nothing(run_cm, make_remote, slow_git, cm_home):
    make_remote("owner/tools")
    folder, started = slow_git
    process = start(
        run_cm, "pull", "repo", "owner@tools", env={"PATH": f"{folder}{os.pathsep}{run_cm.env['PATH']}"}
    )
    wait_for(started)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert [path.name for path in (cm_home / "repos").iterdir()] == ["local"]


def test_a_clone_that_was_moved_but_not_registered_is_adopted(make_remote, cm_session, cm_home, git):
    # What a kill between the rename and the registration leaves.
    remote = make_remote("owner/tools")
    place = cm_home / "repos/owner@tools"
    git("clone", "-q", remote.url, str(place), cwd=cm_home)
    cm_session.call(Request(action="pull", automation="repo", artifact="owner@tools"))
    assert cm_session.repos.registered_paths() == (place,)


def test_the_folder_of_a_living_process_is_not_swept(tmp_path):
    with staging_folder(tmp_path) as folder:
        (folder / "part").write_text("x")
        sweep(tmp_path)
        assert (folder / "part").is_file()
    assert not list(tmp_path.glob(".tmp-*"))


def test_a_folder_that_nobody_holds_is_swept(tmp_path):
    (tmp_path / ".tmp-dead/deep").mkdir(parents=True)
    (tmp_path / ".tmp-forgotten.lock").write_text("")
    os.utime(tmp_path / ".tmp-forgotten.lock", (1, 1))
    (tmp_path / "precious").mkdir()
    sweep(tmp_path)
    assert not list(tmp_path.glob(".tmp-*"))
    assert (tmp_path / "precious").is_dir()
