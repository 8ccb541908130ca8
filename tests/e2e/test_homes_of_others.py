"""Homes that several users share: one of a group, one that only its owner may write, one that is closed."""

import os
import subprocess

import pytest

from cm_core.testing import CommandOutcome

several = pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="needs root, for several users")
MAKE = 'echo data > file; echo "CM_E=$PWD/file" > tmp-run-env.out\n'
SCRIPT = ("--meta.cache=yes", "--meta.new_env_keys,=CM_E", "--meta.input_mapping.num=CM_NUM")
GROUP = 100


class User:
    """A user of the machine, who runs ``cm`` in a folder of their own."""

    def __init__(self, run_cm, folder, number, umask):
        self._run_cm, self._number, self._umask = run_cm, number, umask
        self.folder = folder / f"user-{number}"
        self.folder.mkdir()
        os.chown(self.folder, number, GROUP)

    def cm(self, *words, home):
        done = subprocess.run(
            self._run_cm.argv(*words),
            cwd=self.folder,
            env={**self._run_cm.env, "CM_REPOS": str(home), "HOME": str(self.folder)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            user=self._number,
            group=GROUP,
            extra_groups=[],
            umask=self._umask,
        )
        return CommandOutcome(status=done.returncode, stdout=done.stdout, stderr=done.stderr)


@pytest.fixture
def user(run_cm, open_folder):
    def make(number, umask=0o022):
        someone = User(run_cm, open_folder, number, umask)
        try:
            can_run = someone.cm("version", home=open_folder / "none").status == 0
        except PermissionError:  # as below the home of root
            can_run = False
        if not can_run:
            pytest.skip("other users cannot run this Python")
        return someone

    return make


def good(outcome):
    assert outcome.status == 0, outcome.stderr
    return outcome


@several
def test_a_home_of_a_group(user, open_folder):
    shared = open_folder / "shared"
    shared.mkdir()
    os.chown(shared, 0, GROUP)
    shared.chmod(0o2775)
    home, first, second = shared / "cm", user(2001, 0o002), user(2002, 0o002)
    good(first.cm("add", "script", "s", "--tags=e,s", *SCRIPT, home=home))
    (home / "repos/local/script/s/run.sh").write_text(MAKE)
    run = ("run", "script", "e s", "-s")
    for words in (run, (*run, "--num=1")):
        good(first.cm(*words, home=home))
    for words in (
        run,
        (*run, "--num=2"),
        (*run, "--num=1", "--renew"),
        (*run, "--new"),
        ("update", "script", "s", "--tags=more"),
        ("rm", "cache", "--tags=e,s", "-f"),
        (*run, "--num=1"),
        ("add", "repo", "theirs"),
        ("run", "experiment", "x", "--", "true"),
    ):
        good(second.cm(*words, home=home))
    for words in (run, (*run, "--num=1", "--renew"), ("run", "experiment", "x", "--", "true")):
        good(first.cm(*words, home=home))
    closed = [path for path in home.rglob("*") if not path.is_symlink() and not path.stat().st_mode & 0o020]
    assert closed == []


@several
def test_a_home_that_only_its_owner_may_write(user, open_folder):
    home, owner, guest = open_folder / "home", user(2001), user(2002)
    home.mkdir()
    os.chown(home, 2001, GROUP)
    good(owner.cm("add", "script", "s", "--tags=e,s", *SCRIPT, home=home))
    good(owner.cm("add", "script", "plain", "--tags=plain", home=home))
    for name in ("s", "plain"):
        (home / "repos/local/script" / name / "run.sh").write_text(MAKE)
    good(owner.cm("run", "script", "e s", "-s", home=home))
    for words in ("e s", "plain", "detect cpu"):
        good(guest.cm("run", "script", words, "-s", home=home))
    assert sorted(path.name for path in guest.folder.iterdir() if path.name.startswith(".cm")) == []
    refused = guest.cm("run", "script", "e s", "--new", home=home)
    assert refused.status == 1
    assert "Permission denied" in refused.stderr
    assert "set CM_REPOS to a folder you can write to" in refused.stderr
    kept = guest.cm("rm", "cache", "-f", home=home)
    assert kept.status == 1
    assert "in progress" not in kept.stderr


@several
def test_a_home_that_is_closed(user, open_folder):
    home, guest = open_folder / "home", user(2002)
    home.mkdir()
    home.chmod(0o700)
    for words in (("find", "script"), ("run", "script", "detect os"), ("show", "cache")):
        refused = guest.cm(*words, home=home)
        assert refused.status == 1
        assert refused.stderr.startswith(
            f"CM error: cannot read the CM home {home}: Permission denied\nhint: set CM_REPOS"
        )


# -- shared homes --------------------------------------------------------------------------------------------

HOOKS = """
def preprocess(i):
    return {"return": 0}
"""


def snapshot(folder):
    return sorted((path, path.stat().st_mtime_ns) for path in folder.rglob("*"))


@pytest.fixture
def shared(run_cm, tmp_path):
    """A shared home with results of the scripts ``e,s`` and ``checked``, and what runs ``cm`` beside it."""
    home = tmp_path / "shared"
    there = {"CM_REPOS": str(home)}
    for name, more in (("s", SCRIPT), ("checked", SCRIPT), ("plain", ())):
        good(run_cm("add", "script", name, f"--tags=e,{name}", *more, env=there))
        (home / "repos/local/script" / name / "run.sh").write_text(MAKE)
    (home / "repos/local/script/plain/customize.py").write_text(HOOKS)
    (home / "repos/local/script/checked/validate_cache.sh").write_text(
        'test -e "$CM_E" && echo x > tmp-ver.out\n'
    )
    for name in ("s", "checked"):
        good(run_cm("run", "script", f"e {name}", "-s", env=there))
    before = snapshot(home)
    yield home, lambda *words: run_cm(*words, env={"CM_SHARED_HOMES": str(home)})
    assert snapshot(home) == before


@pytest.mark.skipif(os.name != "posix", reason="shell scripts")
def test_results_of_a_shared_home_are_used_and_say_so(shared, run_cm):
    home, cm = shared
    for name in ("s", "checked"):
        hit = good(cm("run", "script", f"e {name}"))
        assert f"cached - in the shared home {home}" in hit.stderr
    good(cm("run", "script", "e plain", "-s"))
    found = good(cm("find", "cache"))
    assert found.stderr == f"2 of 2 in the shared home {home}\n"
    assert found.stdout.count(str(home)) == 2
    assert good(cm("show", "cache")).stdout.count(f"Shared home: {home}") == 2


@pytest.mark.skipif(os.name != "posix", reason="shell scripts")
def test_what_is_made_again_is_ones_own(shared, run_cm):
    home, cm = shared
    renewed = good(cm("run", "script", "e s", "--renew", "--json")).json()
    assert str(run_cm.home) in renewed["new_env"]["CM_E"]
    hit = good(cm("run", "script", "e s"))
    assert "shared home" not in hit.stderr
    good(cm("run", "script", "e s", "--num=3", "-s"))
    good(cm("rm", "cache", "-f"))
    assert f"cached - in the shared home {home}" in good(cm("run", "script", "e s")).stderr
    refused = cm("rm", "cache", "--tags=e,s", "-f")
    assert refused.status == 1
    assert f"is in the shared home {home}, which is only read\nhint: " in refused.stderr
