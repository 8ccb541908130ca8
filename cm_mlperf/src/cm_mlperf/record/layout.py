"""What a run leaves on disk, typed: ``run.json`` and, for each LoadGen run, ``test.json`` beside its logs.

A run is an artifact of the kind ``mlperf`` in the local repository::

    mlperf/<name>/_cm.json, run.json
    mlperf/<name>/<Scenario>/<mode>/test.json, user.conf, mlperf_log_*.txt, accuracy.txt, console.log
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from cm_core import NotFoundError, frozen
from cm_core.base import Format, Record
from cm_mlperf.interfaces import AccuracyResult
from cm_mlperf.loadgen.scenario import MODES, SCENARIOS

RUN_FILE = "run.json"
TEST_FILE = "test.json"
# Where a model comes from when the user named its file.
OWN_FILE = "given as a file"
# Artifacts with this tag are no runs: they hold results of others.
IMPORT_TAG = "imported-results"

Level = Literal["demo", "short", "official"]
State = Literal["running", "finished", "failed", "interrupted"]


@frozen
class ModelFacts(Record):
    """The model of a run.

    Attributes:
        name: as typed, and the folder of a submission.
        benchmark: official benchmark that it is or is mapped to, for example ``resnet``; may be empty.
        sha256: of the model file; ``""`` when there is no file.
        weight_transformations: ``none``, or what was done to the weights.
        equivalent: that the user states that a model of their own computes what the benchmark's does.
    """

    name: str
    benchmark: str = ""
    path: str = ""
    sha256: str = ""
    source: str = ""
    precision: str = "fp32"
    input_data_types: str = "fp32"
    weight_data_types: str = "fp32"
    weight_transformations: str = "none"
    retraining: str = "no"
    equivalent: bool = False

    @property
    def own(self) -> bool:
        """Whether it is a file of the user's own, whatever its name is."""
        return self.source == OWN_FILE


@frozen
class DataSetFacts(Record):
    """The data set of a run; ``performance_samples`` are kept in memory in performance mode."""

    name: str
    size: int
    performance_samples: int
    path: str = ""


@frozen
class SystemFacts(Record):
    """How the model is run, and on what.

    Attributes:
        description: keys of the official system description that could be detected.
    """

    backend: str
    backend_version: str = ""
    device: str = "cpu"
    batch_size: int = 1
    workers: int = 1
    threads: int = 0
    description: Mapping[str, str] = field(default_factory=dict)


@frozen
class RunRecord(Record):
    """``run.json``: what was measured, with what, and how to do it again.

    Attributes:
        command: words to type to get the same run.
        digest: hash of everything that changes results; a finished test with the same one is not repeated.
        versions: of Python packages that matter.
        made_by: distribution and version of back end, data set, accuracy and recipes, which belong to the
            digest.
        repositories: clones with the recipes that gave model and data: alias -> commit and address.
        probe: measurements before the first LoadGen run.
        load_average: of the machine at the start, ``None`` where it is unknown.
    """

    name: str
    created: str
    command: tuple[str, ...]
    digest: str
    level: Level
    round: str
    division: str
    category: str
    submitter: str
    system_name: str
    model: ModelFacts
    dataset: DataSetFacts
    system: SystemFacts
    versions: Mapping[str, str] = field(default_factory=dict)
    made_by: Mapping[str, str] = field(default_factory=dict)
    repositories: Mapping[str, str] = field(default_factory=dict)
    probe: Mapping[str, Any] = field(default_factory=dict)
    load_average: float | None = None

    @property
    def official(self) -> bool:
        """Whether its results may be compared with official ones at all."""
        return self.level == "official"


@frozen
class PerformanceResult(Record):
    """The outcome of a performance run.

    Attributes:
        value: in ``unit``; ``None`` when LoadGen computed none.
        valid: LoadGen's verdict.
        reason: why it is not valid.
        latencies_ms: ``min``, ``mean``, ``p50`` … ``max`` of queries.
    """

    value: float | None
    unit: str
    valid: bool
    reason: str = ""
    queries: int = 0
    samples: int = 0
    duration_s: float = 0.0
    latencies_ms: Mapping[str, float] = field(default_factory=dict)


@frozen
class Histogram(Record):
    """Latencies of queries as measured in the system under test; bucket ``i`` ends at ``edges_ms[i + 1]``."""

    edges_ms: tuple[float, ...]
    counts: tuple[int, ...]


@frozen
class TestRecord(Record):
    """``test.json``: one LoadGen run.

    Attributes:
        mode: ``performance``, ``accuracy``, ``find-peak`` or a compliance test.
        settings: lines of ``user.conf``: key -> value.
        started: UTC, ISO 8601.
        error: one sentence when it failed.
        sources: files that the process has read, outside of installations: path -> state, see
            :mod:`cm_mlperf.run.sources`. A test whose files have changed is measured again.
        versions: of the distributions that the process had imported, and of Python.
    """

    __test__ = False  # not a test of pytest

    scenario: str
    mode: str
    state: State
    digest: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    started: str = ""
    seconds: float = 0.0
    error: str = ""
    performance: PerformanceResult | None = None
    accuracy: AccuracyResult | None = None
    histogram: Histogram | None = None
    peak_memory_mb: float | None = None
    sources: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)


_HINT = "a run with the same --name rewrites it; cm rm mlperf NAME removes it"
RUN_FORMAT = Format(record=RunRecord, version_key="schema", hint=_HINT, distribution="cm-plugin-mlperf")
TEST_FORMAT = Format(record=TestRecord, hint=_HINT)


@dataclass(frozen=True, slots=True)
class RunFolder:
    """A run on disk."""

    path: Path

    def test_folder(self, scenario: str, mode: str) -> Path:
        """Where the logs of one LoadGen run are."""
        return self.path / scenario / mode

    def read(self) -> RunRecord:
        """The record of the run.

        Raises:
            NotFoundError: when there is none.
            DamagedError, NewerRecordError: when it holds something else.
        """
        return RUN_FORMAT.read(self.path / RUN_FILE)

    def write(self, record: RunRecord) -> None:
        """Replace the record in one step."""
        RUN_FORMAT.write(self.path / RUN_FILE, record)

    def read_test(self, scenario: str, mode: str) -> TestRecord | None:
        """The record of one LoadGen run, ``None`` when it was never started.

        Raises:
            DamagedError, NewerRecordError: when it holds something else.
        """
        try:
            return read_test_file(self.test_folder(scenario, mode) / TEST_FILE)
        except NotFoundError:
            return None

    def write_test(self, record: TestRecord) -> None:
        """Replace the record of one LoadGen run in one step."""
        folder = self.test_folder(record.scenario, record.mode)
        folder.mkdir(parents=True, exist_ok=True)
        TEST_FORMAT.write(folder / TEST_FILE, record)

    def tests(self) -> Iterator[TestRecord]:
        """All LoadGen runs there are, in the order of scenarios and modes."""
        for scenario in SCENARIOS:
            for mode in MODES:
                if (record := self.read_test(scenario.name, mode)) is not None:
                    yield record


def read_test_file(file: Path) -> TestRecord:
    """The record of one LoadGen run wherever it is, for example in the history of a run.

    Raises:
        NotFoundError: when there is none.
        DamagedError, NewerRecordError: when it holds something else.
    """
    return TEST_FORMAT.read(file)
