"""Reading recorded experiments: whole commands over many steps, written by the code that records real ones."""

from __future__ import annotations

import os
import platform
import random
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from contenders import Contender
from measure import Effort, Failure, Outcome, Sample, alternate

from cm_core import Session, new_uid
from cm_experiment.record import layout as record
from cm_experiment.record.rows import append_row

NAME = "recorded"
STEPS = 100
RUN = "2026-01-31.09-58-02.863466"
KIND = "experiment,a0a2d123ef064bcb"
GOALS = {"throughput": "maximize", "latency_ms": "minimize", "accuracy": "maximize"}
COMMANDS: Mapping[str, tuple[str, ...]] = {
    "list all": (),
    "filter and sort": ("--where=accuracy > 0.965 and threads == 2", "--sort=-throughput", "--limit=10"),
    "Pareto front of three objectives": ("--pareto=throughput,latency_ms,accuracy",),
    "write CSV": ("--export=steps.csv",),
    "write the HTML report": ("--export=steps.html",),
}
NOTE = (
    "`cm show experiment` over {count:,} recorded steps with three variables and three metrics: whole commands, "
    "medians, the memory of the largest process. *Lost index*: the file that spares opening the record of each step "
    "is not there."
)


def measure_experiments(contender: Contender, work: Path, *, count: int, effort: Effort) -> str:
    """All commands as a Markdown table.

    Args:
        work: folder for the home.
        count: recorded steps.
    """
    home = work / "home"
    shutil.rmtree(home, ignore_errors=True)
    run = write_steps(home, count)
    lines = ["| Command | CPU | wall | peak MB |", "|---|--:|--:|--:|"]
    for title, flags in COMMANDS.items():
        lines.append(row(title, taken(contender, home, flags, effort)))
    index = run / record.ROWS_FILE
    lines.append(row("list all, lost index", taken(contender, home, (), effort, without=index)))
    lines += ["", one_step(contender, home, effort)]
    return "\n".join([facts(), "", NOTE.format(count=count), "", *lines]) + "\n"


def one_step(contender: Contender, home: Path, effort: Effort) -> str:
    """What a step costs: the difference of runs of many steps and of one, divided by their number."""
    takes: dict[str, Callable[[], Sample | Failure]] = {}
    for steps_ in (1, STEPS):

        def take(steps_: int = steps_) -> Sample | Failure:
            command = ("--", "/bin/sh", "-c", ":", f"{{{{A{{range({steps_})}}}}}}")
            words = ("cm", "run", "experiment", f"of-{steps_}", "--new", "--silent", *command)
            expected = f"steps: {steps_} finished"
            return contender.take(
                words, home=home, expect=lambda out: expected in out, timeout=effort.timeout
            )

        takes[str(steps_)] = take
    one, many = alternate(takes, effort).values()
    if isinstance(one, Failure) or isinstance(many, Failure):
        return "One step of the local executor: not measured."
    cpu, wall = (
        (much - little) / (STEPS - 1) for much, little in ((many.cpu, one.cpu), (many.wall, one.wall))
    )
    return (
        f"One step of `cm run experiment` with the local executor, the start of its shell included: "
        f"{wall * 1000:.1f} ms ({cpu * 1000:.1f} ms of CPU time); at most 30 ms are allowed."
    )


def taken(
    contender: Contender, home: Path, flags: tuple[str, ...], effort: Effort, without: Path | None = None
) -> Outcome:
    """The same command until there are enough samples.

    Args:
        without: a file that is removed before each one.
    """

    def take() -> Sample | Failure:
        if without is not None:
            without.unlink(missing_ok=True)
        words = ("cm", "show", "experiment", NAME, *flags)
        return contender.take(words, home=home, expect=lambda out: "uid" in out, timeout=effort.timeout)

    return alternate({contender.name: take}, effort)[contender.name]


def write_steps(home: Path, count: int) -> Path:
    """An experiment with so many finished steps; the folder of its run."""
    session = Session(home=home)
    added = session.access({"action": "add", "automation": KIND, "artifact": NAME})
    session.close()
    run = Path(added["path"]) / RUN
    run.mkdir()
    objectives = tuple(record.Objective(metric=name, direction=goal) for name, goal in GOALS.items())  # type: ignore[arg-type]
    study = record.Study(command=("echo", "{{batch}}"), objectives=objectives, state="complete")
    record.write_study(run, study)
    for step in steps(count):
        (run / step.uid).mkdir()
        record.write_step(run / step.uid, step)
        append_row(run, record.row_of(step))
    return run


def steps(count: int) -> Iterator[record.Step]:
    generator = random.Random(1)
    for number in range(1, count + 1):
        batch, threads = 2 ** generator.randrange(8), generator.randrange(1, 5)
        throughput = 1000 * threads * batch**0.4 * generator.gauss(1, 0.1)
        yield record.Step(
            uid=new_uid(),
            run=RUN,
            number=number,
            state="finished",
            variables={"batch": batch, "threads": threads, "precision": generator.choice(("fp32", "int8"))},
            metrics={
                "throughput": throughput,
                "latency_ms": 1000 * batch / throughput,
                "accuracy": generator.uniform(0.95, 0.98),
            },
            exit_status=0,
            started=1769853482.0 + number,
            duration_s=generator.uniform(0.1, 2.0),
            host="example",
        )


def row(title: str, outcome: Outcome) -> str:
    if isinstance(outcome, Failure):
        return f"| {title} | {outcome.reason} | | |"
    return f"| {title} | {outcome.cpu:.2f} s | {outcome.wall:.2f} s | {outcome.peak / 1e6:,.0f} |"


def facts() -> str:
    return (
        f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}; "
        f"load average at the end {os.getloadavg()[0]:.1f}."
    )
