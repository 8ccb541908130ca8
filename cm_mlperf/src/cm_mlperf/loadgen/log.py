"""Reads what LoadGen writes: the detail log of a run, and the answers of an accuracy run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from cm_core import NotFoundError
from cm_core.base import DamagedError
from cm_mlperf.loadgen.scenario import Scenario, parse_scenario

DETAIL = "mlperf_log_detail.txt"
SUMMARY = "mlperf_log_summary.txt"
ACCURACY = "mlperf_log_accuracy.json"
T = TypeVar("T")
_MARK = ":::MLLOG "
# Scenario -> middle of the keys of its percentiles; a MultiStream latency is that of a query of 8 samples.
_PERCENTILES = ("50.00", "90.00", "95.00", "97.00", "99.00", "99.90")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadGenLog:
    """A detail log.

    Attributes:
        path: the file.
        values: key -> value; of a key that is logged often, the last.
        errors: texts of the entries that LoadGen marks as errors.
        warnings: the same for warnings.
    """

    path: Path
    values: Mapping[str, Any]
    errors: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def scenario(self) -> Scenario:
        return parse_scenario(str(self.values.get("effective_scenario", "")))

    @property
    def mode(self) -> str:
        """``PerformanceOnly``, ``AccuracyOnly`` and the like."""
        return str(self.values.get("effective_test_mode", ""))

    @property
    def complete(self) -> bool:
        """Whether the run came to its end; a killed one writes no count of errors."""
        return "num_errors" in self.values or self.mode == "AccuracyOnly"

    @property
    def valid(self) -> bool:
        """LoadGen's own verdict: ``VALID`` and no error."""
        return self.values.get("result_validity") == "VALID" and not self.errors

    @property
    def why_invalid(self) -> str:
        """Reasons of LoadGen in one line; ``""`` for a valid run."""
        if self.valid:
            return ""
        parts = [str(self.values.get("result_invalid_reason", "")).strip(), *self.errors]
        checks = {
            "result_min_duration_met": "it did not last the minimum duration",
            "result_min_queries_met": "it had fewer queries than required",
            "result_perf_constraints_met": "the latency bound was exceeded too often",
            "early_stopping_met": "too few queries for the percentile (early stopping)",
        }
        parts += [text for key, text in checks.items() if self.values.get(key) is False]
        return (
            "; ".join(dict.fromkeys(part.rstrip(". ") for part in parts if part)) or "LoadGen gave no reason"
        )

    @property
    def result(self) -> float | None:
        """The result of a performance run in the unit of its scenario; ``None`` without one."""
        value = self.values.get(self.scenario.result_key)
        return None if value is None else float(value) * self.scenario.result_scale

    @property
    def latencies_ms(self) -> dict[str, float]:
        """``min``, ``mean``, ``p50`` … ``p99.9``, ``max`` in milliseconds, of queries."""
        keys = {"min": "result_min_latency_ns", "mean": "result_mean_latency_ns"}
        keys |= {_short(p): f"result_{p}_percentile_latency_ns" for p in _PERCENTILES}
        keys["max"] = "result_max_latency_ns"
        return {name: self.values[key] / 1e6 for name, key in keys.items() if key in self.values}


def read_detail_log(path: Path) -> LoadGenLog:
    """Read a detail log.

    Args:
        path: the file, or the folder that holds it.

    Raises:
        NotFoundError: when there is none.
        DamagedError: when it is not one.
    """
    file = path / DETAIL if path.is_dir() else path
    values: dict[str, Any] = {}
    errors: list[str] = []
    warnings: list[str] = []
    for entry in _entries(file):
        key, value, facts = entry["key"], entry["value"], entry.get("metadata", {})
        values[key] = value
        if facts.get("is_error"):
            errors.append(f"{key}: {value}")
        elif facts.get("is_warning"):
            warnings.append(f"{key}: {value}")
    if not values:
        raise DamagedError(f"{file} is not a detail log of LoadGen", hint="it has no ':::MLLOG' line")
    return LoadGenLog(path=file, values=values, errors=tuple(errors), warnings=tuple(warnings))


def read_answers(path: Path) -> dict[int, bytes]:
    """The answers of an accuracy run, by sample index; each sample once, though LoadGen may log it twice.

    MultiStream pads its last query with samples that were asked already.

    Raises:
        NotFoundError: when there is no such file.
        DamagedError: when it is damaged.
    """
    return dict(read_all_answers(path))


def read_all_answers(path: Path) -> list[tuple[int, bytes]]:
    """The same with several answers of one sample, in the order of the log.

    Raises:
        NotFoundError, DamagedError: as :func:`read_answers`.
    """
    return read_entries(path, lambda entry: (int(entry["qsl_idx"]), bytes.fromhex(entry["data"])))


def read_entries(path: Path, make: Callable[[Mapping[str, Any]], T]) -> list[T]:
    """What is made of each entry of an accuracy log.

    Raises:
        NotFoundError, DamagedError: as :func:`read_answers`.
    """
    file = path / ACCURACY if path.is_dir() else path
    try:
        return [make(entry) for entry in json.loads(file.read_text(encoding="utf-8"))]
    except FileNotFoundError as error:
        raise NotFoundError(f"there is no file {file}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedError(f"{file} is not an accuracy log of LoadGen: {error}") from error


def _entries(file: Path) -> Iterable[dict[str, Any]]:
    try:
        with file.open(encoding="utf-8", errors="replace") as stream:
            lines = stream.readlines()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise NotFoundError(f"there is no detail log {file}") from error
    marked = [line[len(_MARK) :] for line in lines if line.startswith(_MARK)]
    try:
        # All at once takes half the time of one by one, and a published round has a million lines.
        entries = json.loads(f"[{','.join(marked)}]")
    except ValueError:
        return _entries_one_by_one(file, lines)
    good = len(entries) == len(marked) and all(map(_is_entry, entries))
    return entries if good else _entries_one_by_one(file, lines)


def _entries_one_by_one(file: Path, lines: Sequence[str]) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines, start=1):
        if not line.startswith(_MARK):
            continue
        try:
            entry = _entry(line)
        except ValueError as error:
            # The last line of a killed run may be cut off; everything before it counts.
            if line.endswith("\n"):
                raise DamagedError(f"{file}, line {number}: not a log entry: {error}") from error
        else:
            yield entry


def _entry(line: str) -> dict[str, Any]:
    entry: dict[str, Any] = json.loads(line[len(_MARK) :])
    if not _is_entry(entry):
        raise ValueError("it is not an object with key, value and metadata")
    return entry


def _is_entry(entry: object) -> bool:
    return (
        isinstance(entry, dict)
        and "key" in entry
        and "value" in entry
        and isinstance(entry.get("metadata", {}), dict)
    )


def _short(percentile: str) -> str:
    return "p" + percentile.rstrip("0").rstrip(".")
