"""A run of all four scenarios, really measured with LoadGen once for all tests of this folder."""

import dataclasses
import json
import platform
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

from cm_core import write_meta
from cm_mlperf.interfaces import AccuracyResult
from cm_mlperf.loadgen.log import read_answers, read_detail_log
from cm_mlperf.loadgen.scenario import SCENARIOS
from cm_mlperf.record.layout import (
    DataSetFacts,
    Histogram,
    ModelFacts,
    PerformanceResult,
    RunFolder,
    RunRecord,
    SystemFacts,
    TestRecord,
)

WORKER = Path(__file__).with_name("one_loadgen_run.py")
NAME = "clusters-python-cpu-demo-1a2b"


def describe(folder: Path, level: str = "demo") -> RunRecord:
    """The record of the run that the worker makes."""
    return RunRecord(
        name=folder.name,
        created="2026-01-02T03:04:05Z",
        command=("cm", "run", "mlperf", "--model=clusters", "--dataset=points & more.npz"),
        digest="1a2b" * 16,
        level=level,
        round="v6.1",
        division="open",
        category="edge",
        submitter="Example Lab",
        system_name="bench-1",
        model=ModelFacts(name="clusters", benchmark="resnet", source="tests"),
        dataset=DataSetFacts(name="points", size=360, performance_samples=360),
        system=SystemFacts(
            backend="python",
            backend_version=platform.python_version(),
            batch_size=64,
            description={
                "status": "available",
                "system_name": "Bench <1>",
                "number_of_nodes": "1",
                "host_processor_model_name": platform.processor() or "unknown",
                "host_processors_per_node": "1",
                "host_processor_core_count": "2",
                "accelerator_model_name": "N/A",
                "accelerators_per_node": "0",
                "operating_system": platform.platform(),
                "sw_notes": 'said "fine", and <b>bold</b>',
            },
        ),
        versions={name: version(name) for name in ("mlcommons-loadgen", "numpy")},
        repositories={"local": "none"},
        load_average=0.5,
    )


def measure(
    folder: Path, record: RunRecord, scenario: str, mode: str, *, milliseconds: int = 300, queries: int = 0
) -> TestRecord:
    """One LoadGen run with its logs in a new folder, and its record from the logs alone.

    Args:
        queries: run so many instead of as many as are valid.
    """
    folder.mkdir(parents=True)
    started = time.monotonic()
    words = [sys.executable, str(WORKER), scenario, mode, str(folder), str(milliseconds), str(queries)]
    subprocess.run(words, check=True, capture_output=True, timeout=60)
    seconds = time.monotonic() - started
    seen = json.loads((folder / "seen.json").read_text(encoding="utf-8"))
    common = {
        "scenario": scenario,
        "mode": mode,
        "state": "finished",
        "digest": record.digest,
        "settings": seen["settings"],
        "started": "2026-01-02T03:04:06Z",
        "seconds": seconds,
    }
    if mode == "accuracy":
        answers = read_answers(folder)
        good = sum(int.from_bytes(data, "little") == seen["labels"][place] for place, data in answers.items())
        value = 100 * good / len(answers)
        text = f"accuracy={value:.3f}%, good={good}, total={len(answers)}"
        result = AccuracyResult(metric="accuracy", value=value, samples=len(answers), text=text)
        return TestRecord(**common, accuracy=result)
    log = read_detail_log(folder)
    edges = np.geomspace(min(seen["latencies_ms"]), max(seen["latencies_ms"]) * 1.0001, 41)
    counts, _ = np.histogram(seen["latencies_ms"], bins=edges)
    performance = PerformanceResult(
        value=log.result,
        unit=log.scenario.unit,
        valid=log.valid,
        reason=log.why_invalid,
        queries=int(log.values["result_query_count"]),
        samples=int(log.values["result_query_count"]) * int(log.values["effective_samples_per_query"]),
        duration_s=seconds_of(log),
        latencies_ms=log.latencies_ms,
    )
    histogram = Histogram(edges_ms=tuple(map(float, edges)), counts=tuple(map(int, counts)))
    return TestRecord(**common, performance=performance, histogram=histogram)


def seconds_of(log) -> float:
    """Length of the measurement: all queries of the streams one after the other, else by the throughput."""
    queries = int(log.values["result_query_count"])
    if log.scenario.name.endswith("Stream"):
        return queries * log.latencies_ms["mean"] / 1e3
    return (queries if queries > 1 else log.values["effective_samples_per_query"]) / log.result


@pytest.fixture(scope="session")
def measured_run(tmp_path_factory) -> RunFolder:
    """A finished run; do not change it."""
    pytest.importorskip("mlperf_loadgen")
    run = RunFolder(tmp_path_factory.mktemp("measured") / NAME)
    run.path.mkdir()
    description = describe(run.path)
    run.write(description)
    tests = [(scenario.name, mode) for scenario in SCENARIOS for mode in ("performance", "accuracy")]
    with ThreadPoolExecutor(max_workers=2) as pool:
        for record in pool.map(lambda test: measure(run.test_folder(*test), description, *test), tests):
            run.write_test(record)
    return run


@pytest.fixture
def measured():
    """The function :func:`measure`."""
    return measure


@pytest.fixture
def run_folder(measured_run, tmp_path) -> RunFolder:
    """A copy of the run, without logs, that a test may change."""
    copy = RunFolder(tmp_path / "copy" / NAME)
    shutil.copytree(measured_run.path, copy.path, ignore=shutil.ignore_patterns("mlperf_log_*", "seen.json"))
    return copy


@pytest.fixture
def add_run(cm_session, measured_run):
    """Makes the run an artifact of the session's home: ``add_run(name, level)``."""

    def add(name: str = NAME, level: str = "demo") -> RunFolder:
        folder = cm_session.repos.local.root / "mlperf" / name
        ignored = shutil.ignore_patterns("mlperf_log_*", "seen.json")
        shutil.copytree(measured_run.path, folder, ignore=ignored)
        meta = {"alias": name, "uid": f"{abs(hash(name)):016x}"[:16], "tags": ["mlperf", "run"]}
        write_meta(
            folder,
            {**meta, "automation_alias": "mlperf", "automation_uid": "a41cb8e6c8f7b7b7"},
            as_yaml=False,
        )
        run = RunFolder(folder)
        run.write(dataclasses.replace(run.read(), name=name, level=level))
        cm_session.index.note_written(folder)
        return run

    return add
