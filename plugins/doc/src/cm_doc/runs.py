"""Documents about a run of a script: what ``--print_readme`` and ``--print_notebook`` write."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core import shareable
from cm_core.base import without_credentials
from cm_core.flags import read_flags
from cm_doc.facts import Command, Reproduction, Table
from cm_doc.flags import NOTEBOOK, README, OfRuns, Overwrite
from cm_doc.output import check_target, is_notebook, target_file, write_documents
from cm_doc.repositories import repository_states
from cm_doc.reproduction import notebook, readme
from cm_script import host_facts

if TYPE_CHECKING:
    from cm_core import Request, Session
    from cm_doc.facts import RepositoryState
    from cm_script import FinishedRun, RunObserver, StepRecord

# Plugins that take part in every run.
_ALWAYS = ("core", "cache", "script", "cmind", "repo")
# Flags that say how the run is shown and not what it does.
_ABOUT_DISPLAY = frozenset({"out", "json", "j", "save_to_json", "force", "f", "debug"})


def run_writer(request: Request, session: Session) -> RunObserver | None:
    """What writes the documents that a request asks for, when its run has ended; ``None`` if it wants none.

    Raises:
        AlreadyExistsError: when a file exists and ``--force`` is not given.
        CMError: when a file cannot be written, or its name says that it is something else.
    """
    force = read_flags(Overwrite, request).force
    files = _files(request, session)
    for file in files.values():
        is_notebook(file)
        check_target(file, force=force)
    if not files:
        return None

    def write(run: FinishedRun) -> list[Path]:
        facts = reproduction_of(run, session)
        written = []
        for usual, file in files.items():
            text = (notebook if usual == NOTEBOOK or is_notebook(file) else readme)(facts, session)
            written += write_documents(file.parent, {file.name: text}, force=force)
        return written

    return write


def reproduction_of(run: FinishedRun, session: Session) -> Reproduction:
    """How to repeat a run."""
    steps = sorted(run.steps, key=lambda step: step.step.id)
    repositories = repository_states(session, (step.artifact.repo for step in steps))
    facts = host_facts()
    # Names of plugins that had nothing to do with it are nobody's business.
    shipping = session.plugins.plugins_that_ship([step.artifact.path for step in steps])
    used = [session.plugins.plugins[name] for name in _ALWAYS if name in session.plugins.plugins]
    software = {info.distribution: info.version for info in (*used, *shipping) if not info.problem}
    system = {
        "Operating system": facts["platform"],
        "Processor": f"{facts['machine']}, {os.cpu_count() or 1} logical",
        "Python": facts["python"],
    }
    return Reproduction(
        title=str(run.script.meta.get("name") or run.script.name),
        summary=_summary(run, steps),
        command=Command(
            words=_exact_words(run.command),
            about=f"runs the script {run.script.name} with everything that it needs",
            output=run.output,
            recorded=True,
        ),
        inputs=_inputs(run.inputs),
        repositories=repositories,
        software=dict(sorted(software.items())),
        system=system,
        tables=tuple(table for table in _tables(run, steps) if table.rows),
        warnings=tuple(_warnings(run, steps, repositories)),
        date=facts["date"],
        failure=str(run.error or ""),
    )


def _files(request: Request, session: Session) -> dict[str, Path]:
    """The usual name of each document that is asked for, and the file that it goes to."""
    asked = read_flags(OfRuns, request)
    named = ((README, asked.print_readme), (NOTEBOOK, asked.print_notebook))
    return {usual: target_file(name, usual, session) for usual, name in named if name}


def _exact_words(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in words if not _is_about_display(word))


def _is_about_display(word: str) -> bool:
    return word.startswith("-") and word.strip("-").partition("=")[0] in _ABOUT_DISPLAY


def _summary(run: FinishedRun, steps: list[StepRecord]) -> str:
    script = run.script
    variations = f" with {_variations(run.variations)}" if run.variations else ""
    used = sum(step.status == "cached" for step in steps)
    return (
        f"The script {script.name} ({script.uid}) of repository {script.repo.alias} ran{variations};"
        f" steps: {len(steps)}, answered by the cache: {used}."
    )


def _variations(names: Iterable[str]) -> str:
    return ", ".join(f"_{without_credentials(name)}" for name in names)


def _inputs(options: Mapping[str, Any]) -> dict[str, str]:
    """Flags as they are typed, nested ones with dots."""
    flat: dict[str, str] = {}
    waiting = [("", options)]
    while waiting:
        prefix, values = waiting.pop()
        for key, value in values.items():
            name = f"{prefix}{key}"
            if isinstance(value, Mapping):
                waiting.append((f"{name}.", value))
            elif name not in _ABOUT_DISPLAY and value is not None:
                shown = ",".join(map(str, value)) if isinstance(value, list) else str(value)
                flat[name] = {"True": "yes", "False": "no"}.get(shown, shown)
    return flat


def _tables(run: FinishedRun, steps: list[StepRecord]) -> Iterable[Table]:
    yield Table(
        title="Steps",
        columns=("Step", "Script", "Variations", "Repository", "Version", "Result"),
        rows=tuple(
            (
                f"{'· ' * step.step.depth}{without_credentials(step.step.title)}",
                step.script,
                _variations(step.variations),
                step.artifact.repo.alias,
                step.version,
                step.status,
            )
            for step in steps
        ),
    )
    exported = shareable(run.outcome.new_env)
    yield Table(
        title="Exported environment",
        columns=("Key", "Value"),
        rows=tuple((key, str(exported[key])) for key in sorted(exported)),
    )


def _warnings(
    run: FinishedRun, steps: list[StepRecord], repositories: Iterable[RepositoryState]
) -> Iterable[str]:
    if steps and steps[0].status == "cached":
        yield "The result came from the cache; add --new to run it again with its dependencies."
    elif any(step.status == "cached" for step in steps):
        yield "Some dependencies came from the cache; elsewhere they are run again."
    for repository in repositories:
        if repository.changed_files:
            yield (
                f"Repository {repository.alias} has {repository.changed_files} files that differ from its"
                " commit: publish them, or the repetition runs other recipes."
            )
        elif repository.kind != "shipped" and not repository.pull:
            yield (
                f"Repository {repository.alias} cannot be pulled from anywhere: take it along, for example"
                f" with cm pack repo {repository.alias}."
            )
    paths = [name for name, value in _inputs(run.inputs).items() if _is_place(value)]
    if paths:
        yield f"These inputs name files of this machine: {', '.join(f'--{name}' for name in paths)}."


def _is_place(value: str) -> bool:
    try:
        return Path(value).is_absolute() and Path(value).exists()
    except (OSError, ValueError):
        return False
