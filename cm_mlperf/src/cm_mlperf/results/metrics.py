"""The numbers of a run as one flat mapping, for programs that want no more: experiments, dashboards, CI."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core import NotFoundError
from cm_core.base import atomic_write_json, user_path
from cm_mlperf.flags import METRICS_FILE
from cm_mlperf.loadgen.scenario import parse_scenario

if TYPE_CHECKING:
    from cm_mlperf.record.layout import PerformanceResult, TestRecord

_LATENCIES = ("mean", "p50", "p90", "p99")


def metrics_of(tests: Iterable[TestRecord]) -> dict[str, float | bool]:
    """Metrics of finished tests: the scenario in small letters, ``_``, and what it is.

    ``offline_throughput`` and ``server_throughput`` are samples a second, ``singlestream_latency_ms`` and
    ``multistream_latency_ms`` what LoadGen reports; an accuracy bears the name of its metric. ``valid`` says
    whether LoadGen calls all performance tests valid; without any there is none.
    """
    found: dict[str, float | bool] = {}
    verdicts = []
    for test in tests:
        prefix = test.scenario.lower()
        if test.performance is not None and test.mode == "performance":
            verdicts.append(test.performance.valid)
            found |= {f"{prefix}_{key}": value for key, value in _values_of(test.performance, test).items()}
        elif test.performance is not None and test.mode == "find-peak" and test.performance.value is not None:
            found[f"{prefix}_peak_throughput"] = test.performance.value
        elif test.accuracy is not None:
            found[f"{prefix}_{_word(test.accuracy.metric)}"] = test.accuracy.value
    return {"valid": all(verdicts), **found} if verdicts else found


def metrics_file(text: str, cwd: Path) -> Path | None:
    """The file of ``--result``: ``cm-result.json`` without a value or in a folder; ``None`` without the flag.

    Raises:
        NotFoundError: when its folder does not exist.
    """
    if not text:
        return None
    path = cwd / user_path(text)
    if path.is_dir():
        return path / METRICS_FILE
    folder = path if text.endswith(("/", "\\")) else path.parent
    if not folder.is_dir():
        raise NotFoundError(f"there is no folder {folder} for --result")
    return path


def write_metrics(file: Path, run: str, level: str, metrics: dict[str, float | bool]) -> None:
    """Write them, with the name and level of the run, in one step.

    Raises:
        CMError: when the file cannot be written.
    """
    atomic_write_json(file, {"run": run, "level": level, **metrics})


def _values_of(result: PerformanceResult, test: TestRecord) -> dict[str, Any]:
    scenario = parse_scenario(test.scenario)
    name = "latency_ms" if scenario.lower_is_better else "throughput"
    values = {
        name: result.value,
        **{f"{key}_ms": result.latencies_ms.get(key) for key in _LATENCIES},
        "valid": result.valid,
        "queries": result.queries,
        "samples": result.samples,
        "duration_s": result.duration_s,
        "memory_mb": test.peak_memory_mb,
    }
    return {key: value for key, value in values.items() if value is not None}


def _word(metric: str) -> str:
    """A name of a metric that expressions can hold."""
    return re.sub(r"\W+", "_", metric.lower()).strip("_")
