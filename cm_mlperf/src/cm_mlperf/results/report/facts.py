"""What a report tells, read once from the run; HTML and Markdown are two forms of it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cm_mlperf.loadgen.audits import COMPLIANCE
from cm_mlperf.loadgen.scenario import SCENARIOS, Scenario, parse_scenario
from cm_mlperf.record.layout import PerformanceResult, RunFolder, RunRecord, TestRecord
from cm_mlperf.results.table import trouble, verdict

Pairs = tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioFacts:
    """One scenario: its performance run and its accuracy run, as far as there are any."""

    scenario: Scenario
    performance: TestRecord | None
    accuracy: TestRecord | None

    @property
    def measured(self) -> PerformanceResult | None:
        return self.performance.performance if self.performance else None

    @property
    def verdict(self) -> str:
        return verdict(self.performance)

    @property
    def samples_per_second(self) -> float | None:
        """What was really done in the time of the measurement."""
        if self.measured is None or not self.measured.duration_s or not self.measured.samples:
            return None
        return self.measured.samples / self.measured.duration_s

    @property
    def bound_ms(self) -> float | None:
        """The latency that Server must keep, when the settings of the run say so."""
        if self.scenario.name != "Server" or self.performance is None:
            return None
        values = [value for key, value in self.performance.settings.items() if key.endswith("target_latency")]
        return float(values[0]) if values else None

    @property
    def latency_of(self) -> str:
        """What the latencies are of."""
        if self.scenario.samples_per_query == 0:
            return "time from the start until a sample was done"
        several = self.scenario.samples_per_query
        return "latency of a query" + (f" of {several} samples" if several > 1 else "")


# Flags of the last command of a run, which may have asked for some of its tests only.
_REPLACED = frozenset(("--scenario", "--all_scenarios", "--mode", "--compliance"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFacts:
    """A run as a report shows it.

    Attributes:
        extra_tests: LoadGen runs of other modes: search for the peak, compliance.
    """

    record: RunRecord
    scenarios: tuple[ScenarioFacts, ...]
    extra_tests: tuple[TestRecord, ...]
    troubles: tuple[str, ...]

    @property
    def title(self) -> str:
        system = self.record.system
        return f"{self.record.model.name} with {system.backend} on {system.device}"

    @property
    def when(self) -> str:
        """Start of the run, in UTC."""
        try:
            start = datetime.fromisoformat(self.record.created)
        except ValueError:
            return self.record.created
        start = start.replace(tzinfo=UTC) if start.tzinfo is None else start.astimezone(UTC)
        return f"{start:%Y-%m-%d %H:%M} UTC"

    @property
    def command(self) -> str:
        """What to type to repeat the run."""
        return shlex.join(self.words)

    @property
    def words(self) -> tuple[str, ...]:
        """The command of the record, for all tests that the run has by now; none rests on a finished one."""
        words = [word for word in self.record.command if word.partition("=")[0] not in _REPLACED]
        names = [one.scenario.name for one in self.scenarios]
        modes = self._modes
        if len(names) < len(SCENARIOS):
            words.append(f"--scenario={','.join(names)}")
        if not modes >= {"performance", "accuracy"}:
            words.append(f"--mode={','.join(sorted(modes.difference(COMPLIANCE)))}")
        if compliance := modes.intersection(COMPLIANCE):
            words.append(f"--compliance={','.join(sorted(compliance))}")
        return (*words, "--rerun")

    @property
    def _modes(self) -> set[str]:
        tests = [test for one in self.scenarios for test in (one.performance, one.accuracy) if test]
        return {test.mode for test in (*tests, *self.extra_tests)}

    @property
    def settings(self) -> dict[str, Pairs]:
        """Scenario and mode -> lines of ``user.conf``."""
        tests = [test for one in self.scenarios for test in (one.performance, one.accuracy) if test]
        return {
            f"{test.scenario}, {test.mode}": tuple(test.settings.items())
            for test in (*tests, *self.extra_tests)
            if test.settings
        }

    @property
    def groups(self) -> dict[str, Pairs]:
        """Heading -> facts, for what is listed as it is."""
        record, model, system = self.record, self.record.model, self.record.system
        peak = [
            test.peak_memory_mb for one in self.scenarios if (test := one.performance) and test.peak_memory_mb
        ]
        return {
            "Model and data": _known(
                ("model", model.name),
                ("benchmark", model.benchmark),
                ("file", model.path),
                ("SHA-256", model.sha256),
                ("source", model.source),
                ("weights", model.weight_data_types),
                ("inputs", model.input_data_types),
                ("weight transformations", model.weight_transformations),
                ("retraining", model.retraining),
                ("data set", record.dataset.name),
                ("samples", record.dataset.size),
                ("samples in memory", record.dataset.performance_samples),
                ("data", record.dataset.path),
            ),
            "Configuration": _known(
                ("back end", f"{system.backend} {system.backend_version}".strip()),
                ("device", system.device),
                ("batch size", system.batch_size),
                ("workers", system.workers),
                ("threads", system.threads or None),
                ("level", record.level),
                ("round", record.round),
                ("division", record.division),
                ("category", record.category),
                ("submitter", record.submitter),
                ("digest of the configuration", record.digest[:16]),
            ),
            "Probe before the run": tuple(flat(record.probe)),
            "System": _known(
                ("name", record.system_name),
                *((key.replace("_", " "), value) for key, value in system.description.items()),
                ("load average at the start", record.load_average),
                ("peak memory of a run, MB", max(peak, default=None)),
            ),
            "Versions": _known(*record.versions.items()),
            "Recipe repositories": _known(*record.repositories.items()),
        }


def read_facts(folder: RunFolder) -> ReportFacts:
    """Read a run.

    Raises:
        NotFoundError: when there is no record of the run.
        MetaError: when a record is damaged.
    """
    tests = {(test.scenario, test.mode): test for test in folder.tests()}
    names = list(dict.fromkeys(scenario for scenario, _ in tests))
    return ReportFacts(
        record=folder.read(),
        scenarios=tuple(
            ScenarioFacts(
                scenario=parse_scenario(name),
                performance=tests.get((name, "performance")),
                accuracy=tests.get((name, "accuracy")),
            )
            for name in names
        ),
        extra_tests=tuple(
            test for (_, mode), test in tests.items() if mode not in ("performance", "accuracy")
        ),
        troubles=tuple(line for test in tests.values() if (line := trouble(test))),
    )


def flat(data: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Nested facts as one list: ``batch 8, latency ms`` -> 1.2."""
    for key, value in data.items():
        name = f"{prefix}{str(key).replace('_', ' ')}"
        if isinstance(value, Mapping):
            yield from flat(value, f"{name}, ")
        elif isinstance(value, list | tuple):
            if any(isinstance(part, Mapping) for part in value):
                yield from flat({str(place): part for place, part in enumerate(value, start=1)}, f"{name} ")
            else:
                yield name, ", ".join(map(_words, value))
        else:
            yield name, value


def _words(value: Any) -> str:
    return " ".join(map(_words, value)) if isinstance(value, list | tuple) else str(value)


def _known(*pairs: tuple[str, Any]) -> Pairs:
    return tuple((key, value) for key, value in pairs if value not in ("", None))
