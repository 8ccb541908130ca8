"""Machines that ssh reaches: one connection to each, shared by all commands."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cm_core import CMError, NotFoundError, UsageError
from cm_core.base import find_program
from cm_experiment.executors import task as runner

_PID_FILE = "cm-task-pid"
# A machine that is silent for so long is lost.
_ALIVE = ("ConnectTimeout=15", "ServerAliveInterval=15", "ServerAliveCountMax=3")
_SAFE = re.compile(r"[\w./~@:+-]+")


class LostHostError(CMError):
    """A machine does not answer."""


class Host:
    """A machine and the folder for tasks on it.

    Args:
        name: as ssh knows it.
        folder: as the user wrote it; an absolute path once :meth:`prepare` is done.
        python: the interpreter there.
        sockets: folder for the socket of the connection.
        config: configuration file of ssh, or empty.
    """

    def __init__(self, name: str, folder: str, python: str, sockets: Path, config: str = "") -> None:
        self.name = name
        self.sockets = sockets
        self.folder = folder
        self._python = python
        self._ssh = _ssh_words(config, sockets)

    def prepare(self) -> None:
        """Connect, make the folder and put the runner of tasks into it.

        Raises:
            LostHostError: when it does not answer, or has no rsync or no Python.
        """
        folder = self.folder if self.folder.startswith(("/", "~/")) else f"~/{self.folder}"
        needed = f"command -v rsync && command -v {shlex.quote(self._python)}"
        said = self._check(
            [*self._ssh, self.name, f"{needed} >/dev/null && mkdir -p {folder} && cd {folder} && pwd"]
        )
        self.folder = said.strip().splitlines()[-1] if said.strip() else ""
        if not self.folder.startswith("/"):
            raise LostHostError(f"it has no rsync or no {self._python}")
        self._copy(runner.__file__, f"{self.name}:{self.folder}/task.py")

    def send(self, here: Path, there: str) -> None:
        """Copy the content of a folder to the machine.

        Raises:
            LostHostError: when that fails.
        """
        self._copy(f"{here}/", f"{self.name}:{there}/")

    def fetch(self, there: str, here: Path) -> None:
        """Copy the content of a folder from the machine.

        Raises:
            LostHostError: when that fails.
        """
        self._copy(f"--exclude={_PID_FILE}", f"{self.name}:{there}/", f"{here}/")

    def run_task(self, there: str) -> str:
        """Run the task in a folder there; what the runner itself said. The result is in the folder."""
        place = shlex.quote(there)
        line = (
            f"cd {place} && echo $$ >{_PID_FILE} && exec {shlex.quote(self._python)}"
            f" ../task.py {place} node={shlex.quote(self.name)}"
        )
        return self._call([*self._ssh, self.name, line]).stderr

    def stop(self, uid: str) -> None:
        """Ask a task to end; it then leaves a result that says so."""
        self._call([*self._ssh, self.name, f"kill -TERM $(cat {self.folder}/{uid}/{_PID_FILE})"])

    def remove(self, there: str) -> None:
        """Remove a folder there."""
        self._call([*self._ssh, self.name, f"rm -rf {shlex.quote(there)}"])

    def close(self) -> None:
        """End the connection."""
        self._call([*self._ssh, "-O", "exit", self.name])

    def _copy(self, *words: str) -> None:
        self._check(["rsync", "-a", "-e", shlex.join(self._ssh), *words])

    def _check(self, words: Sequence[str]) -> str:
        done = self._call(words)
        if done.returncode != 0:
            last = (done.stderr.strip().splitlines() or [f"status {done.returncode}"])[-1]
            raise LostHostError(last)
        return done.stdout

    def _call(self, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        # In a session of its own: Ctrl-C is for this process, which then ends what runs there.
        return subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
            start_new_session=True,
        )


def check_machines(names: Sequence[str], folder: str) -> None:
    """Refuse what cannot work whatever the machines say.

    Raises:
        NotFoundError: when there is no ssh or rsync here.
        UsageError: when a name or the folder holds what no shell would take literally.
    """
    for program in ("ssh", "rsync"):
        if find_program(program) is None:
            raise NotFoundError(
                f"program '{program}' is not installed", hint="install it, or use --executor=local"
            )
    for word in (*names, folder):
        if not _SAFE.fullmatch(word) or word.startswith("-"):
            raise UsageError(f"'{word}' is not a valid machine or folder name for --executor=ssh")


def connect(
    names: Sequence[str], *, folder: str, python: str, config: str, warn: Callable[[str], None]
) -> list[Host]:
    """Connect to machines, all at the same time; those that do not answer are left out with a warning.

    Raises:
        CMError: when no machine answers.
    """
    # Not below the user's folders: the name of a socket may have about 100 characters.
    sockets = Path(tempfile.mkdtemp(prefix="cm-ssh-"))
    hosts = [Host(name, folder, python, sockets, config) for name in dict.fromkeys(names)]
    with ThreadPoolExecutor(max_workers=len(hosts)) as threads:
        problems = list(threads.map(_problem, hosts))
    for host, problem in zip(hosts, problems, strict=True):
        if problem:
            warn(f"{host.name} cannot be used: {problem}")
    usable = [host for host, problem in zip(hosts, problems, strict=True) if not problem]
    if not usable:
        disconnect(hosts)
        raise CMError("none of the machines can be used", hint=f"try: ssh {names[0]} true")
    return usable


def disconnect(hosts: Sequence[Host]) -> None:
    """End the connections of :func:`connect`."""
    for host in hosts:
        host.close()
    for folder in {host.sockets for host in hosts}:
        shutil.rmtree(folder, ignore_errors=True)


def _problem(host: Host) -> str:
    try:
        host.prepare()
    except LostHostError as error:
        return str(error)
    return ""


def _ssh_words(config: str, sockets: Path) -> tuple[str, ...]:
    shared = ("ControlMaster=auto", f"ControlPath={sockets}/%C", "ControlPersist=60", "BatchMode=yes")
    options = [word for option in (*shared, *_ALIVE) for word in ("-o", option)]
    return ("ssh", *(("-F", config) if config else ()), *options)
