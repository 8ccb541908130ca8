"""``cm add script``: what is made runs at once."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cm_core import AlreadyExistsError, CMError, NotFoundError, Request, UsageError


@pytest.fixture
def add(lab):
    def make(artifact="", **options):
        request = Request(action="add", automation="script", artifact=artifact, options=options)
        lab.result = lab.session.call(request)
        return lab.result.data

    return make


def test_a_new_script_runs_at_once(lab, add):
    data = add("my-script", tags="my,own")
    assert sorted(path.name for path in data["path"].iterdir()) == [
        "_cm.yaml",
        "customize.py",
        "run.bat",
        "run.sh",
    ]
    assert lab.result.lines[-1] == 'run it with: cm run script "my own"'
    lab.run("my,own")
    assert "Hello from my-script" in lab.listener.text
    (artifact,) = lab.session.find("script", tags="my,own")
    assert (artifact.alias, artifact.tags) == ("my-script", ("my", "own"))
    assert artifact.meta["automation_uid"] == "5b4e0237da074764"


def test_tags_come_from_the_name(add, lab):
    assert add("get-nice-tool")["meta"]["tags"] == ["get", "nice", "tool"]


def test_a_detector_is_metadata_only(lab, add):
    path = add("get-own-sh", tags="get,own-sh", find_tool="sh")["path"]
    assert [file.name for file in path.iterdir()] == ["_cm.yaml"]
    (path / "_cm.yaml").write_text(
        (path / "_cm.yaml")
        .read_text()
        .replace("find_tool:", "find_tool:\n  version_arguments: [-c, echo 1.5]")
    )
    env = lab.run("get,own-sh")["new_env"]
    assert (Path(env["CM_SH_BIN_WITH_PATH"]).name, env["CM_SH_VERSION"]) == ("sh", "1.5")


def test_comments_of_the_template_are_valid_when_they_are_taken_in(lab, add):
    path = add("my-script", tags="mine")["path"] / "_cm.yaml"
    lines = path.read_text().splitlines()
    opened = [
        line.removeprefix("# ") for line in lines if not line.startswith(("# What", "#\n")) and line != "#"
    ]
    path.write_text("\n".join(opened) + "\n")
    data = lab.run("mine", fake_run=True, fake_deps=True)
    assert data["deps"] == ["get,python3"]


def test_into_another_repository(lab, add):
    folder = lab.add({})
    data = add("mine:my-script", tags="x")
    assert data["path"] == folder / "script" / "my-script"
    with pytest.raises(NotFoundError, match="nowhere"):
        add("nowhere:my-script")


def test_json_and_more_metadata(lab, add):
    data = add("my-script", tags="mine", json=True, meta={"cache": True, "env": {"A": "1"}})
    meta = json.loads((data["path"] / "_cm.json").read_text())
    assert (meta["cache"], meta["env"]) == (True, {"A": "1"})
    assert lab.run("mine")["path"]


def test_a_script_in_python(lab, add):
    data = add("my-script", tags="mine", python=True)
    assert (data["path"] / "main.py").is_file()
    lab.quiet(quiet=True)
    lab.run("mine")
    assert "Hello from my-script, Python 3." in lab.listener.text


def test_a_native_script_that_exists_already(lab, add):
    (lab.folder / "mine.sh").write_text("echo given")
    add("my-script", tags="mine", script_name="mine.sh")
    lab.run("mine")
    assert "given" in lab.listener.text
    with pytest.raises(NotFoundError, match=r"nothing\.sh"):
        add("other", script_name="nothing.sh")
    assert lab.session.find("script", "other") == []


# The system kills what writes a larger file, in the middle of it.
_KILLED_AT_THE_SCRIPT = """
import resource, signal, sys
from cm_core.cli import main
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
resource.setrlimit(resource.RLIMIT_FSIZE, (8 << 20, 8 << 20))
sys.exit(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
def test_a_script_is_complete_or_not_there(lab):
    (lab.folder / "large.sh").write_text("#" * (9 << 20))
    words = ["add", "script", "my-script", "--script_name=large.sh"]
    done = subprocess.run(
        [sys.executable, "-c", _KILLED_AT_THE_SCRIPT, *words], cwd=lab.folder, env=lab.env, check=False
    )
    assert done.returncode == -signal.SIGXFSZ
    assert not (lab.session.repos.local.root / "script" / "my-script").exists()
    assert lab.session.find("script", "my-script") == []


def test_a_native_script_that_is_not_text(lab, add):
    (lab.folder / "mine.sh").write_bytes(b"echo \xfc")
    with pytest.raises(CMError, match="not UTF-8 text"):
        add("my-script", script_name="mine.sh")
    (lab.folder / "mine.sh").write_bytes(b"\xef\xbb\xbfecho \r\n")
    assert (add("my-script", script_name="mine.sh")["path"] / "run.sh").read_bytes() == b"echo \n"


def test_from_another_script(lab, add):
    lab.add({"old": {"tags": ["old"], "env": {"A": "1"}, "run.sh": "echo from old $A"}})
    data = add("new", template="old", tags="new")
    assert data["path"].parent.parent.name == "local"
    lab.run("new")
    assert "from old 1" in lab.listener.text
    old, new = lab.session.find("script", "old")[0], lab.session.find("script", "new")[0]
    assert old.uid != new.uid
    assert old.tags == ("old",)
    with pytest.raises(NotFoundError, match="no,such"):
        add("third", template="no,such")


def test_a_name_is_needed_and_must_be_free(add):
    with pytest.raises(UsageError, match="needs a name"):
        add()
    data = add("my-script")
    before = (data["path"] / "run.sh").stat().st_mtime_ns
    with pytest.raises(AlreadyExistsError, match="my-script"):
        add("my-script")
    assert (data["path"] / "run.sh").stat().st_mtime_ns == before


@pytest.mark.parametrize("name", ["../x", "a/b", ".x", "-x", "a\\b"])
def test_names_that_are_paths(lab, add, name):
    with pytest.raises(UsageError):
        add(name)
    assert not (lab.home / "repos" / "local" / "script").exists() or not list(
        (lab.home / "repos" / "local" / "script").iterdir()
    )


def test_a_name_with_a_space_is_refused(add):
    with pytest.raises(UsageError) as caught:
        add("my own script")
    assert caught.value.hint == "use: cm add script my-own-script --tags=my,own,script"
