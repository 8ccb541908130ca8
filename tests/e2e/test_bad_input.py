"""Bad input to recipes, repositories and the machine: one sentence, the right status, nothing half-written."""

import os
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile
from pathlib import Path

import pytest

IDENTITY = "automation_alias: script\nautomation_uid: 5b4e0237da074764\n"
GOOD = {"good": {"tags": ["good"], "run.sh": "echo good"}}


# -- scripts -------------------------------------------------------------------------------------------------

LINES = [
    # words, exit status, part of the sentence, part of the hint
    (["no-such-tag,whatever"], 16, "no script has the tags", ""),
    (["detekt,os"], 16, "no script has the tags", "did you mean 'detect'"),
    (["groups,_nothing"], 16, "nothing", "_a1"),
    (["groups,_a1,_a2"], 1, "group", ""),
    (["groups,-_a1,_a1"], 1, "a1", ""),
    (["groups,-groups"], 1, "groups", ""),
    (["circle-1"], 1, "cycle: circle-1 -> circle-2 -> circle-1", ""),
    (["groups", "--version"], 1, "--version needs a value", "--version="),
    (["groups", "--env=X"], 1, "--env needs keys", "--env.KEY"),
    (["groups", "--fake_run=ture"], 1, "--fake_run=ture is neither yes nor no", "did you mean 'true'?"),
    (["groups", "--adr.x=1"], 1, "--adr.x needs a key", "--adr.x.tags"),
    (["groups", "--ad.nobody.tags=_x"], 1, "nobody", ""),
    (["ambiguous"], 1, "several scripts have the tags 'ambiguous'", "--quiet"),
    (["asks"], 1, "asked a question, but the input is closed", "--quiet"),
    (["raises"], 1, "ValueError: bad", "customize.py:2"),
    (["returns-5"], 5, "five", ""),
    (["returns-none"], 1, "returned nothing", ""),
    (["syntax"], 1, "cannot be loaded", ""),
    (["native"], 2, "exit status 3", "cm run script --tags=native"),
    (["command"], 2, "command not found (127)", "cm run script --tags=command"),
    (["killed"], 2, "SIGKILL (137)", "cm run script --tags=killed"),
    (["no-native"], 16, "no native script 'other'", "other.sh"),
    (["wrong-deps"], 4, "deps", ""),
    (["groups", "--path=/no/such/place", "--unheard_of=1", "--strict"], 1, "--unheard_of", ""),
    (["download,file"], 1, "no URL was given", "--url="),
]  # fmt: skip

SCRIPTS = {
    **GOOD,
    "groups": {
        "tags": ["groups"],
        "cache": True,
        "variations": {"a1": {"group": "a", "default": True}, "a2": {"group": "a"}},
    },
    "circle-1": {"tags": ["circle-1"], "deps": [{"tags": "circle-2"}]},
    "circle-2": {"tags": ["circle-2"], "deps": [{"tags": "circle-1"}]},
    "one-of-two": {"tags": ["ambiguous"]},
    "two-of-two": {"tags": ["ambiguous"]},
    "asks": {"cache": True, "customize.py": "def preprocess(i):\n    input('name? ')\n    return {'return': 0}\n"},
    "raises": {"customize.py": "def preprocess(i):\n    raise ValueError('bad')\n"},
    "returns-5": {"tags": ["returns-5"], "customize.py": "def preprocess(i):\n    return {'return': 5, 'error': 'five'}\n"},
    "returns-none": {"tags": ["returns-none"], "customize.py": "def preprocess(i):\n    pass\n"},
    "syntax": {"customize.py": "def preprocess(i)\n"},
    "native": {"cache": True, "run.sh": "exit 3"},
    "command": {"run.sh": "no-such-command-anywhere"},
    "killed": {"run.sh": "kill -9 $$"},
    "no-native": {"tags": ["no-native"], "script_name": "other"},
    "wrong-deps": {"tags": ["wrong-deps"], "deps": "get,python"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("words", "status", "sentence", "hint"), LINES, ids=[" ".join(row[0]) for row in LINES]
)
def test_scripts(workshop, one_sentence, words, status, sentence, hint):
    workshop.add(SCRIPTS)
    done = workshop.cm("run", "script", f"--tags={words[0]}", *words[1:])
    one_sentence(done, status, sentence)
    assert hint in done.stderr.partition("hint: ")[2]
    assert workshop.folders() == []
    assert list(workshop.folder.iterdir()) == []
    document = workshop.cm("run", "script", f"--tags={words[0]}", *words[1:], "--out=json").json()
    assert document["return"] == status
    assert document["error"].count("\n") == 0


def test_a_flag_that_nobody_declares_is_passed_on_with_a_warning(workshop):
    code = "def preprocess(i):\n    print('got', {})\n    return {{'return': 0}}\n"
    workshop.add(
        {
            "main": {
                "input_mapping": {"speed": "SPEED"},
                "customize.py": code.format("i['input'].get('speeed'), i['input'].get('colour')"),
            },
            "plain": {
                "input_mapping": {"speed": "SPEED"},
                "customize.py": code.format("i['input']['speed' 'y']"),
            },
        }
    )
    done = workshop.cm("run", "script", "main", "--speeed=9", "--colour=red")
    assert done.status == 0
    assert "did you mean --speed" in done.stderr
    assert "declares the flag --colour; it is passed on" in done.stderr
    assert "got 9 red" in done.stdout
    assert workshop.cm("run", "script", "main", "--speed=9").stderr.count("--speed") == 0
    for words in (["main", "--speeed=9", "--strict"], ["plain", "--speedy=9"]):
        refused = workshop.cm("run", "script", *words)
        assert refused.status == 1
        assert "did you mean --speed" in refused.stderr
        assert "got" not in refused.stdout
    assert "got 9" in workshop.cm("run", "script", "plain", "--speedy=9", "--strict=no").stdout


# -- metadata ------------------------------------------------------------------------------------------------

BROKEN = {
    "bad yaml": "alias: broken\ntags: [unclosed\n",
    "tab": "alias:\tbroken\n\ttags: x\n",
    "list at top level": "- alias: broken\n",
    "text at top level": "just words\n",
    "null tags": f"alias: broken\nuid: 00112233445566aa\n{IDENTITY}tags:\n",
    "number as uid": f"alias: broken\nuid: 1122334455667788\n{IDENTITY}tags: [broken]\n",
    "tags are a number": f"alias: broken\nuid: 00112233445566aa\n{IDENTITY}tags: 7\n",
    "empty": "",
    "not text": "alias: \xff\xfe\n",
    "missing": None,
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_metadata_file_spoils_nothing_else(workshop, one_sentence, kind):
    root = workshop.add(GOOD)
    folder = root / "script" / "broken"
    folder.mkdir()
    if (text := BROKEN[kind]) is not None:
        (folder / "_cm.yaml").write_text(text, encoding="latin-1")
    (folder / "run.sh").write_text("echo broken")
    assert workshop.cm("run", "script", "good").status == 0
    found = workshop.cm("find", "script", "good", "--out=json")
    assert len(found.json()["list"]) == 1
    assert "Traceback" not in found.stderr
    done = workshop.cm("run", "script", "broken")
    assert "Traceback" not in done.stderr
    if kind in ("null tags", "number as uid", "tags are a number"):
        assert done.status in (0, 4, 16)
    else:
        one_sentence(done, 16)
    if kind in ("bad yaml", "tab", "list at top level", "text at top level", "not text"):
        assert str(folder / "_cm.yaml") in found.stderr
    assert workshop.cm("run", "script", "good").status == 0


@pytest.mark.parametrize("text", [None, "alias: [", "- alias\n", "alias: 7\nuid: 7\n"])
def test_a_repository_whose_metadata_is_broken(workshop, text):
    root = workshop.add({"other": {"run.sh": "echo other"}}, alias="spoilt")
    workshop.add(GOOD)
    if text is None:
        (root / "cmr.yaml").unlink()
    else:
        (root / "cmr.yaml").write_text(text)
    for words in (["run", "script", "good"], ["find", "repo"], ["find", "script"]):
        done = workshop.cm(*words)
        assert done.status == 0
        assert "Traceback" not in done.stderr
        assert str(root) in done.stderr


# -- names ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["../escape", "/tmp/escape", "a/b", ".", "..", ".hidden", "-x", "a\\b", "nul\nx", "CON"]
)
@pytest.mark.parametrize("kind", ["script", "repo"])
def test_a_name_that_is_a_path(workshop, tmp_path, kind, name):
    before = sorted(path.name for path in tmp_path.iterdir())
    done = (
        workshop.cm("add", kind, name, "--tags=x")
        if not name.startswith("-")
        else workshop.cm("add", kind, "--", name)
    )
    assert "Traceback" not in done.stderr
    assert done.status != 0 or kind == "repo"
    assert not (workshop.home / "repos" / "escape").exists()
    assert not (workshop.home / "repos" / "local" / "escape").exists()
    assert not Path("/tmp/escape").exists()
    assert {path.name for path in tmp_path.iterdir()} <= {*before, "cm-home"}


# -- downloads -----------------------------------------------------------------------------------------------


def test_an_address_that_cannot_be_reached(workshop, one_sentence):
    url = "http://127.0.0.1:9/file.bin"
    done = workshop.cm("run", "script", "download file", f"--url={url}", "--quiet")
    one_sentence(done, done.status, url)
    assert done.status != 0
    assert not list(workshop.folder.glob("file*"))


def test_a_wrong_checksum(workshop, serve, one_sentence):
    (serve.folder / "file.txt").write_text("content")
    done = workshop.cm(
        "run", "script", "download file", f"--url={serve.url}/file.txt", f"--md5sum={'0' * 32}", "--quiet"
    )
    one_sentence(done, done.status, "checksum")
    assert done.status != 0
    assert not list(workshop.folder.iterdir())


@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_an_archive_that_escapes(workshop, tmp_path, one_sentence, kind):
    archive = tmp_path / f"bad.{kind}"
    if kind == "tar":
        (tmp_path / "inside").write_text("x")
        with tarfile.open(archive, "w") as stream:
            stream.add(tmp_path / "inside", "../../escaped")
    else:
        with zipfile.ZipFile(archive, "w") as stream:
            stream.writestr("../../escaped", "x")
    done = workshop.cm("run", "script", "extract file", f"--input={archive}", "--quiet")
    one_sentence(done, done.status, "escaped")
    assert done.status != 0
    assert not list(tmp_path.rglob("escaped"))
    assert not list(workshop.folder.iterdir())


# -- repositories --------------------------------------------------------------------------------------------


def test_a_remote_that_cannot_be_reached(workshop, one_sentence, need_tool):
    need_tool("git")
    for url in (
        "http://127.0.0.1:9/some/repo.git",
        str(workshop.folder / "nowhere.git"),
        "ext::sh -c touch% x",
        "--upload-pack=x",
    ):
        done = workshop.cm("pull", "repo", f"--url={url}")
        one_sentence(done, done.status)
        assert done.status != 0
    known = workshop.cm("find", "repo", "--out=json").json()["list"]
    assert {repo["alias"] for repo in known} <= {"local", "cm-recipes", "cm-built-in", "internal"} | {
        repo["alias"] for repo in known if repo.get("kind") == "shipped"
    }
    assert sorted(path.name for path in (workshop.home / "repos").iterdir()) == ["local"]


def path_without_git(tmp_path):
    """A PATH with what the engine needs, and no git."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("bash", "sh", "ps", "sleep", "cat", "ls"):
        if found := shutil.which(name):
            (folder / name).symlink_to(found)
    return str(folder)


def test_no_git(workshop, tmp_path, one_sentence):
    env = {"PATH": path_without_git(tmp_path)}
    workshop.add(GOOD)
    for words in (
        ["pull", "repo", "mlcommons@cm4mlops"],
        ["run", "script", "get git repo", "--env.CM_GIT_URL=https://localhost/x.git", "--quiet"],
    ):
        done = workshop.cm(*words, env=env)
        one_sentence(done, done.status, "git")
        assert done.status != 0
        assert "install" in done.stderr
    assert workshop.cm("run", "script", "good", env=env).status == 0
    assert workshop.cm("doctor", env=env).stderr.count("Traceback") == 0


def test_no_bash(workshop, tmp_path, one_sentence):
    workshop.add(GOOD)
    done = workshop.cm("run", "script", "good", env={"PATH": str(tmp_path / "empty")})
    one_sentence(done, 16, "bash")


# -- the machine ---------------------------------------------------------------------------------------------


@pytest.fixture
def mounted(tmp_path):
    """Mounts things at a folder; only root may."""
    folder = tmp_path / "mounted"
    folder.mkdir()
    done = []

    def mount(*words):
        if sys.platform != "linux" or os.geteuid() != 0 or not shutil.which("mount"):
            pytest.skip("only root can mount")
        tried = subprocess.run(["mount", *words, str(folder)], capture_output=True, text=True, check=False)
        if tried.returncode:
            pytest.skip(f"mounting is not allowed here: {tried.stderr.strip()}")
        done.append(folder)
        return folder

    yield mount
    for place in done:
        subprocess.run(["umount", "-l", str(place)], check=True)


def make_read_only(workshop, mounted):
    """The home as it is, mounted so that nobody can write."""
    folder = mounted("--bind", str(workshop.home))
    subprocess.run(["mount", "-o", "remount,ro,bind", str(folder)], check=True)
    return {"CM_REPOS": str(folder)}


def test_a_read_only_home(workshop, mounted, one_sentence):
    workshop.add({**GOOD, "kept": {"cache": True, "run.sh": "echo 1 > file"}, "more": {"cache": True}})
    assert workshop.cm("run", "script", "kept").status == 0
    env = make_read_only(workshop, mounted)
    for words in (
        ["run", "script", "more"],
        ["add", "script", "new"],
        ["add", "repo", "new"],
        ["rm", "cache", "--all", "-f"],
    ):
        done = workshop.cm(*words, env=env)
        one_sentence(done, 1)
        assert "read-only" in done.stderr.lower() or "written" in done.stderr
    found = workshop.cm("find", "script", "good", env=env)
    assert (found.status, found.stdout.count("good")) == (0, 1)
    good = workshop.cm("run", "script", "good", env=env)
    assert "Traceback" not in good.stderr


def test_a_read_only_working_folder(workshop, mounted, one_sentence):
    workshop.add({**GOOD, "kept": {"cache": True}})
    (workshop.folder / "x").write_text("x")
    folder = mounted("--bind", str(workshop.folder))
    subprocess.run(["mount", "-o", "remount,ro,bind", str(folder)], check=True)
    done = workshop.cm("run", "script", "good", cwd=folder)
    one_sentence(done, 1, "is not writable")
    assert workshop.cm("run", "script", "kept", "--skip_write_test", cwd=folder).status == 0


@pytest.mark.parametrize("room", ["64k", "400k", "1m"])
def test_a_full_disk(workshop, mounted, one_sentence, room):
    big = "head -c 3000000 /dev/zero > big; status=$?; exit $status"
    workshop.add({"fills": {"cache": True, "run.sh": big}, **GOOD})
    folder = mounted("-t", "tmpfs", "-o", f"size={room}", "tmpfs")
    registered = workshop.home / "repos.json"
    shutil.copy(registered, folder / "repos.json")
    env = {"CM_REPOS": str(folder)}
    done = workshop.cm("run", "script", "fills", env=env)
    sentence = one_sentence(done, 1, "no space left")
    assert str(folder) in sentence
    assert "free some space (cm rm cache removes cached results)" in done.stderr
    shelf = folder / "repos" / "local" / "cache"
    assert not list(shelf.glob("[!.]*"))
    full = workshop.cm("add", "script", "new", "--tags=x", env=env)
    assert "Traceback" not in full.stderr


def test_closed_standard_input(workshop, one_sentence):
    workshop.add(SCRIPTS)
    argv = workshop.run_cm.argv("run", "script", "--tags=ambiguous")
    closed = subprocess.run(
        ["bash", "-c", 'exec "$@" <&-', "bash", *argv], cwd=workshop.folder, env=dict(workshop.run_cm.env), capture_output=True, text=True, check=False
    )  # fmt: skip
    assert closed.returncode == 1
    assert "the input was closed at the question" in closed.stderr
    assert "Traceback" not in closed.stderr
    quiet = workshop.cm("run", "script", "--tags=ambiguous", "--quiet")
    assert quiet.status == 0
    assert "also possible: two-of-two" in quiet.stderr


def test_closed_output(workshop):
    workshop.add({"talks": {"run.sh": "for n in $(seq 2000); do echo line $n; done"}})
    process = workshop.start("run", "script", "talks")
    process.stdout.close()
    stderr = process.stderr.read()
    process.stderr.close()
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert process.returncode is not None
    assert "Traceback" not in stderr
