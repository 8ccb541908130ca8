"""What an experiment leaves on disk.

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

from collections.abc import Mapping
from dataclasses import field, fields
from pathlib import Path
from typing import Any, Literal

from cm_core import frozen
from cm_core.base import AnyFloat, Format, Record

INPUT_FILE = "cm-input.json"
STUDY_FILE = "cm-study.json"
STEP_FILE = "cm-step.json"
ROWS_FILE = "cm-steps.jsonl"
RESULT_FILE = "cm-result.json"
STDOUT_FILE = "stdout.txt"
STDERR_FILE = "stderr.txt"

State = Literal["running", "finished", "failed", "lost", "pruned"]
Scalar = str | int | AnyFloat


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


def write_study(run: Path, study: Study) -> None:
    """Put the study into the folder of its run."""
    STUDY_FORMAT.write(run / STUDY_FILE, study)


def write_step(folder: Path, step: Step) -> None:
    """Put the record of a step into its folder."""
    STEP_FORMAT.write(folder / STEP_FILE, step)


def row_of(step: Step) -> Row:
    """The step as a row."""
    return Row(**{item.name: getattr(step, item.name) for item in fields(Row)})


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
