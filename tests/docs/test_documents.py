"""Runs the code blocks of README files and docs/; CONTRIBUTING.md describes the notation."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATTERNS = ("*.md", "[!.]*/README.md", "plugins/*/README.md", "docs/**/*.md")
PAGES = sorted(page for pattern in PATTERNS for page in ROOT.glob(pattern))
FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>[\w-]*)[^\n]*\n(?P<body>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL
)
DIRECTIVE = re.compile(r"<!--\s*(?P<name>[a-z-]+):\s*(?P<value>.*?)\s*-->\s*$", re.DOTALL)
KNOWN_DIRECTIVES = {"no-run", "exit", "file"}
# A page with this comment is run beside a Slurm cluster.
NEEDS_SLURM = "<!-- needs: slurm -->"
SHELL_LANGUAGES = {"bash", "sh", "shell"}
TIMEOUT = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One fenced block of a page with the directives right above it."""

    line: int
    language: str
    body: str
    directives: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A command of a console block and the output that the page promises."""

    command: str
    expected: str


def directives_above(text: str) -> dict[str, str]:
    """Directive comments that end the text, nearest last; other comments end the search."""
    found: dict[str, str] = {}
    while match := DIRECTIVE.search(text.rstrip(), max(text.rstrip().rfind("<!--"), 0)):
        if match["name"] not in KNOWN_DIRECTIVES:
            break
        found[match["name"]] = match["value"]
        text = text[: match.start()]
    return found


def blocks_of(text: str) -> Iterator[Block]:
    previous = 0
    for match in FENCE.finditer(text):
        indent = len(match["indent"])
        yield Block(
            line=text.count("\n", 0, match.start()) + 1,
            language=match["language"],
            body="".join(line[indent:] or "\n" for line in match["body"].splitlines(keepends=True)),
            directives=directives_above(text[previous : match.start()]),
        )
        previous = match.end()


def steps_of(body: str) -> list[Step]:
    """Split a console block: ``$ `` starts a command, ``> `` continues it, the rest is output."""
    steps: list[tuple[list[str], list[str]]] = []
    for line in body.splitlines():
        if line.startswith("$ "):
            steps.append(([line[2:]], []))
        elif not steps:
            pytest.fail(f"a console block starts with '$ ', not with: {line}")
        elif line.startswith("> ") and not steps[-1][1]:
            steps[-1][0].append(line[2:])
        else:
            steps[-1][1].append(line)
    return [Step(command="\n".join(command), expected="\n".join(output)) for command, output in steps]


def agrees(expected: str, actual: str) -> bool:
    """Compare like doctest does with ELLIPSIS, whatever stands at the ends of lines."""

    def tidy(text: str) -> str:
        return "\n".join(line.rstrip() for line in text.strip().splitlines())

    pattern = ".*".join(re.escape(part) for part in tidy(expected).split("..."))
    return re.fullmatch(pattern, tidy(actual), re.DOTALL) is not None


class Runner:
    """Runs the blocks of one page, in order, in one folder with one home."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self.work = folder / "work"
        self.folder = self.work
        self.env = env
        self.note = folder / "folder.txt"
        self.work.mkdir()

    def run(self, block: Block) -> None:
        target = block.directives.get("file")
        if target:
            path = self.folder / target
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.body, encoding="utf-8")
        elif block.language == "console":
            self.console(block)
        elif block.language == "python":
            status, output = self.process([sys.executable, "-c", block.body])
            assert status == int(block.directives.get("exit", "0")), output
        elif block.language in SHELL_LANGUAGES:
            pytest.fail("use a console block, or say <!-- no-run: reason --> or <!-- file: path -->")

    def console(self, block: Block) -> None:
        steps = steps_of(block.body)
        for step in steps:
            wanted = int(block.directives.get("exit", "0")) if step is steps[-1] else 0
            # A page may change the folder; the next command starts where this one ended.
            script = f'{step.command}\nstatus=$?\npwd > "{self.note.as_posix()}"\nexit $status\n'
            status, output = self.process(["bash", "-c", script])
            if self.note.is_file():
                self.folder = Path(self.note.read_text(encoding="utf-8").strip())
            assert status == wanted, f"$ {step.command}\nexit status {status}, not {wanted}:\n{output}"
            if step.expected.strip():
                assert agrees(step.expected, output), f"$ {step.command}\nprinted:\n{output}"

    def process(self, command: list[str]) -> tuple[int, str]:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=TIMEOUT,
            check=False,
        )
        return done.returncode, done.stdout.decode("utf-8", "replace")


@pytest.fixture
def page_env(tmp_path: Path) -> dict[str, str]:
    """Environment of a new user: the tools of this environment, a home of its own, plain output."""
    home = tmp_path / "home"
    home.mkdir()
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("CM_", "GIT_", "COV_"))}
    bin_folder = str(Path(sys.executable).parent)
    identity = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in WHO.items()}
    return {
        **kept,
        **identity,
        "HOME": str(home),
        "USERPROFILE": str(home),
        "CM_REPOS": str(tmp_path / "CM"),
        "PATH": os.pathsep.join([bin_folder, kept.get("PATH", "")]),
        "NO_COLOR": "1",
        "COLUMNS": "110",
        "PYTHONUTF8": "1",
    }


WHO = {"NAME": "A Reader", "EMAIL": "reader@example.org"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_page(
    page: Path,
    tmp_path: Path,
    page_env: dict[str, str],
    subtests: pytest.Subtests,
    request: pytest.FixtureRequest,
) -> None:
    if os.name == "nt" or shutil.which("bash") is None:
        pytest.skip("the pages are written for bash on Linux and macOS")
    text = page.read_text(encoding="utf-8")
    if NEEDS_SLURM in text:
        page_env |= request.getfixturevalue("slurm_cluster").env
    runner = Runner(tmp_path, page_env)
    for block in blocks_of(text):
        where = f"{page.relative_to(ROOT).as_posix()}:{block.line}"
        if "no-run" in block.directives:
            assert block.directives["no-run"], f"{where}: no-run needs a reason"
            with subtests.test(where):
                pytest.skip(f"{where}: {block.directives['no-run']}")
            continue
        try:
            runner.run(block)
        except (AssertionError, subprocess.TimeoutExpired, pytest.fail.Exception) as error:
            pytest.fail(f"{where}: {error}", pytrace=False)


SAMPLE = """Text.
<!-- an ordinary comment -->

<!-- exit: 16 -->
<!-- no-run: shows
two lines -->
```console
$ cm find \\
> script
one
```
```yaml
a: 1
```
"""


def test_folders_to_install_bring_what_they_need():
    """``pip install ./a ./b`` of a checkout names every folder of ours that one of them depends on."""
    projects = {
        path.parent: tomllib.loads(path.read_text(encoding="utf-8"))["project"]
        for pattern in ("*/pyproject.toml", "plugins/*/pyproject.toml")
        for path in ROOT.glob(pattern)
    }
    ours = {project["name"] for project in projects.values()}
    for page in PAGES:
        for command in re.findall(r"pip install ((?:\./|\\\n|[\w/ -])+)", page.read_text(encoding="utf-8")):
            named = [projects[ROOT / word] for word in command.split() if word.startswith("./")]
            needed = {re.split(r"[\s<>=\[]", need)[0] for one in named for need in one["dependencies"]}
            missing = (needed & ours) - {one["name"] for one in named}
            assert not missing, f"{page.name}: pip install {command}"


def test_directives_stand_right_above_their_block():
    console, yaml = blocks_of(SAMPLE)
    assert console.directives == {"exit": "16", "no-run": "shows\ntwo lines"}
    assert (console.line, console.language) == (7, "console")
    assert yaml.directives == {}


def test_console_block_splits_into_commands_and_output():
    (console, _) = blocks_of(SAMPLE)
    assert steps_of(console.body) == [Step(command="cm find \\\nscript", expected="one")]


@pytest.mark.parametrize(
    ("expected", "actual", "same"),
    [
        ("a\nb", "a  \nb\n", True),
        ("a\n...\nz", "a\nb\nc\nz", True),
        ("took ... s", "took 1.5 s", True),
        ("a", "a\nb", False),
        ("a.c", "abc", False),
    ],
)
def test_output_is_compared_like_doctest(expected: str, actual: str, *, same: bool):
    assert agrees(expected, actual) is same


def test_blocks_of_a_page_share_folder_and_files(tmp_path: Path, page_env: dict[str, str]):
    runner = Runner(tmp_path, page_env)
    page = "<!-- file: sub/a.txt -->\n```text\nhello\n```\n```console\n$ cd sub\n$ cat a.txt\nhello\n```\n"
    page += "```python\nimport pathlib\nassert pathlib.Path('a.txt').exists()\n```\n"
    for block in blocks_of(page):
        runner.run(block)


def test_other_status_or_output_fails(tmp_path: Path, page_env: dict[str, str]):
    runner = Runner(tmp_path, page_env)
    for body in ("$ exit 3\n", "$ echo a\nb\n"):
        with pytest.raises(AssertionError):
            runner.run(Block(line=1, language="console", body=body, directives={}))
