"""What an experiment leaves on disk, and how it is read.

::

    experiment/NAME/                     the artifact
      2026-01-31.09-58-02.863466/        a run
        cm-input.json                    the request
        cm-study.json                    what was to be explored: a Study
        cm-steps.jsonl                   a Row per finished step; disposable
        cm-result.json                   flat results, as the original writes them
        0123456789abcdef/                a step: its command ran here
          cm-step.json                   a Step
          stdout.txt, stderr.txt, …

Steps are the truth; ``cm-steps.jsonl`` only spares opening each of them. Steps without a readable line are
read from their folders. Runs that the original recorded have ``cm-result.json`` only.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, fields
from pathlib import Path
from typing import Any, Literal, TypeVar

from cm_core import CMError, frozen, is_uid
from cm_core.base import AnyFloat, DamagedError, Format, Record, decode, encode, read_json

INPUT_FILE = "cm-input.json"
STUDY_FILE = "cm-study.json"
STEP_FILE = "cm-step.json"
ROWS_FILE = "cm-steps.jsonl"
RESULT_FILE = "cm-result.json"
STDOUT_FILE = "stdout.txt"
STDERR_FILE = "stderr.txt"

State = Literal["running", "finished", "failed", "lost", "pruned"]
Scalar = str | int | AnyFloat
Warn = Callable[[str], object]

_Read = TypeVar("_Read")


@frozen
class Objective(Record):
    """A metric to make small or large."""

    metric: str
    direction: Literal["minimize", "maximize"]


@frozen
class Study(Record):
    """What a run explores.

    Attributes:
        command: program and arguments with their ``{{VARIABLES}}``; secrets are stars.
        shell: whether the command is one text for a shell.
        space: variable -> its values (``{"values": [...]}``), or all numbers between two (``{"low", "high",
            "integer", "log"}``).
        search: ``method`` (grid, list, random, tpe, nsga2), and ``trials``, ``seed``, ``points``,
            ``budget_s``, ``prune`` if given.
        constraints: expressions over metrics that a good step fulfils.
        metric_rules: metric -> the regular expression that finds it in what the command prints.
        repeat: measured executions of each step.
        warmup: executions before them that do not count.
        timeout_s: seconds that one execution may take.
        planned: number of steps; ``None`` while it is open.
        state: of the run: running, interrupted, complete.
        digest: equal for runs that explore the same.
        folder: where the command line was typed, ``{{CD}}``.
        env: variables of the environment that were given, without secrets.
        record_env: patterns of more variables to record.
    """

    command: tuple[str, ...]
    shell: bool = False
    space: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    search: Mapping[str, Any] = field(default_factory=dict)
    objectives: tuple[Objective, ...] = ()
    constraints: tuple[str, ...] = ()
    metric_rules: Mapping[str, str] = field(default_factory=dict)
    repeat: int = 1
    warmup: int = 0
    timeout_s: float | None = None
    tags: tuple[str, ...] = ()
    executor: str = "local"
    planned: int | None = None
    state: Literal["running", "interrupted", "complete"] = "running"
    digest: str = ""
    folder: str = ""
    started: float = 0.0
    env: Mapping[str, str] = field(default_factory=dict)
    record_env: tuple[str, ...] = ()


@frozen
class Execution(Record):
    """One run of a step's command; a step with repeats has several.

    Attributes:
        metrics: what it reported: flat, numbers or text.
        warmup: whether it came before the measured ones.
    """

    exit_status: int | None
    duration_s: float
    metrics: Mapping[str, Scalar] = field(default_factory=dict)
    warmup: bool = False


@frozen
class Step(Record):
    """A point of the space and what came out there.

    Attributes:
        run: name of the run's folder.
        number: position in the run, from 1.
        command: program and arguments as executed; secrets are stars.
        env: the environment that mattered, variables included; without secrets.
        state: ``failed``: the command ended badly; ``lost``: nobody knows how it ended.
        exit_status: 128 + n after signal n; of the first execution that failed.
        reason: one sentence why a step is failed, lost or pruned.
        started: seconds since 1970.
        duration_s: wall-clock seconds of one measured execution, their median.
        repeats: each execution, those of the warm-up included.
        metrics: the median of numbers, else the last value, of measured executions.
        spread: metric -> robust standard deviation over measured executions (:func:`statistics.spread`), of
            ``duration_s`` too; empty with fewer than two.
        outputs: file in the step's folder -> its SHA-256, ``""`` beyond a gigabyte; at most 1000 files.
        packages: distribution -> version, in the Python that runs the toolkit.
        system: fact about the machine -> value.
        repositories: those of recipes, as ``alias``, ``uid``, ``commit``, ``url``, ``changed_files``.
        recipe: ``alias`` and ``uid`` of the script, when the command runs one.
        details: what the executor knows, such as a job number.
    """

    uid: str
    run: str
    number: int
    state: State
    command: tuple[str, ...] = ()
    shell: bool = False
    variables: Mapping[str, Scalar] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    exit_status: int | None = None
    reason: str = ""
    started: float = 0.0
    duration_s: float = 0.0
    host: str = ""
    repeats: tuple[Execution, ...] = ()
    metrics: Mapping[str, Scalar] = field(default_factory=dict)
    spread: Mapping[str, AnyFloat] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    packages: Mapping[str, str] = field(default_factory=dict)
    system: Mapping[str, Any] = field(default_factory=dict)
    repositories: tuple[Mapping[str, Any], ...] = ()
    recipe: Mapping[str, str] = field(default_factory=dict)
    executor: str = "local"
    details: Mapping[str, Any] = field(default_factory=dict)


@frozen
class Row:
    """A step in a table; the meaning of its fields is that of :class:`Step`."""

    uid: str
    run: str
    number: int
    state: State
    variables: Mapping[str, Scalar]
    metrics: Mapping[str, Scalar]
    started: float
    duration_s: float
    host: str
    spread: Mapping[str, AnyFloat] = field(default_factory=dict)


# Not sorted: the order of variables is that of the loops, and numbers of steps follow from it.
STUDY_FORMAT = Format(
    record=Study, version_key="format", sort_keys=False, distribution="cm-plugin-experiment"
)
STEP_FORMAT = Format(
    record=Step, version_key="format", sort_keys=False, unique=False, distribution="cm-plugin-experiment"
)


# -- writing ----------------------------------------------------------------------------------------


def write_study(run: Path, study: Study) -> None:
    """Put the study into the folder of its run."""
    STUDY_FORMAT.write(run / STUDY_FILE, study)


def write_step(folder: Path, step: Step) -> None:
    """Put the record of a step into its folder."""
    STEP_FORMAT.write(folder / STEP_FILE, step)


def append_row(run: Path, row: Row) -> None:
    """Note a finished step, in one write, so that nobody reads half of a line."""
    _append_rows(run, [row])


def _append_rows(run: Path, rows: Sequence[Row]) -> None:
    # A driver that was killed in the middle of a line must not spoil the first one.
    lines = [json.dumps(encode(row), ensure_ascii=False, separators=(",", ":")) for row in rows]
    handle = os.open(run / ROWS_FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(handle, "\n".join(["", *lines, ""]).encode("utf-8", "backslashreplace"))
    finally:
        os.close(handle)


def row_of(step: Step) -> Row:
    """The step as a row."""
    return Row(**{item.name: getattr(step, item.name) for item in fields(Row)})


# -- reading ----------------------------------------------------------------------------------------


def run_folders(experiment: Path) -> list[Path]:
    """The runs of an experiment, oldest first."""
    with os.scandir(experiment) as entries:
        names = [entry.name for entry in entries if entry.is_dir()]
    folders = [experiment / name for name in sorted(names)]
    return [run for run in folders if (run / STUDY_FILE).is_file() or (run / RESULT_FILE).is_file()]


def read_rows(experiment: Path, *, warn: Warn | None = None) -> list[Row]:
    """All steps of an experiment, by run and number.

    Args:
        warn: told about a step whose record cannot be read, in one sentence; the others are unharmed.
    """
    return [row for run in run_folders(experiment) for row in read_run(run, warn=warn)]


def read_run(run: Path, *, warn: Warn | None = None) -> list[Row]:
    """All steps of one run by number, those that have not ended included; as :func:`read_rows`."""
    if not (run / STUDY_FILE).is_file():
        return _original_rows(run, warn) if (run / RESULT_FILE).is_file() else []
    with os.scandir(run) as entries:
        left = {entry.name for entry in entries if is_uid(entry.name)}
    rows: dict[str, Row] = {}
    for row in _noted_rows(run):
        # The last one counts, but not one that a reader noted late.
        if row.uid in left and (row.uid not in rows or rows[row.uid].started <= row.started):
            rows[row.uid] = row
    found = [_step_or_warn(run / uid, warn) for uid in sorted(left - rows.keys())]
    missing = [row_of(step) for step in found if step is not None]
    if ended := [row for row in missing if row.state != "running"]:
        with contextlib.suppress(OSError):  # the records of somebody else: they can be read all the same
            _append_rows(run, ended)
    rows |= {row.uid: row for row in missing}
    return sorted(rows.values(), key=lambda row: row.number)


def read_step(folder: Path) -> Step:
    """The record of a step.

    Raises:
        NotFoundError: when the folder has none.
        DamagedError, NewerRecordError: when it holds something else.
    """
    return STEP_FORMAT.read(folder / STEP_FILE)


def read_study(run: Path) -> Study:
    """What a run explores.

    Raises:
        NotFoundError: when nothing says so, as in runs of the original.
        DamagedError, NewerRecordError: when it holds something else.
    """
    return STUDY_FORMAT.read(run / STUDY_FILE)


def _noted_rows(run: Path) -> Iterator[Row]:
    try:
        lines = (run / ROWS_FILE).read_bytes().split(b"\n")
    except OSError:
        return
    lines = [line for line in lines if line]
    try:
        items = json.loads(b"[" + b",".join(lines) + b"]")  # four times as fast as line by line
    except ValueError:
        items = [item for line in lines if (item := _json_or_none(line)) is not None]
    for item in items:
        try:
            yield decode(Row, item, source=ROWS_FILE)
        except DamagedError:
            continue


def _json_or_none(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _original_rows(run: Path, warn: Warn | None) -> list[Row]:
    from cm_experiment.record.original import rows_in

    return rows_in(run.name, _or_warn(lambda: read_json(run / RESULT_FILE), warn))


def _step_or_warn(folder: Path, warn: Warn | None) -> Step | None:
    # A driver that was killed may leave an empty folder: that is no record that is lost.
    is_empty = not (folder / STEP_FILE).exists() and not any(folder.iterdir())
    return None if is_empty else _or_warn(lambda: read_step(folder), warn)


def _or_warn(read: Callable[[], _Read], warn: Warn | None) -> _Read | None:
    try:
        return read()
    except CMError as error:
        if warn is not None:
            warn(error.message)
        return None
