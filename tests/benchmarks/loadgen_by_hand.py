"""The simplest loops around LoadGen, to compare the plugin with: ``loadgen_by_hand.py FOLDER SCENARIO LOOP``.

``bare`` completes each query at once with a zero that is always the same; ``batched`` does so 256 samples at a
time; ``model`` takes the samples out of an array and gives them to a function, as a program with a model must.
Answers are written as late as they are needed, and nothing is checked, counted or shown.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable
from typing import Any

import mlperf_loadgen as loadgen
import numpy as np
from numpy.typing import NDArray

SAMPLES, VALUES, BATCH, BYTES = 256, 64, 256, 8

Issue = Callable[[list[int], list[int]], None]
complete: Callable[[list[Any]], None] = loadgen.QuerySamplesComplete
response: Callable[[int, int, int], Any] = loadgen.QuerySampleResponse


def bare() -> Issue:
    zero = np.zeros(1, np.int64)
    address = zero.ctypes.data

    def issue(ids: list[int], indices: list[int], keep: object = zero) -> None:
        complete([response(key, address, BYTES) for key in ids])

    return issue


def batched() -> Issue:
    whole = bare()

    def issue(ids: list[int], indices: list[int]) -> None:
        for place in range(0, len(ids), BATCH):
            whole(ids[place : place + BATCH], indices)

    return issue


def model() -> Issue:
    samples = np.random.default_rng(1).random((SAMPLES, VALUES), dtype=np.float32)
    zeros = np.zeros((BATCH, 1), np.int64)

    def predict(batch: NDArray[np.float32]) -> NDArray[np.int64]:
        return zeros[: len(batch)]

    def issue(ids: list[int], indices: list[int]) -> None:
        for place in range(0, len(ids), BATCH):
            answers = predict(samples[indices[place : place + BATCH]])
            address = answers.ctypes.data
            part = ids[place : place + BATCH]
            complete([response(key, address + BYTES * row, BYTES) for row, key in enumerate(part)])

    return issue


def main(folder: str, scenario: str, loop: str) -> None:
    settings = loadgen.TestSettings()
    settings.scenario = getattr(loadgen.TestScenario, scenario)
    settings.mode = loadgen.TestMode.PerformanceOnly
    settings.FromConfig(f"{folder}/user.conf", "any", scenario)
    output = loadgen.LogOutputSettings()
    output.outdir = folder
    logs = loadgen.LogSettings()
    logs.enable_trace = False
    logs.log_output = output
    issue = {"bare": bare, "batched": batched, "model": model}[loop]()
    system = loadgen.ConstructFastSUT(issue, lambda: None)
    library = loadgen.ConstructQSL(SAMPLES, SAMPLES, lambda indices: None, lambda indices: None)
    loadgen.StartTestWithLogSettings(system, library, settings, logs, "")
    print("peak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


if __name__ == "__main__":
    main(*sys.argv[1:])
