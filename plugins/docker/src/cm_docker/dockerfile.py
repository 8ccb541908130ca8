"""The text of a Dockerfile: readable, what changes least comes first."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cm_docker.engine import LABEL_COMMAND, LABEL_REPOSITORIES, LABEL_SCRIPT
from cm_docker.mounts import WORK

USER_HOME = "/home/cm"
CM_HOME = f"{USER_HOME}/CM"
VENV = f"{USER_HOME}/venv"
# Program -> package, of Debian and its relatives.
TOOLS = {"git": "git", "ld": "binutils", "wget": "wget", "xz": "xz-utils"}
_OLD_UBUNTU = re.compile(r"ubuntu:22\.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePlan:
    """What an image is made of.

    Attributes:
        title: one line about what it runs.
        base: name of the base image, with its digest where that is known.
        user: user and group id of whoever runs it.
        script: ``alias,uid``.
        command: words of the run.
        build_command: words that make the dependencies ready; empty when they are made at run time.
        mounts: what the command must be shown, beside the folder in which it works.
        pins: third-party packages with versions.
        versions: of our own distributions, whose wheels lie in the folder ``wheels``.
        repositories: one line for each that lies in the folder ``home``.
        pulled: repositories to pull while the image is built, with branches.
    """

    title: str
    base: str
    user: tuple[int, int]
    script: str
    command: tuple[str, ...]
    build_command: tuple[str, ...] = ()
    mounts: tuple[str, ...] = ()
    pins: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    repositories: tuple[str, ...] = ()
    pulled: tuple[tuple[str, str], ...] = ()
    packages: tuple[str, ...] = ()
    pre_run_cmds: tuple[str, ...] = ()


def dockerfile(plan: ImagePlan) -> str:
    """The Dockerfile of a plan; its context holds ``requirements.txt``, ``wheels`` and ``home``."""
    return paragraphs(plan, (_head, _system, _user, _toolkit, _recipes, _run))


def paragraphs(plan: ImagePlan, parts: Iterable[Callable[[ImagePlan], Iterator[str]]]) -> str:
    """The parts of a file with an empty line between them."""
    return "\n".join("\n".join(part(plan)) + "\n" for part in parts)


def _head(plan: ImagePlan) -> Iterator[str]:
    yield f"# {one_line(plan.title)}"
    yield "#"
    yield "# Build it in this folder, which holds everything that it copies:"
    yield "#     docker build -t NAME --build-arg CM_UID=$(id -u) --build-arg CM_GID=$(id -g) ."
    more = "".join(f"-v {shlex.quote(one_line(mount))} " for mount in plan.mounts)
    yield f'# and run it where its files are:  docker run --rm -v "$PWD:{WORK}" {more}NAME'
    yield f"FROM {plan.base}"


def _system(plan: ImagePlan) -> Iterator[str]:
    python = python_of(plan.base)
    packages = " ".join(
        (python, f"{python}-venv", "ca-certificates", *(() if python != "python3" else ("python3-pip",)))
    )
    yield "# Python 3.11 or newer; nothing to do where the base image has it."
    yield f"RUN {python_test(python)} || \\"
    yield "    (apt-get update && apt-get install -y --no-install-recommends \\"
    yield f"     {packages} && rm -rf /var/lib/apt/lists/*)"
    # In every image, also where no recipe needs them: the layers below are then the same for all scripts.
    yield "# What recipes expect of every machine."
    yield f"RUN {tools_test()} || \\"
    yield "    (apt-get update && apt-get install -y --no-install-recommends \\"
    yield f"     {' '.join(TOOLS.values())} && rm -rf /var/lib/apt/lists/*)"
    if plan.packages:
        yield "RUN apt-get update && apt-get install -y --no-install-recommends \\"
        yield f"    {shlex.join(plan.packages)} && rm -rf /var/lib/apt/lists/*"


def _user(plan: ImagePlan) -> Iterator[str]:
    yield "# The user who runs it, so that files outside get the right owner. No password, no sudo."
    yield f"ARG CM_UID={plan.user[0]}"
    yield f"ARG CM_GID={plan.user[1]}"
    yield 'RUN if [ "$CM_UID" != 0 ]; then \\'
    yield '      (getent group "$CM_GID" >/dev/null || groupadd --gid "$CM_GID" cm) && \\'
    yield '      (getent passwd "$CM_UID" >/dev/null || \\'
    yield f'       useradd --uid "$CM_UID" --gid "$CM_GID" --no-create-home --home-dir {USER_HOME} cm); \\'
    yield f'    fi && install -d -o "$CM_UID" -g "$CM_GID" {USER_HOME} {WORK}'
    yield "USER $CM_UID:$CM_GID"
    yield f"ENV HOME={USER_HOME} CM_REPOS={CM_HOME} PATH={VENV}/bin:$PATH PYTHONUTF8=1"
    yield f"WORKDIR {WORK}"


def _toolkit(plan: ImagePlan) -> Iterator[str]:
    yield "# What the toolkit needs, in the versions of the machine where this file was made."
    yield f"COPY --chown=$CM_UID:$CM_GID requirements.txt {USER_HOME}/"
    yield f"RUN {python_of(plan.base)} -m venv {VENV} && \\"
    yield "    pip install --no-cache-dir --disable-pip-version-check \\"
    yield f"    --requirement {USER_HOME}/requirements.txt"
    yield f"# {', '.join(f'{name} {version}' for name, version in plan.versions.items())}"
    yield f"COPY --chown=$CM_UID:$CM_GID wheels {USER_HOME}/wheels"
    yield "RUN pip install --no-cache-dir --disable-pip-version-check --no-index --no-deps \\"
    yield f"    {USER_HOME}/wheels/*.whl"


def _recipes(plan: ImagePlan) -> Iterator[str]:
    yield f"# Repositories of recipes: {one_line(', '.join(plan.repositories)) or 'those of the toolkit'}"
    yield f"COPY --chown=$CM_UID:$CM_GID home {CM_HOME}"
    for name, branch in plan.pulled:
        yield f"RUN {shlex.join(pull_words(name, branch))}"
    for command in plan.pre_run_cmds:
        yield f"RUN {one_line(command)}"


def _run(plan: ImagePlan) -> Iterator[str]:
    if plan.build_command:
        yield "# The dependencies of the script, so that a run finds them ready."
        yield f"RUN {instruction(plan.build_command)}"
    else:
        yield "# The dependencies of the script are made ready when it runs."
    yield f"LABEL {LABEL_SCRIPT}={label(plan.script)} \\"
    yield f"      {LABEL_COMMAND}={label(shlex.join(plan.command))} \\"
    yield f"      {LABEL_REPOSITORIES}={label(', '.join(plan.repositories))}"
    yield f"CMD {json.dumps(list(plan.command), ensure_ascii=False)}"


def pull_words(name: str, branch: str) -> list[str]:
    """The command that pulls a repository while an image is built."""
    return ["cm", "pull", "repo", name, *([f"--branch={branch}"] if branch else []), "--yes"]


def python_of(base: str) -> str:
    """The Python to use: that of Ubuntu 22.04 is too old, but a newer one is among its packages."""
    return "python3.11" if _OLD_UBUNTU.search(base) else "python3"


def python_test(python: str) -> str:
    """Shell that fails where Python is too old or lacks what an environment needs."""
    return f'{python} -c "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))"'


def tools_test() -> str:
    """Shell that fails where a program is missing that recipes expect of every machine."""
    return f"({' && '.join(f'command -v {tool}' for tool in TOOLS)}) >/dev/null"


def instruction(words: Sequence[str]) -> str:
    """A command after ``RUN``: as typed into a shell, or as a list where a line break would end it."""
    if any("\n" in word or "\r" in word for word in words):
        return json.dumps(list(words), ensure_ascii=False)
    return shlex.join(words)


def one_line(text: str) -> str:
    """The text without line breaks: in a Dockerfile they would start an instruction."""
    return " ".join(text.split())


def label(text: str) -> str:
    """A value of a label; the builder would replace ``$NAME``."""
    return json.dumps(one_line(text), ensure_ascii=False).replace("$", "\\$")


def requirements(pins: Sequence[str]) -> str:
    """The text of ``requirements.txt``."""
    return "".join(f"{pin}\n" for pin in pins)
