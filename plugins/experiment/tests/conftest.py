"""Experiments as files, written by the code that records real ones."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from cm_core import Request, Result, Session, new_uid
from cm_experiment.record import layout as record
from cm_experiment.record.rows import append_row

UID = "a0a2d123ef064bcb"


@pytest.fixture
def make_experiment(cm_session: Session) -> Callable[..., Path]:
    """``make_experiment("tune", [{"variables": {...}, "metrics": {...}}, ...])`` writes a finished run."""

    def make(
        name: str,
        steps: Iterable[Mapping[str, Any]],
        *,
        objectives: Mapping[str, str] | None = None,
        run: str = "2026-01-31.09-58-02.863466",
        **study: Any,
    ) -> Path:
        found = cm_session.find("experiment", name)
        if found:
            folder = found[0].path
        else:
            added = cm_session.access(
                {"action": "add", "automation": f"experiment,{UID}", "artifact": name, "tags": "test"}
            )
            folder = Path(added["path"])
        write_run(folder, steps, objectives=objectives, run=run, **study)
        return folder

    return make


@pytest.fixture
def run(cm_session: Session) -> Callable[..., Result]:
    """``run("echo", "{{A}}", explore={"A": [1, 2]})`` is ``cm run experiment tune``, or another ``name``."""

    def call(*words: str, name: str = "tune", **options: Any) -> Result:
        request = Request(
            action="run", automation="experiment", artifact=name, options=options, unparsed=words
        )
        return cm_session.call(request)

    return call


def write_run(
    folder: Path,
    steps: Iterable[Mapping[str, Any]],
    *,
    objectives: Mapping[str, str] | None = None,
    run: str = "2026-01-31.09-58-02.863466",
    **study: Any,
) -> None:
    """A run as the recorder leaves it; each step is given by fields of :class:`record.Step`."""
    (folder / run).mkdir(parents=True)
    goals = tuple(record.Objective(metric=m, direction=d) for m, d in (objectives or {}).items())
    record.write_study(
        folder / run,
        record.Study(**{"command": ("echo", "{{batch}}"), "objectives": goals, "state": "complete", **study}),
    )
    for number, fields in enumerate(steps, start=1):
        step = record.Step(
            **{
                "uid": new_uid(),
                "run": run,
                "number": number,
                "state": "finished",
                "started": 1769853482.0 + number,
                "duration_s": 0.5,
                "host": "here",
                "exit_status": 0,
                **fields,
            }
        )
        (folder / run / step.uid).mkdir()
        record.write_step(folder / run / step.uid, step)
        append_row(folder / run, record.row_of(step))


@pytest.fixture(name="study_steps")
def study_steps_fixture() -> Callable[..., list[dict[str, Any]]]:
    """See :func:`study_steps`; test files cannot import this one."""
    return study_steps


def study_steps(count: int = 24, seed: int = 1) -> list[dict[str, Any]]:
    """Steps of a study of batch size, threads and precision, with the trade-offs of real ones."""
    generator = random.Random(seed)
    space = itertools.cycle(itertools.product((1, 2, 4, 8, 16, 32), (1, 2), ("float32", "int8")))
    steps = []
    for batch, threads, precision in itertools.islice(space, count):
        speed = 1000 * threads**0.8 * batch**0.4 * (1.6 if precision == "int8" else 1)
        throughput = speed * generator.gauss(1, 0.01)
        steps.append(
            {
                "variables": {"batch": batch, "threads": threads, "precision": precision},
                "metrics": {
                    "throughput": throughput,
                    "latency_ms": 1000 * batch / throughput,
                    "accuracy": 0.97 if precision == "float32" else 0.962,
                },
            }
        )
    return steps
