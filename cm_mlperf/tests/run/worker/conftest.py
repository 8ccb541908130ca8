"""Runs real workers on small systems written by the tests."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from cm_mlperf.interfaces import Component
from cm_mlperf.loadgen.settings import conf_text
from cm_mlperf.run.runner import Event, Surroundings, run_worker
from cm_mlperf.run.worker.spec import WorkerSpec

RANDOM = Component(
    name="random",
    factory="cm_mlperf.components.datasets.random:RandomData",
    options={"size": 40, "shape": "4"},
)
NULL = Component(name="null", factory="cm_mlperf.components.backends.null:NullModel")


@dataclass(frozen=True, kw_only=True)
class Bench:
    """A folder in which workers run."""

    folder: Path
    events: list[Event] = field(default_factory=list)

    def python(self, code: str, name: str = "predict") -> Component:
        """A system under test from the source of a Python file."""
        file = self.folder / "user.py"
        file.write_text(code, encoding="utf-8")
        return Component(
            name="python",
            factory="cm_mlperf.components.backends.python:PythonModel",
            options={"model": f"{file}:{name}"},
        )

    def run(
        self,
        scenario: str = "SingleStream",
        mode: str = "performance",
        *,
        conf: Mapping[str, float] | None = None,
        hang_s: float = 30.0,
        on_event: Callable[[Event], None] | None = None,
        **spec: Any,
    ) -> Event:
        """Run a worker and return its last event."""
        # Server must hold its latency on a busy machine, too.
        lines = {
            "min_duration": 300,
            "target_latency": 200 if scenario == "Server" else 0.002,
            "target_qps": 500,
        }
        lines = {**lines, **(conf or {})}
        (self.folder / "user.conf").write_text(conf_text(scenario, lines), encoding="utf-8")
        parts = {"dataset": RANDOM, "sut": NULL, "job": "test", **spec}
        made = WorkerSpec(folder=str(self.folder), scenario=scenario, mode=mode, **parts)
        around = Surroundings(env=dict(os.environ), cwd=self.folder)
        return run_worker(made, around, hang_s=hang_s, on_event=on_event or self.events.append)

    @property
    def console(self) -> str:
        """What user code printed."""
        return (self.folder / "console.log").read_text(encoding="utf-8")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A place for workers."""
    return Bench(folder=tmp_path)
