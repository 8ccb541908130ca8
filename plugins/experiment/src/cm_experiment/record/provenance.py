"""What a step depended on beside its variables: environment, packages, repositories, recipe. No secrets."""

from __future__ import annotations

import contextlib
import fnmatch
import itertools
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cm_core import CMError, RepositoryKind, Request, base
from cm_core.actions import clone_states
from cm_core.base import is_secret, without_credentials

if TYPE_CHECKING:
    from pathlib import Path

    from cm_core import Session

# Names of variables that change what programs compute or how fast.
_MATTERS = (
    "CUDA_*",
    "HIP_*",
    "ROCR_*",
    "NVIDIA_*",
    "OMP_*",
    "KMP_*",
    "GOMP_*",
    "MKL_*",
    "OPENBLAS_*",
    "BLIS_*",
    "TF_*",
    "TORCH_*",
    "PYTORCH_*",
    "XLA_*",
    "JAX_*",
    "ORT_*",
    "NCCL_*",
    "SLURM_JOB_PARTITION",
    "SLURM_CPUS_*",
    "MALLOC_*",
    "LD_PRELOAD",
    "LD_LIBRARY_PATH",
    "PYTHONPATH",
    "PYTHONHASHSEED",
    "VIRTUAL_ENV",
    "CONDA_PREFIX",
    "LANG",
    "LC_ALL",
    "TZ",
    "CM_REPOS",
    "CM_SCRIPT_EXTRA_CMD",
)
# From the beginning of a word only: the time must not grow with the square of its length.
_ASSIGNMENT = re.compile(r"(?<![\w.-])([\w.-]+)=(\S+)")
_INSTALLED = re.compile(r"([\w.]+)-([\w.!+]+)\.(?:dist|egg)-info")
_SHORTEST_SECRET = 6
HIDDEN = "***"
_RUN_SCRIPT = (("cm", "run", "script"), ("cmr",))


def environment(env: Mapping[str, str], also: Sequence[str] = ()) -> dict[str, str]:
    """The variables that mattered, and those that the patterns ``also`` name."""
    patterns = (*_MATTERS, *also)
    names = [name for name in sorted(env) if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)]
    return without_secret_ones({name: env[name] for name in names})


def without_secret_ones(env: Mapping[str, str]) -> dict[str, str]:
    """Variables without secret ones, and without credentials in addresses."""
    return {name: without_credentials(value) for name, value in env.items() if not is_secret(name)}


class Secrets(base.Secrets):
    """What must not be recorded, in commands, too.

    Args:
        env: variables of the process and those that were given; the values of secret ones are hidden
            wherever they appear.
        command: its secrets are hidden, too, when a program repeats what it was given.
    """

    def __init__(self, env: Mapping[str, str], command: Sequence[str] = ()) -> None:
        given = {"command": command, "secrets": tuple(_secrets_in(command))}
        super().__init__(env, given, shortest=_SHORTEST_SECRET)

    def masked(self, words: Sequence[str]) -> tuple[str, ...]:
        """Words of a command with stars for secrets: ``--gh_token=***``, ``https://***@host``."""
        shown: list[str] = []
        for word in words:
            if shown and _is_secret_flag(shown[-1]) and not word.startswith("-"):
                shown.append(HIDDEN)
            else:
                shown.append(self.masked_text(word))
        return tuple(shown)

    def masked_values(self, env: Mapping[str, str]) -> dict[str, str]:
        """Variables with stars for the values of secret ones."""
        return {
            name: HIDDEN if is_secret(name) and value else self.masked_text(value)
            for name, value in env.items()
        }

    def masked_text(self, text: str) -> str:
        """The same for a text with any number of words in it."""

        def hide(match: re.Match[str]) -> str:
            name = match.group(1).rpartition(".")[2].lstrip("-")
            return f"{match.group(1)}={HIDDEN}" if is_secret(name) else match.group()

        return self.hidden_in(_ASSIGNMENT.sub(hide, text))


def _secrets_in(command: Sequence[str]) -> Iterator[str]:
    """The values in a command whose names mark them as secrets."""
    for flag, value in itertools.pairwise(command):
        if _is_secret_flag(flag) and not value.startswith("-"):
            yield value
    for word in command:
        for match in _ASSIGNMENT.finditer(word):
            if is_secret(match[1].rpartition(".")[2].lstrip("-")):
                yield match[2]


def _is_secret_flag(word: str) -> bool:
    return word.startswith("-") and "=" not in word and is_secret(word.lstrip("-").rpartition(".")[2])


def packages() -> dict[str, str]:
    """Distribution -> version in this Python."""
    found: dict[str, str] = {}
    for place in sys.path:
        with contextlib.suppress(OSError), os.scandir(place or ".") as entries:
            # Opening the metadata of each distribution would take as long as a short experiment.
            for entry in entries:
                if match := _INSTALLED.fullmatch(entry.name):
                    found.setdefault(match.group(1).replace("_", "-").lower(), match.group(2))
    return dict(sorted(found.items()))


def runs_script(command: Sequence[str]) -> bool:
    """Whether a command is ``cm run script …``."""
    return any(tuple(command[: len(words)]) == words for words in _RUN_SCRIPT)


def repositories(session: Session, command: Sequence[str]) -> tuple[dict[str, Any], ...]:
    """The repositories whose recipes a command may use; empty when it runs none.

    Those that ship with distributions are left out: packages say their version.
    """
    if command[0] not in ("cm", "cmr"):
        return ()
    repos = [repo for repo in session.repos.list() if repo.kind is not RepositoryKind.SHIPPED]
    clones = _clones(session, [repo.uid for repo in repos])
    return tuple({"alias": repo.alias, "uid": repo.uid, **clones.get(repo.uid, {})} for repo in repos)


def _clones(session: Session, uids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """UID -> commit and address of each clone."""
    try:
        listed = clone_states(session, uids)
    except CMError as error:  # a clone that is damaged is no reason not to measure
        session.warn(f"the state of the repositories is not recorded: {error.message}")
        return {}
    keys = ("url", "branch", "commit", "changed_files")
    return {
        item["uid"]: {key: item[key] for key in keys if item.get(key) not in (None, "")} for item in listed
    }


def recipe(session: Session, command: Sequence[str]) -> dict[str, str]:
    """Alias and UID of the script that a command runs; empty when it runs none, or not a certain one."""
    if not runs_script(command):
        return {}
    words = command[3:] if command[0] == "cm" else command[1:]
    tags = next((word.partition("=")[2] for word in words if word.startswith("--tags=")), "")
    first = next((word for word in words if not word.startswith(("-", "@"))), "")
    request = Request(
        action="find", automation="script", artifact=first, options={"tags": tags} if tags else {}
    )
    try:
        found = session.call(request).data["list"]
    except CMError:
        return {}
    return {"alias": found[0].alias, "uid": found[0].uid} if len(found) == 1 else {}


def folder_state(folder: Path) -> dict[str, Any]:
    """The commit of the folder where somebody typed the command; empty when it is in no clone.

    Raises:
        ProgramHangsError: when git does not answer.
    """
    from cm_core.base import ask_program, find_program

    if find_program("git") is None:
        return {}
    commit = ask_program(["git", "-C", folder, "rev-parse", "--show-toplevel", "HEAD"], check=False)
    lines = commit.stdout.split("\n")
    if commit.status != 0 or len(lines) < 2:
        return {}
    changed = ask_program(
        ["git", "-C", folder, "status", "--porcelain", "--untracked-files=no", "--", "."], check=False
    )
    state: dict[str, Any] = {"path": lines[0], "commit": lines[1]}
    # Without an answer of git, no number is better than 0.
    return state | ({"changed_files": len(changed.stdout.splitlines())} if changed.status == 0 else {})
