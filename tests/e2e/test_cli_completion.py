"""Completion, asked by real shells."""

import os
import re
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cm_core.testing import CommandRunner

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="for shells of Unix")

CASES = [
    ("cm fi", {"find"}),
    ("cm docto", {"doctor"}),
    ("cm --ver", {"--version"}),
    ("cm find scr", {"script"}),
    ("cm pull ", {"repo"}),
    ("cm load script detect-o", {"detect-os"}),
    ("cm run script --skip_w", {"--skip_write_test"}),
    ("cm run script --en", {"--env."}),
    (
        "cm run script --ver",
        {"--version=", "--version_min=", "--version_max=", "--version_max_usable=", "--verbose"},
    ),
    ("cm plugins i", {"info"}),
    ("cm completion z", {"zsh"}),
    ("cm help automa", {"automation"}),
    ("cmr detect-o", {"detect-os"}),
    ("cm nonsense x", set()),
    ("cm find script --out js", {"json"}),
    ("cm find script --tags detect,detect-o", {"detect,detect-os"}),
    ("cm find script --quiet detect-o", {"detect-os"}),
    ("cm run mlperf --scenario Off", {"Offline"}),
    ("cm run mlperf --model digi", {"digits"}),
    ("cm show experiment trie", {"tried"}),
    ("cm run experiment --explore.x trie", set()),
    ("cm run script --env.CM_X detect-o", {"detect-os"}),
    ("cm run script get-dataset-digits --sam", {"--samples="}),
    ("cm docker script --tags=get,dataset,digits --sam", {"--samples="}),
    ("cm build docker --tags=get,dataset,digits --sam", {"--samples="}),
    ("cm run script get-mlperf-inference-src _sh", {"_sha.", "_short-history"}),
    ("cm run script get-mlperf-inference-src _full-history,_sh", {"_full-history,_sha."}),
    ("cm run script --tags get,mlperf,inference,sour", {"get,mlperf,inference,source"}),
    ("cm run script get-dataset-digits --samples 5", set()),
    ("cm run script --tags=a,-a --sam", set()),
]
WITH_EQUALS = [
    ("cm run mlperf --scenario=", "--scenario=", {"MultiStream", "Offline", "Server", "SingleStream"}),
    ("cm run mlperf --scenario=Offline,Se", "--scenario=", {"Offline,Server"}),
    ("cm show experiment --sort=", "--sort=", set()),
    ("cm run mlperf --level=", "--level=", {"demo", "official", "short"}),
    ("cm find script --out=js", "--out=", {"json"}),
    ("cm find script --tags=detec", "--tags=", {"detect", "detect-cpu", "detect-os"}),
    ("cm find script --tags=detect,detect-o", "--tags=", {"detect,detect-os"}),
    ("cm find script --tags=detect,-detect-o", "--tags=", {"detect,-detect-os"}),
    ('cm find script --tags="detect,detect-o', "--tags=", {"detect,detect-os"}),
    ("cm run script run-mlperf-inference-app --scenario=Off", "--scenario=", {"Offline"}),
]


# A word in quotes that are open has blanks.
IN_QUOTES = [
    ('cm run script "detect detect-o', {"detect detect-os"}),
    ("cm run script 'get dataset digi", {"get dataset digits"}),
    (
        "cm run script 'get mlperf inference src _re",
        {"get mlperf inference src _recurse-submodules", "get mlperf inference src _repo."},
    ),
    ('cm run script "detect os ', {"detect os detect-os", "detect os info"}),
]


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder with two of the programs, as an installation makes them."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name, module in {"cm": "cm_core.cli", "cmr": "cm_script.shortcut"}.items():
        file = folder / name
        file.write_text(f"#!{sys.executable}\nimport sys\nfrom {module} import main\nsys.exit(main())\n")
        file.chmod(0o755)
    return folder


@pytest.fixture
def env(run_cm: CommandRunner, programs: Path) -> dict[str, str]:
    return {**run_cm.env, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "TERM": "dumb"}


def script_of(run_cm: CommandRunner, shell: str, folder: Path) -> Path:
    file = folder / f"completion.{shell}"
    file.write_text(run_cm("completion", shell).stdout)
    return file


def test_bash(
    run_cm: CommandRunner, env: dict[str, str], tmp_path: Path, need_tool: Callable[[str], str]
) -> None:
    assert run_cm("add", "experiment", "tried").status == 0
    script = script_of(run_cm, "bash", tmp_path)
    lines = [line for line, *_ in (*CASES, *WITH_EQUALS, *IN_QUOTES)]
    asked = "\n".join(
        f"COMP_LINE={line!r}; COMP_POINT=${{#COMP_LINE}}; _cm_completion {line.split()[0]} 2>/dev/null;"
        ' IFS="|"; echo "<${COMPREPLY[*]}>"'
        for line in lines
    )
    done = subprocess.run(
        [need_tool("bash"), "-c", f"source {script}\n{asked}"],
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    answers = [set(filter(None, answer.split("|"))) for answer in re.findall("<(.*)>", done.stdout)]
    assert answers == [words for *_, words in (*CASES, *WITH_EQUALS, *IN_QUOTES)]


def test_the_value_of_a_number_is_no_file(programs: Path, env: dict[str, str]) -> None:
    def asked(line: str) -> str:
        asking = {**env, "COMP_WORDS": line, "_CM_COMPLETE": "bash_complete"}
        return subprocess.run(
            [programs / "cm"], env=asking, capture_output=True, text=True, check=True
        ).stdout

    assert asked("cm run mlperf --batch_size=").strip() == ""
    assert asked("cm run mlperf --prices=").startswith("file,")


def test_fish(
    run_cm: CommandRunner, env: dict[str, str], tmp_path: Path, need_tool: Callable[[str], str]
) -> None:
    assert run_cm("add", "experiment", "tried").status == 0
    script = script_of(run_cm, "fish", tmp_path)
    cases = (
        CASES + [(line, {start + word for word in words}) for line, start, words in WITH_EQUALS] + IN_QUOTES
    )
    asked = "\n".join(f"echo '<'; complete -C {line!r}" for line, _ in cases)
    done = subprocess.run(
        [need_tool("fish"), "--no-config", "-c", f"source {script}\n{asked}"],
        env={**env, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    answers = [
        {row.split("\t")[0] for row in part.split("\n") if row} for part in done.stdout.split("<\n")[1:]
    ]
    assert answers == [words for _, words in cases]


def typed(shell: list[str], keys: list[str], env: dict[str, str], until: str) -> str:
    """What a shell at a terminal shows while somebody types."""
    import pty

    master, slave = pty.openpty()
    process = subprocess.Popen(
        shell, stdin=slave, stdout=slave, stderr=slave, env=env, start_new_session=True
    )
    os.close(slave)
    shown = ""

    def read(seconds: float, wanted: str | None = None) -> None:
        nonlocal shown
        end = time.monotonic() + seconds
        while time.monotonic() < end and not (wanted and wanted in shown):
            if select.select([master], [], [], 0.1)[0]:
                try:
                    shown += os.read(master, 65536).decode(errors="replace")
                except OSError:
                    return

    try:
        for key in keys:
            os.write(master, key.encode())
            read(60, until) if key is keys[-1] else read(2.0)
    finally:
        process.kill()
        process.wait()
        os.close(master)
    return shown


@pytest.mark.slow
@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_at_a_terminal(
    run_cm: CommandRunner, env: dict[str, str], tmp_path: Path, need_tool: Callable[[str], str], shell: str
) -> None:
    script = script_of(run_cm, shell, tmp_path)
    program = need_tool(shell)
    start = {
        "bash": ([program, "--norc", "--noprofile", "-i"], f"source {script}\n"),
        "zsh": ([program, "-f", "-i"], f"autoload -Uz compinit; compinit -u -D; source {script}\n"),
    }[shell]
    # The marker is put together by the shell, so that its echo on the terminal is not taken for the answer.
    keys = [start[1], "cm fi\t", "scr\t", "--tags=detect,detect-o\t", " --out=non\t", "; echo do''ne=$?\n"]
    shown = typed(start[0], keys, env, until="done=")
    assert "done=0" in shown.replace("\r", ""), shown
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\x08", "", shown)
    assert "--tags=detect,detect-os" in text
    assert "--out=none" in text


def test_problems_are_silent(run_cm: CommandRunner, programs: Path, env: dict[str, str]) -> None:
    broken = {
        **env,
        "_CM_COMPLETE": "bash_complete",
        "COMP_WORDS": "cm find nonsense x",
        "CM_REPOS": "/proc/no",
    }
    done = subprocess.run([programs / "cm"], env=broken, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == ""
    assert shutil.which("cm", path=str(programs))
