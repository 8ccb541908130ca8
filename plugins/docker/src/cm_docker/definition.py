"""The text of a definition file for apptainer, which is built without root (``--fakeroot``)."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from cm_docker.dockerfile import (
    TOOLS,
    ImagePlan,
    one_line,
    paragraphs,
    pull_words,
    python_of,
    python_test,
    tools_test,
)
from cm_docker.engine import LABEL_COMMAND, LABEL_REPOSITORIES, LABEL_SCRIPT

# Not /home, which apptainer covers with that of the machine.
PLACE = "/opt/cm"
_VENV = f"{PLACE}/venv"
_CM_HOME = f"{PLACE}/home"


def definition(plan: ImagePlan) -> str:
    """The definition file of a plan; it is built in the folder of its context."""
    return paragraphs(plan, (_head, _files, _post, _environment, _labels, _runscript))


def _head(plan: ImagePlan) -> Iterator[str]:
    kind, source = _source(plan.base)
    yield f"# {plan.title}"
    yield "# Build it in this folder:  apptainer build --fakeroot image.sif image.def"
    yield f"Bootstrap: {kind}"
    yield f"From: {source}"


def _source(base: str) -> tuple[str, str]:
    """How apptainer gets a base image: from a registry, or from a file that the name is."""
    if Path(base).is_file():
        return ("localimage" if base.endswith(".sif") else "docker-archive"), base
    return "docker", base


def _files(plan: ImagePlan) -> Iterator[str]:
    del plan
    yield "%files"
    yield f"    requirements.txt {PLACE}/requirements.txt"
    yield f"    wheels {PLACE}/wheels"
    yield f"    home {_CM_HOME}"


def _post(plan: ImagePlan) -> Iterator[str]:
    python = python_of(plan.base)
    yield "%post"
    yield "    set -e"
    yield f"    export PATH={_VENV}/bin:$PATH CM_REPOS={_CM_HOME} PYTHONUTF8=1"
    yield f"    {python_test(python)} || \\"
    yield f"        (apt-get update && apt-get install -y --no-install-recommends {python} {python}-venv)"
    yield f"    {tools_test()} || \\"
    yield "        (apt-get update && apt-get install -y --no-install-recommends \\"
    yield f"         {' '.join(TOOLS.values())})"
    if plan.packages:
        yield f"    apt-get update && apt-get install -y --no-install-recommends {shlex.join(plan.packages)}"
    yield f"    {python} -m venv {_VENV}"
    yield f"    pip install --no-cache-dir --requirement {PLACE}/requirements.txt"
    yield f"    pip install --no-cache-dir --no-index --no-deps {PLACE}/wheels/*.whl"
    for name, branch in plan.pulled:
        yield f"    {shlex.join(pull_words(name, branch))}"
    for command in plan.pre_run_cmds:
        yield f"    {one_line(command)}"
    if plan.build_command:
        yield f"    cd /tmp && {shlex.join(plan.build_command)}"
    yield "    # Whoever runs it is another user, and writes into a layer that vanishes."
    yield f"    chmod -R a+rwX {PLACE}"


def _environment(plan: ImagePlan) -> Iterator[str]:
    del plan
    yield "%environment"
    yield f"    export PATH={_VENV}/bin:$PATH PYTHONUTF8=1"
    yield f'    export CM_REPOS="${{CM_REPOS:-{_CM_HOME}}}"'


def _labels(plan: ImagePlan) -> Iterator[str]:
    yield "%labels"
    yield f"    {LABEL_SCRIPT} {one_line(plan.script)}"
    yield f"    {LABEL_COMMAND} {one_line(shlex.join(plan.command))}"
    yield f"    {LABEL_REPOSITORIES} {one_line(', '.join(plan.repositories)) or '-'}"


def _runscript(plan: ImagePlan) -> Iterator[str]:
    yield "%runscript"
    yield f'    exec {shlex.join(plan.command)} "$@"'
