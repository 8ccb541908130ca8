"""Stops steps that are worse than most others were at the same point (the median rule).

A command says how far it is with lines of JSON that hold the metric, such as ``{"epoch": 3, "loss": 0.4}``.
The files are watched where they lie, so a step that runs where this machine sees no files is never pruned.
"""

from __future__ import annotations

import contextlib
import statistics
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cm_experiment.executors.task import STOP_FILE
from cm_experiment.record.layout import STDOUT_FILE
from cm_experiment.record.metrics import flat, objects_in, scalars
from cm_experiment.run.recorder import PRUNED

if TYPE_CHECKING:
    from cm_experiment.record.layout import Row, Step, Study

_LOOK_S = 0.3
# As many steps have to be there to be compared with.
_FEWEST_OTHERS = 3


class Pruner:
    """Watches steps that run.

    Args:
        study: its first objective is what counts.
        done: steps of an earlier try; what they reported on the way is read from their folders.
    """

    def __init__(self, study: Study, done: Sequence[Row]) -> None:
        first = study.objectives[0]
        self._metric = first.metric
        self._sign = 1.0 if first.direction == "minimize" else -1.0
        self._curves: dict[str, list[float]] = {}
        self._folders: dict[str, Path] = {}
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._earlier = [row.uid for row in done if row.state == "finished"]
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def watch(self, step: Step, folder: Path) -> None:
        """A step begins."""
        with self._lock:
            for uid in self._earlier:
                self._curves[uid] = self._curve(folder.parent / uid)
            self._earlier = []
            self._folders[step.uid] = folder

    def ended(self, uid: str) -> None:
        """A step has ended; others are compared with what it reported."""
        with self._lock:
            folder = self._folders.pop(uid, None)
            if folder is not None and not (folder / STOP_FILE).exists():
                self._curves[uid] = self._curve(folder)

    def close(self) -> None:
        """Stop watching."""
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(_LOOK_S):
            with self._lock:
                for folder in self._folders.values():
                    self._judge(folder)

    def _judge(self, folder: Path) -> None:
        curve = self._curve(folder)
        if not curve:
            return
        place = len(curve) - 1
        others = [min(other[: place + 1]) for other in self._curves.values() if len(other) > place]
        if len(others) < _FEWEST_OTHERS:
            return
        middle = statistics.median(others)
        if min(curve) > middle:
            text = f"{PRUNED}{self._metric} {self._sign * min(curve):g} after {place + 1} reports,"
            with contextlib.suppress(OSError):
                (folder / STOP_FILE).write_text(
                    f"{text} where most had {self._sign * middle:g}", encoding="utf-8"
                )

    def _curve(self, folder: Path) -> list[float]:
        """What a step reported on the way, as values of which the smaller is the better."""
        with contextlib.suppress(OSError):
            first = folder / "repeat-1"
            text = ((first if first.is_dir() else folder) / STDOUT_FILE).read_text(
                encoding="utf-8", errors="replace"
            )
            reports = (scalars(flat(data)).get(self._metric) for data in objects_in(iter(text.splitlines())))
            return [self._sign * value for value in reports if isinstance(value, int | float)]
        return []
