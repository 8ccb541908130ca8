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
from cm_conformance.side import Side

COMMANDS = yaml.safe_load(Path(__file__).with_name("commands.yaml").read_text(encoding="utf-8"))

pytestmark = [pytest.mark.network, pytest.mark.slow, pytest.mark.usefixtures("yardstick")]


@dataclass(slots=True)
class Lab:
    """Both tools and what was found."""

    ours: Side
    theirs: Side | None
    passed: int = 0
    values: int = 0
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
def lab(
    repositories: list[Path],
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    material: dict[str, str],
    report: Report,
) -> Iterator[Lab]:
    root = tmp_path_factory.mktemp("sides")
    ours = Side(program=Path(sys.executable).with_name("cm"), folder=root / "ours", texts=material)
    theirs = None
    if peer := request.config.getoption("--peer"):
        theirs = Side(program=peer.absolute().with_name("cm"), folder=root / "theirs", texts=material)
    # Both detect a Python of this version, so that its packages are the same.
    for side in filter(None, (ours, theirs)):
        side.prepare(Path(sys.executable), repositories)
    lab = Lab(ours=ours, theirs=theirs)
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
        expected = lab.theirs.comparable(theirs, number)
        assert found == expected
        lab.values += len(found)
    lab.passed += 1


def describe(lab: Lab, report: Report) -> None:
    if lab.passed + len(lab.skipped) < len(COMMANDS) and not lab.passed:
        return
    text = (
        f"{lab.passed} of {len(COMMANDS)} commands ran one after the other in one home, each in an empty folder "
        f"and with no one to answer questions: status 0, and exactly the exported keys, state and files that "
        f"the original gives. They took {sum(lab.ours.seconds):.0f} s"
    )
    if lab.theirs is not None:
        text += (
            f", in the original {sum(lab.theirs.seconds):.0f} s. {lab.values} exported values that name no path, "
            "time or version of the machine were compared with those of the original"
        )
    text += "."
    if lab.skipped:
        text += " Left out, as the tool that they detect is not on this machine: " + ", ".join(
            f"`{name}`" for name in lab.skipped
        )
    report.section("commands", "Commands", text)
