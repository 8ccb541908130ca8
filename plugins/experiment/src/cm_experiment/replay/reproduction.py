"""Facts for the documents of the doc plugin: how to repeat the latest run of an experiment."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core import CMError, NotFoundError
from cm_doc import Command, RepositoryState, Reproduction, Table
from cm_experiment.record.layout import STUDY_FILE, Row, Step, Study, read_step, read_study
from cm_experiment.record.rows import read_run, run_folders
from cm_experiment.record.wording import number_text

if TYPE_CHECKING:
    from cm_core import Artifact, Session

_MOST_ROWS = 50
_MOST_METRICS = 12


def reproduction(folder: Path, artifact: Artifact | None, session: Session) -> Reproduction:
    """How to repeat a run.

    Args:
        folder: that of an experiment, of which the latest run counts, or of a run.

    Raises:
        NotFoundError: when there is no run with a record.
    """
    run = _run_in(folder)
    study = read_study(run)
    rows = read_run(run, warn=session.warn)
    step = _a_step(run, rows)
    packages = step.packages if step else {}
    name = (artifact.alias if artifact else "") or (run.parent.name if not study.tags else "")
    failed = [row for row in rows if row.state == "failed"]
    return Reproduction(
        title=f"Experiment {artifact.name if artifact else run.parent.name}",
        summary=_summary(study, rows),
        command=Command(words=run_command(study, name), about="runs all steps and records them"),
        more_commands=_more(study, name),
        repositories=_repositories(step),
        software={name: version for name, version in packages.items() if name.startswith("cm-")},
        system={key: str(value) for key, value in step.system.items()} if step else {},
        tables=(*((_table(study, rows),) if rows else ()), *_packages_table(packages)),
        warnings=tuple(_warnings(study, rows)),
        date=datetime.fromtimestamp(study.started).astimezone().isoformat(timespec="seconds"),
        failure=f"{len(failed)} of {len(rows)} steps failed" if rows and len(failed) == len(rows) else "",
    )


def run_command(study: Study, name: str) -> tuple[str, ...]:
    """The command line of a study."""
    words = ["cm", "run", "experiment", *([name] if name else [])]
    if study.tags:
        words.append(f"--tags={','.join(study.tags)}")
    words += [f"--explore.{variable}={_domain(domain)}" for variable, domain in study.space.items()]
    words += [f"--explore.{variable}={_values(values)}" for variable, values in _points(study).items()]
    method = study.search.get("method", "grid")
    words += [] if method == "grid" else [f"--search={method}"]
    words += [f"--{key}={study.search[key]}" for key in ("trials", "seed") if study.search.get(key)]
    if budget := study.search.get("budget_s"):
        words.append(f"--budget={budget:g}s")
    words += ["--prune"] if study.search.get("prune") else []
    words += [f"--{objective.direction}={objective.metric}" for objective in study.objectives]
    words += [f"--constraint={text}" for text in study.constraints]
    words += [f"--metric={metric}={pattern}" for metric, pattern in study.metric_rules.items()]
    words += [f"--repeat={study.repeat}"] if study.repeat > 1 else []
    words += [f"--warmup={study.warmup}"] if study.warmup else []
    words += [f"--timeout={study.timeout_s:g}s"] if study.timeout_s else []
    words += [f"--env.{key}={value}" for key, value in study.env.items()]
    return (*words, "--", *study.command)


def _run_in(folder: Path) -> Path:
    if (folder / STUDY_FILE).is_file():
        return folder
    runs = [run for run in run_folders(folder) if (run / STUDY_FILE).is_file()]
    if not runs:
        raise NotFoundError(
            f"{folder} has no run that could be repeated",
            hint="create one: cm run experiment NAME -- COMMAND",
        )
    return runs[-1]


def _a_step(run: Path, rows: Sequence[Row]) -> Step | None:
    for row in rows:
        try:
            return read_step(run / row.uid)
        except CMError:
            continue
    return None


def _summary(study: Study, rows: Sequence[Row]) -> str:
    finished = sum(row.state == "finished" for row in rows)
    times = f", {study.repeat} measured executions each" if study.repeat > 1 else ""
    hosts = sorted({row.host for row in rows if row.host})
    where = f" on {', '.join(hosts)}" if hosts else ""
    goals = " and ".join(f"{objective.direction} {objective.metric}" for objective in study.objectives)
    goal = f" The goal was to {goals}." if goals else ""
    return f"{finished} of {len(rows)} steps finished{where}{times}.{goal}"


def _more(study: Study, name: str) -> tuple[Command, ...]:
    which = [name] if name else [f"--tags={','.join(study.tags)}"]
    return (Command(words=("cm", "load", "experiment", *which), about="shows the results"),)


def _repositories(step: Step | None) -> tuple[RepositoryState, ...]:
    if step is None:
        return ()
    return tuple(
        RepositoryState(
            alias=str(item.get("alias", "")),
            uid=str(item["uid"]),
            kind="registered" if item.get("url") else "local",
            url=str(item.get("url", "")),
            branch=str(item.get("branch", "")),
            commit=str(item.get("commit", "")),
            changed_files=int(item.get("changed_files", 0)),
        )
        for item in step.repositories
        if item.get("uid")
    )


def _table(study: Study, rows: Sequence[Row]) -> Table:
    variables = tuple(dict.fromkeys(name for row in rows for name in row.variables))
    goals = [objective.metric for objective in study.objectives]
    names = dict.fromkeys([*goals, *(name for row in rows for name in row.metrics)])
    metrics = tuple(names)[:_MOST_METRICS]
    cells = tuple(
        (
            str(row.number),
            *(_cell(row.variables, name) for name in variables),
            *(_cell(row.metrics, name) for name in metrics),
            f"{row.duration_s:.2f}",
            row.state,
        )
        for row in rows[:_MOST_ROWS]
    )
    title = f"Steps{f' (the first {_MOST_ROWS} of {len(rows)})' if len(rows) > _MOST_ROWS else ''}"
    return Table(title=title, columns=("step", *variables, *metrics, "seconds", "state"), rows=cells)


def _packages_table(packages: Mapping[str, str]) -> tuple[Table, ...]:
    """All packages that were installed; which of them mattered nobody knows."""
    others = tuple((name, version) for name, version in packages.items() if not name.startswith("cm-"))
    title = "Other packages that were installed"
    return (Table(title=title, columns=("package", "version"), rows=others),) if others else ()


def _warnings(study: Study, rows: Sequence[Row]) -> list[str]:
    found = []
    if any("***" in word for word in study.command):
        found.append("The command contained secrets; replace the stars with yours.")
    if any("{{CD}}" in word or word.startswith("/") for word in study.command):
        found.append("The command names files of the machine where it ran.")
    unfinished = sum(row.state not in ("finished", "pruned") for row in rows)
    if unfinished:
        found.append(f"{unfinished} of {len(rows)} steps did not finish.")
    return found


def _cell(values: Mapping[str, Any], name: str) -> str:
    return number_text(values[name]) if name in values else ""


def _points(study: Study) -> dict[str, list[Any]]:
    points = study.search.get("points") or ()
    return {name: [point[name] for point in points] for name in points[0]} if points else {}


def _domain(domain: Mapping[str, Any]) -> str:
    if values := domain.get("values"):
        return _values(values)
    name = "integers" if domain.get("integer") else "loguniform" if domain.get("log") else "uniform"
    return f"{name}({domain.get('low')}, {domain.get('high')})"


def _values(values: Sequence[Any]) -> str:
    return json.dumps(list(values), ensure_ascii=False)
