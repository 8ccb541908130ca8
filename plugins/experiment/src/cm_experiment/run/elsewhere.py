"""One script where an executor says: it goes out as a task, and its output, result and status come back."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core import AlreadyExistsError, CMError, Home, Result
from cm_core.actions import is_dry_run
from cm_core.base import (
    describe_status,
    raise_os_error,
    read_object,
    remove_tree,
    try_file_lock,
)
from cm_core.flags import read_flags
from cm_experiment.executors import find_executor
from cm_experiment.executors.contract import Ending, Task, write_private_json
from cm_experiment.executors.task import STDERR_FILE, STDOUT_FILE
from cm_experiment.flags import Executed
from cm_experiment.run.following import OutputFollower

if TYPE_CHECKING:
    from cm_core import Request, Session
    from cm_experiment.executors.contract import Executor

INPUT_FILE = "cm-input.json"
ANSWER_FILE = "cm-answer.json"
# Flags that are about this process; the executor's own begin with its name.
_HERE = frozenset(("executor", "print_job", "out", "json", "save_to_json"))
_ERROR = re.compile(rb"^CM error:", re.MULTILINE)


def run_script(request: Request, session: Session) -> Result:
    """Run a script by an executor and wait for it; what it prints is shown as it comes.

    The same command takes over a job that outlived an earlier one.

    Returns:
        data: as of ``cm run script``, ``elsewhere``: host and what the executor knows.

    Raises:
        CMError: when the script failed, with its exit status, or was lost.
    """
    asked = read_flags(Executed, request)
    executor = find_executor(asked.executor, session)
    task = _task(request, session, executor.name)
    only_shown = is_dry_run(request)
    if only_shown:
        executor.check(request.options)
    if asked.print_job or only_shown:
        lines = tuple(executor.preview([task], request.options))
        return Result(data={"jobs": list(lines)}, lines=lines)
    with _hold_lock(session.home.locks_dir / f"elsewhere-{task.uid}.lock"):
        options = _options_there(request, executor.name)
        _prepare(task.folder, options)
        # The error with which the toolkit ends is reported from the answer.
        output = OutputFollower(session.reporter, task.folder, held_back=_ERROR)
        with contextlib.closing(output):
            ending = _run(executor, task, request.options)
        answer = _answer(task.folder)
        output.pass_on(everything="error" not in answer)
        _bring_back(task.folder, session.cwd)
        remove_tree(task.folder, inside=task.folder.parent)
    return _result(ending, answer)


def _task(request: Request, session: Session, executor: str) -> Task:
    options = _options_there(request, executor)
    words = [request.artifact, *request.artifacts]
    identity = json.dumps(
        [executor, str(session.cwd), words, options, request.unparsed], sort_keys=True, default=str
    )
    uid = hashlib.sha256(identity.encode()).hexdigest()[:16]
    folder = session.home.path / "elsewhere" / uid
    command = ["cm", "run", "script", *(word for word in words if word), f"@{folder / INPUT_FILE}"]
    command.append(f"--save_to_json={folder / ANSWER_FILE}")
    if request.unparsed is not None:
        command += ["--", *request.unparsed]
    # A home that the environment does not name has to be told.
    here = Home.resolve(session.env).path == session.home.path
    env = {} if here else {"CM_REPOS": str(session.home.path)}
    return Task(uid=uid, folder=folder, command=tuple(command), env=env, cwd=session.cwd)


def _options_there(request: Request, executor: str) -> dict[str, Any]:
    return {
        key: value
        for key, value in request.options.items()
        if key not in _HERE and not key.startswith(f"{executor}_")
    }


@contextlib.contextmanager
def _hold_lock(lock: Path) -> Iterator[None]:
    with try_file_lock(lock) as free:
        if not free:
            raise AlreadyExistsError(
                "the same command is already running", hint="wait for it, or run it from another folder"
            )
        yield


def _prepare(folder: Path, options: Mapping[str, Any]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise_os_error("write", folder, error)
    # Inputs may hold secrets; the file is removed with the folder.
    write_private_json(folder / INPUT_FILE, dict(options))


def _run(executor: Executor, task: Task, options: Mapping[str, Any]) -> Ending:
    with executor.open(options, jobs=1, folder=task.folder) as pool:
        pool.submit([task])
        return pool.wait()[0]


def _answer(folder: Path) -> dict[str, Any]:
    with contextlib.suppress(CMError):
        return read_object(folder / ANSWER_FILE)
    return {}


def _bring_back(folder: Path, place: Path) -> None:
    """What the script left in its current folder, where that was the folder of the task."""
    ours = (INPUT_FILE, ANSWER_FILE, STDOUT_FILE, STDERR_FILE)
    for entry in folder.iterdir():
        if entry.name in ours or entry.name.startswith(("cm-task", "slurm", ".")):
            continue
        if entry.is_dir():
            shutil.copytree(entry, place / entry.name, dirs_exist_ok=True, symlinks=True)
        else:
            shutil.copy2(entry, place / entry.name, follow_symlinks=False)


def _result(ending: Ending, answer: dict[str, Any]) -> Result:
    answer.pop("return", None)
    if ending.exit_status is None:
        raise CMError(f"the script was lost: {ending.reason}", hint="run the same command again")
    if ending.exit_status != 0:
        said = str(answer.pop("error", ""))
        how = ending.reason or describe_status(ending.exit_status)
        raise CMError(
            said or f"the script failed on {ending.host}: {how}",
            hint=str(answer.pop("hint", "")),
            details=answer,
            exit_code=ending.exit_status,
        )
    return Result(data={**answer, "elsewhere": {"host": ending.host, **ending.details}})
