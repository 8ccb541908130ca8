"""Commands of users, really run one after the other in one home, next to the original when it is given."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from cm_conformance.report import Report
from cm_conformance.side import Run, Side

COMMANDS = yaml.safe_load(Path(__file__).with_name("commands.yaml").read_text(encoding="utf-8"))

pytestmark = [pytest.mark.network, pytest.mark.slow, pytest.mark.usefixtures("yardstick")]


@dataclass(slots=True)
class Original:
    """The original, which answers each command once."""

    side: Side
    answers: dict[int, Run] = field(default_factory=dict)

    def run(self, command: str, number: int) -> Run:
        if number not in self.answers:
            self.answers[number] = self.side.run(command, number)
        return self.answers[number]


@dataclass(slots=True)
class Lab:
    """Both tools and what was found."""

    python: str
    ours: Side
    theirs: Original | None
    before: list[str]
    passed: int = 0
    values: int = 0
    interpreters: int = 0
    skipped: list[str] = field(default_factory=list)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What the words between braces stand for: files, a server for them, sources, a git repository."""
    root = tmp_path_factory.mktemp("material")
    files, sources, git, scratch = (root / name for name in ("www", "src", "project", "scratch"))
    for folder in (files / "dirx", sources, git, scratch):
        folder.mkdir(parents=True)
    (files / "a.txt").write_text("some text\n", encoding="utf-8")
    (files / "dirx" / "b.txt").write_text("more text\n", encoding="utf-8")
    with zipfile.ZipFile(files / "d.zip", "w") as archive:
        archive.write(files / "dirx" / "b.txt", "dirx/b.txt")
    subprocess.run(["tar", "-czf", "d.tar.gz", "dirx"], cwd=files, check=True)
    (sources / "m.out").write_text("#!/bin/sh\necho hello\n", encoding="utf-8")
    (sources / "m.out").chmod(0o755)
    (sources / "a.csv").write_text("x,y\n1,2\n", encoding="utf-8")
    (git / "README.md").write_text("a project\n", encoding="utf-8")
    identity = ["-c", "user.name=someone", "-c", "user.email=someone@example.org"]
    for words in (["init", "-q", "-b", "main"], ["add", "."], [*identity, "commit", "-qm", "first"]):
        subprocess.run(["git", *words], cwd=git, check=True)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(files)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield {
        "url": f"http://127.0.0.1:{server.server_port}",
        "files": str(files),
        "sources": str(sources),
        "git": str(git),
        "scratch": str(scratch),
        "md5": hashlib.md5((files / "a.txt").read_bytes()).hexdigest(),
    }
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def theirs(
    repositories: list[Path],
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    material: dict[str, str],
) -> Original | None:
    if (peer := request.config.getoption("--peer")) is None:
        return None
    folder = tmp_path_factory.mktemp("theirs")
    side = Side(program=peer.absolute().with_name("cm"), folder=folder, texts=material)
    side.prepare(Path(sys.executable), repositories)
    return Original(side=side)


@pytest.fixture(scope="module", params=["own", "managed"])
def lab(
    repositories: list[Path],
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    theirs: Original | None,
    material: dict[str, str],
    report: Report,
) -> Iterator[Lab]:
    ours = Side(
        program=Path(sys.executable).with_name("cm"),
        folder=tmp_path_factory.mktemp("ours"),
        texts=material,
        variables={"CM_SCRIPT_PYTHON": request.param},
    )
    # Both detect a Python of this version, so that its packages are the same.
    ours.prepare(Path(sys.executable), repositories)
    lab = Lab(python=request.param, ours=ours, theirs=theirs, before=ours.packages)
    yield lab
    describe(lab, report)


@pytest.mark.parametrize(
    ("number", "command"), list(enumerate(COMMANDS)), ids=[command["run"] for command in COMMANDS]
)
def test_command(number: int, command: dict[str, Any], lab: Lab):
    missing = [name for name in command.get("needs", ()) if shutil.which(name) is None]
    if missing:
        lab.skipped.append(command["run"])
        pytest.skip(f"needs {', '.join(missing)}")
    ours = lab.ours.run(command["run"], number)
    assert ours.status == 0, ours.story()
    assert ours.data.get("return") == 0, ours.story()
    assert sorted(ours.data["new_env"]) == sorted(command.get("new_env", ())), ours.story()
    assert sorted(ours.data["new_state"]) == sorted(command.get("new_state", ())), ours.story()
    assert ours.files >= set(command.get("files", ())), ours.story()
    if lab.theirs is not None:
        theirs = lab.theirs.run(command["run"], number)
        assert theirs.status == 0, theirs.story()
        found = lab.ours.comparable(ours, number)
        expected = lab.theirs.side.comparable(theirs, number)
        assert found == expected
        lab.values += len(found)
        compare_interpreters(lab, ours, theirs, number)
    lab.passed += 1


def compare_interpreters(lab: Lab, ours: Run, theirs: Run, number: int) -> None:
    """A recipe gets the Python that the original finds, or one of the cache in its place."""
    found, expected = lab.ours.interpreter(ours, number), lab.theirs.side.interpreter(theirs, number)
    different = [key for key in found if found[key] != expected[key]]
    assert all(lab.python == "managed" and found[key].startswith("<CMHOME>/") for key in different), found
    lab.interpreters += len(different)


def test_python_of_the_user(lab: Lab):
    """After all commands: where packages went."""
    if lab.passed == 0:
        pytest.skip("no command has run")
    assert (lab.ours.packages == lab.before) is (lab.python == "managed")


def describe(lab: Lab, report: Report) -> None:
    if lab.passed + len(lab.skipped) < len(COMMANDS) and not lab.passed:
        return
    if lab.python == "own":
        report.section("own", "Commands with `--python=own`", _sentences(lab) + ".")
        return
    text = _sentences(lab)
    if lab.theirs is not None:
        text += f"; {lab.interpreters} values name another Python, as [differences](differences.md) says"
    text += ". Nothing was installed into the Python that the recipes find."
    if lab.skipped:
        text += " Left out, as the tool that they detect is not on this machine: " + ", ".join(
            f"`{name}`" for name in lab.skipped
        )
    report.section("commands", "Commands", text)


def _sentences(lab: Lab) -> str:
    text = (
        f"{lab.passed} of {len(COMMANDS)} commands ran one after the other in one home, each in an empty folder "
        f"and with no one to answer questions: status 0, and exactly the exported keys, state and files that "
        f"the original gives. They took {sum(lab.ours.seconds):.0f} s"
    )
    if lab.theirs is not None:
        text += (
            f", in the original {sum(lab.theirs.side.seconds):.0f} s. {lab.values} exported values that name no path, "
            "time or version of the machine were compared with those of the original"
        )
    return text
