"""Running a job in a container: what it sees, what comes out, and how it is stopped."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Container, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core import CMError, Result, Terminated, UsageError, new_uid, replace
from cm_core.base import describe_status, read_object, run_command, start_program
from cm_docker.engine import LABEL_COMMAND, LABEL_SCRIPT, Mount, RunOrder
from cm_docker.failures import ContainerError, engine_error
from cm_docker.job import work_folder
from cm_docker.mounts import WORK, shared_homes
from cm_docker.proxies import proxies_with_password, public_proxies

if TYPE_CHECKING:
    from cm_core import Request, Session
    from cm_docker.engine import ContainerEngine
    from cm_docker.images import BuiltImage
    from cm_docker.job import ContainerJob

# Where a container finds its secrets and leaves its answer; a folder of this machine that vanishes after it.
EXCHANGE = "/run/cm"
_SECRETS, _ANSWER = "secrets.json", "answer.json"
_GRACE_SECONDS = 10.0


def run_in_container(
    job: ContainerJob, image: BuiltImage, engine: ContainerEngine, request: Request, session: Session
) -> Result:
    """Run a job; the exit status of the answer is that of the container.

    Raises:
        ContainerError: when the engine refuses, or the container was killed.
        CMError: when the script failed, unless the answer is for people: they have read it already.
    """
    shows = request.options.get("out") == "con"
    order = _order(job, image, session, terminal=shows and _has_terminal())
    if job.settings.detached:
        return _start_detached(order, job, engine, session)
    with _exchange(job) as folder:
        order = _with_exchange(order, job, folder, document=not shows)
        engine.prepare(order)
        try:
            status = _run_attached(order, engine, session, shows=shows)
        finally:
            if not order.keep:
                engine.discard(order.name)
        answer = _answer(folder, hidden=proxies_with_password(session.env))
    facts = {"image": image.name, "container": order.name, "engine": engine.name}
    if answer is None:
        if status == 0:
            return Result(data={"container": facts})
        raise ContainerError(
            f"{engine.name} did not run the script to its end: {describe_status(status)}",
            hint="its output is above; to see the containers: cm find docker",
            exit_code=status,
        )
    data = {key: value for key, value in answer.items() if key != "return"}
    if status and not shows:
        raise CMError(
            str(data.pop("error", "the script failed")),
            hint=str(data.pop("hint", "")),
            details={**data, "container": facts},
            exit_code=status,
        )
    return Result(data={**data, "container": facts}, exit_code=status)


def _order(job: ContainerJob, image: BuiltImage, session: Session, *, terminal: bool) -> RunOrder:
    settings = job.settings
    if settings.interactive and not terminal:
        raise UsageError(
            "--docker_interactive needs a terminal", hint="leave it out, or run the command in a terminal"
        )
    env = {}
    if settings.shared_cache:
        env = {"CM_REPOS": str(session.home.path)}
        if homes := shared_homes(session):
            env["CM_SHARED_HOMES"] = ":".join(map(str, homes))
    env |= public_proxies(session.env)
    return RunOrder(
        name=settings.container_name or f"cm-{job.script.name}-{new_uid()[:8]}".lower(),
        image=image.name,
        command=_command(job, list(job.command)),
        folder=WORK,
        labels={LABEL_SCRIPT: job.script.ref, LABEL_COMMAND: shlex.join(job.command)},
        mounts=(Mount(source=work_folder(session), target=WORK), *job.mounts),
        env=env,
        network=settings.network,
        gpus=settings.gpus,
        ports=settings.ports,
        devices=settings.devices,
        shm_size=settings.shm_size,
        terminal=terminal and not settings.detached,
        keep=settings.keep or settings.detached,
        arguments=settings.run_args,
    )


def _command(job: ContainerJob, script: list[str]) -> tuple[str, ...]:
    """What runs inside: the words of the script, or a shell around them."""
    settings = job.settings
    if settings.skip_run_cmd:
        return ("bash",) if _has_terminal() else ("cm", "version")
    if not (settings.run_cmd_prefix or settings.interactive):
        return tuple(script)
    before = f"{settings.run_cmd_prefix} && " if settings.run_cmd_prefix else ""
    after = "; exec bash" if settings.interactive else ""
    return ("bash", "-c", f"{before}{shlex.join(script)}{after}")


def _has_terminal() -> bool:
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))


def _with_exchange(order: RunOrder, job: ContainerJob, folder: Path, *, document: bool) -> RunOrder:
    """The order with a folder through which secrets go in and the answer comes out."""
    words = list(job.command)
    if job.secrets:
        # Right after "cm run script": what is typed behind the file is added to its dictionaries.
        words.insert(3, f"@{EXCHANGE}/{_SECRETS}")
    words += [f"--save_to_json={EXCHANGE}/{_ANSWER}", *(["--out=json"] if document else [])]
    mounts = (*order.mounts, Mount(source=folder, target=EXCHANGE))
    return replace(order, command=_command(job, words), mounts=mounts)


@contextlib.contextmanager
def _exchange(job: ContainerJob) -> Iterator[Path]:
    """A folder that only this user can read, with the secrets."""
    folder = Path(tempfile.mkdtemp(prefix="cm-docker-"))
    try:
        if job.secrets:
            file = folder / _SECRETS
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                json.dump(job.secrets, stream)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _answer(folder: Path, *, hidden: Container[str]) -> dict[str, Any] | None:
    """What the run inside says, without variables of this machine that a run outside would not name."""
    try:
        answer = read_object(folder / _ANSWER)
    except CMError:
        return None
    if isinstance(answer.get("env"), dict):
        answer["env"] = {key: value for key, value in answer["env"].items() if key not in hidden}
    return answer


def _start_detached(order: RunOrder, job: ContainerJob, engine: ContainerEngine, session: Session) -> Result:
    if job.secrets:
        names = ", ".join(sorted({*job.secrets, *(job.secrets.get("env") or {})} - {"env"}))
        raise UsageError(
            f"a detached container cannot receive secrets: {names}",
            hint="leave out --docker_detached, or unset them",
        )
    engine.prepare(order)
    done = run_command(engine.start_words(order, detached=True), env=session.env, check=False)
    if done.status != 0:
        engine.discard(order.name)
        raise engine_error(done, f"{engine.name} cannot start the container")
    facts = {"image": order.image, "container": order.name, "engine": engine.name}
    lines = (
        f"started the container {order.name}",
        f"its output: {engine.name} logs --follow {order.name}",
        f"remove it:  cm rm docker {order.name} --force",
    )
    return Result(data={"container": facts}, lines=lines)


def _run_attached(order: RunOrder, engine: ContainerEngine, session: Session, *, shows: bool) -> int:
    """Start a container and wait for it; when this process is interrupted, so is the container."""
    words = engine.start_words(order, detached=False)
    process = start_program(
        words,
        stdin=None if order.terminal else subprocess.DEVNULL,
        # The answer of a program goes through the exchange folder.
        stdout=None if shows else subprocess.DEVNULL,
        env=session.env,
        # Ctrl-C is handed on by us, once.
        start_new_session=not order.terminal,
    )
    try:
        return process.wait()
    except KeyboardInterrupt as interrupt:
        signal = "TERM" if isinstance(interrupt, Terminated) else "INT"
        _interrupt(order.name, engine, process, signal)
        raise


def _interrupt(name: str, engine: ContainerEngine, process: subprocess.Popen[bytes], signal: str) -> None:
    """Ask the container to end, then make it end."""
    try:
        engine.stop(name, signal)
        process.wait(timeout=_GRACE_SECONDS)
    except (KeyboardInterrupt, subprocess.TimeoutExpired):
        pass
    finally:
        engine.stop(name, "KILL")
        process.kill()
        process.wait()
