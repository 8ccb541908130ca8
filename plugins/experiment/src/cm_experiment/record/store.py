"""Experiments as artifacts: found or made, and the folders of their runs."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cm_core import (
    AlreadyExistsError,
    CMError,
    NotFoundError,
    Request,
    UsageError,
    check_alias,
)
from cm_core.base import file_lock, raise_os_error, try_file_lock
from cm_experiment.record.layout import Row, Study, read_study
from cm_experiment.record.rows import run_folders

if TYPE_CHECKING:
    from cm_core import Artifact, Session

KIND = "experiment"
_LOCK_FILE = "cm-run.lock"
_MAKING_LOCK = "experiments.lock"
_MOST_TRIES = 1000


def find_experiments(session: Session, name: str, tags: tuple[str, ...]) -> list[Artifact]:
    """Experiments by name, else by tags: a name alone is enough."""
    plain = name and not name.endswith(":") and "*" not in name and "?" not in name
    return session.find(KIND, name, () if plain else tags)


def one_experiment(session: Session, name: str, tags: tuple[str, ...]) -> Artifact:
    """An experiment that is there.

    Raises:
        NotFoundError: when there is none.
        InteractionError: when several match and nobody can choose.
    """
    if not name and not tags:
        raise UsageError("no experiment was given", hint="give its name or --tags")
    found = find_experiments(session, name, tags)
    if not found:
        from cm_core.base import did_you_mean

        names = [artifact.alias for artifact in session.find(KIND)]
        shown = f"'{name}'" if name else f"tags '{','.join(tags)}'"
        raise NotFoundError(
            f"no experiment matches {shown}", hint=did_you_mean(name, names) or "see: cm find experiment"
        )
    return _chosen(session, found)


def experiment_for(session: Session, name: str, tags: tuple[str, ...]) -> Artifact:
    """The experiment of this name or these tags, made when there is none.

    Without a name and tags it is always a new one.

    Raises:
        CMError: when it cannot be made.
        InteractionError: when several match and nobody can choose.
    """
    known = (name and not name.endswith(":")) or tags
    if known and (found := _ours(session, name, tags)):
        return _chosen(session, found)
    options = {"tags": list(tags)} if tags else {}
    with file_lock(session.home.locks_dir / _MAKING_LOCK):
        session.look_again()
        if known and (found := _ours(session, name, tags)):  # somebody else made it just now
            return _chosen(session, found)
        made = session.call(Request(action="add", automation=KIND, artifact=name, options=options))
    uid = str(made.data["meta"]["uid"])
    return session.find(KIND, uid)[0]


def _ours(session: Session, name: str, tags: tuple[str, ...]) -> list[Artifact]:
    """Experiments to which runs can be added: not those in a shared home or an installed distribution."""
    found = find_experiments(session, name, tags)
    return [artifact for artifact in found if artifact.repo.is_own]


def _chosen(session: Session, found: list[Artifact]) -> Artifact:
    if len(found) == 1:
        return found[0]
    listed = sorted(found, key=lambda artifact: artifact.path)
    shown = [f"{artifact.path} (tags: {','.join(artifact.tags)})" for artifact in listed]
    return listed[session.interaction.choose("several experiments match; which one?", shown)]


def new_run(experiment: Path, name: str = "") -> Path:
    """A fresh folder for a run, named by date and time unless a name is given.

    Raises:
        CMError: when it cannot be made.
    """
    base = check_alias(name) if name else datetime.now().isoformat(timespec="microseconds")  # noqa: DTZ005
    base = base.replace(":", "-").replace("T", ".") if not name else base
    for number in range(_MOST_TRIES):
        run = experiment / (f"{base}.{number}" if number else base)
        try:
            run.mkdir()
        except FileExistsError as error:
            if name:
                raise AlreadyExistsError(
                    f"the run {run} already exists",
                    hint=f"run it again: cm rerun experiment NAME --dir={shlex.quote(name)}",
                ) from error
            continue
        except OSError as error:
            raise_os_error("create", run, error)
        return run
    raise CMError(f"cannot find a free name for a run in {experiment}")


def one_run(session: Session, experiment: Path, name: str) -> Path:
    """The run of an experiment that is meant; without a name the only one, or the one that is chosen.

    Raises:
        NotFoundError: when there is none.
        InteractionError: when there are several and nobody can choose.
    """
    runs = run_folders(experiment)
    if name:
        match = [run for run in runs if run.name == name]
        if not match:
            from cm_core.base import did_you_mean

            hint = did_you_mean(name, [run.name for run in runs]) or f"see: {experiment}"
            raise NotFoundError(f"there is no run '{name}' in {experiment}", hint=hint)
        return match[0]
    if not runs:
        raise NotFoundError(
            f"{experiment} has no runs yet", hint="create one: cm run experiment NAME -- COMMAND"
        )
    newest_first = runs[::-1]
    shown = [run.name for run in newest_first]
    return newest_first[session.interaction.choose("several runs; which one? (--dir=NAME)", shown)]


def unfinished_run(experiment: Path, digest: str) -> Path | None:
    """The latest run that explores the same, if it was interrupted and nobody works on it."""
    for run in reversed(run_folders(experiment)):
        study = study_or_none(run)
        if study is None or study.digest != digest:
            continue
        return run if study.state != "complete" and not is_held(run) else None
    return None


def study_or_none(run: Path) -> Study | None:
    """What a run explores; ``None`` when its record is missing or damaged."""
    with contextlib.suppress(CMError):
        return read_study(run)
    return None


@contextlib.contextmanager
def hold_run(run: Path) -> Iterator[None]:
    """Keep others from working on a run; the system frees it when this process dies.

    Raises:
        CMError: when somebody works on it.
    """
    with contextlib.ExitStack() as stack:
        free = True
        with contextlib.suppress(OSError):  # a file system without locks: nobody can say
            free = stack.enter_context(try_file_lock(run / _LOCK_FILE))
        if not free:
            raise CMError(f"another process is working on the run {run}", hint="wait for it, or add --new")
        yield


def is_held(run: Path) -> bool:
    """Whether somebody works on a run."""
    try:
        with hold_run(run):
            return False
    except CMError:
        return True


def row_of_uid(rows: list[Row], uid: str) -> Row:
    """The step of a UID.

    Raises:
        NotFoundError: when there is none.
    """
    for row in rows:
        if row.uid == uid:
            return row
    raise NotFoundError(f"there is no step '{uid}'", hint="see: cm load experiment NAME")
