"""The row of a result: own runs, the official checker's CSV and public result files all become this."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from cm_core.base import to_number, to_whole
from cm_mlperf.results.policy import MARK
from cm_mlperf.results.units import UNITS, lower_is_better

# A number where there is one, else what others wrote: "4 (big); 4 (LITTLE)", "N/A".
Mixed = int | float | str | None
NOTHING: Mapping[str, Any] = MappingProxyType({})
_SAMPLES_PER_QUERY = {"SingleStream": 1, "MultiStream": 8}
_NO_ACCELERATOR = frozenset(("n/a", "na", "-", "none"))
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


class ResultRow(NamedTuple):
    """One measurement: a model in a scenario on a system.

    A named tuple and no dataclass, since tens of thousands of them are made at once, which is ten times
    faster so; always give values by name.

    Attributes:
        uid: of the row, 16 hexadecimal digits.
        source: name of the run or of the import that it comes from.
        own: whether it was measured here.
        suite: ``inference``, ``automotive``, ``training`` or ``tiny``.
        version: the round, ``v5.1``.
        organization: who submitted it.
        availability: ``available``, ``preview``, ``rdi`` …
        division: ``closed``, ``open`` or ``network``.
        category: ``edge``, ``datacenter`` or both; a row equals each of them.
        system: name of the system for people.
        platform: name of the system's folder.
        model: as submitted.
        benchmark: the official benchmark that the model is.
        scenario: ``Offline``, ``Server``, ``SingleStream``, ``MultiStream``, ``Interactive``;
            ``ConstantStream`` of automotive.
        result: in ``unit``; ``None`` when nothing was measured.
        unit: ``samples/s``, ``queries/s``, ``tokens/s``, ``ms``, ``min`` …
        accuracy: first accuracy, as the checker gives it, percent as a rule.
        accuracies: all of them as written: ``ROUGE1: 44.8  ROUGE2: 22.1``.
        power: mean power or energy of a query, in ``power_unit``.
        power_unit: ``W``, ``mJ`` or ``uJ``.
        nodes: number of machines.
        processor: model of the host processors.
        processors_per_node: how many.
        cores_per_processor: as written, a number as a rule.
        accelerator: model.
        accelerators_per_node: as written, a number as a rule.
        framework: and its version.
        operating_system: and its version.
        weights: data types of the weights.
        notes: on hardware and software.
        compliance: as the checker writes it.
        errors: number of errors.
        inferred: whether the result was inferred from another scenario.
        has_power: whether power was measured.
        design_power: of the system in watts, when it was given.
        private_id: as the checker writes it.
        location: folder of the logs in the submission, or in the run.
        url: of the logs.
        valid: verdict of LoadGen; ``None`` when it is not known here.
        level: ``demo``, ``short`` or ``official`` for own runs.
        created: time of an own run, UTC.
        queries: number of queries.
        samples: number of samples.
        duration_s: of the measurement in seconds.
        p50_ms: median latency of a query in milliseconds.
        p90_ms: 90th percentile.
        p99_ms: 99th percentile.
        noise: standard deviation over the mean of repeated runs of the same configuration.
        remarks: what was changed when it was imported: ``unit corrected: was queries/s``.
        extra: what only some suites have, under the names that they use.
    """

    uid: str = ""
    source: str = ""
    own: bool = False
    suite: str = "inference"
    version: str = ""
    organization: str = ""
    availability: str = ""
    division: str = ""
    category: tuple[str, ...] = ()
    system: str = ""
    platform: str = ""
    model: str = ""
    benchmark: str = ""
    scenario: str = ""
    result: float | None = None
    unit: str = ""
    accuracy: float | None = None
    accuracies: str = ""
    power: float | None = None
    power_unit: str = ""
    nodes: Mixed = None
    processor: str = ""
    processors_per_node: Mixed = None
    cores_per_processor: Mixed = None
    accelerator: str = ""
    accelerators_per_node: Mixed = None
    framework: str = ""
    operating_system: str = ""
    weights: str = ""
    notes: str = ""
    compliance: Mixed = None
    errors: Mixed = None
    inferred: bool = False
    has_power: bool = False
    design_power: Mixed = None
    private_id: str = ""
    location: str = ""
    url: str = ""
    valid: bool | None = None
    level: str = ""
    created: str = ""
    queries: int | None = None
    samples: int | None = None
    duration_s: float | None = None
    p50_ms: float | None = None
    p90_ms: float | None = None
    p99_ms: float | None = None
    noise: float | None = None
    remarks: str = ""
    extra: Mapping[str, Any] = NOTHING

    # -- derived -----------------------------------------------------------------------------------

    @property
    def lower_is_better(self) -> bool | None:
        """Whether a smaller result is better; ``None`` when the unit is not known."""
        return lower_is_better(self.unit)

    @property
    def official(self) -> bool:
        """Whether it may be compared with official results: a published one, or a full-length VALID one."""
        short = self.level not in ("", "official") or self.notes.startswith(MARK)
        return not short and self.valid is not False

    @property
    def throughput(self) -> float | None:
        """Samples (tokens, tasks) a second; for the stream scenarios what the latency amounts to."""
        unit = UNITS.get(self.unit)
        if self.result is None or unit is None or self.suite == "training":
            return None
        if unit.seconds is None:
            return self.result
        if self.result <= 0 or self.scenario not in _SAMPLES_PER_QUERY:
            return None
        return _SAMPLES_PER_QUERY[self.scenario] / (self.result * unit.seconds)

    @property
    def cores(self) -> int | None:
        """Processor cores of all nodes; of big and little ones the sum."""
        parts = (self.nodes, self.processors_per_node, self.cores_per_processor)
        numbers = [whole(part) for part in parts]
        return None if None in numbers else _product(numbers)

    @property
    def accelerators(self) -> int | None:
        """Accelerators of all nodes."""
        numbers = [whole(self.nodes), whole(self.accelerators_per_node)]
        return None if None in numbers else _product(numbers)

    @property
    def samples_per_joule(self) -> float | None:
        """Samples for a joule: throughput by watts, or samples of a query by its energy."""
        if not self.power or self.power < 0:
            return None
        if self.power_unit == "W":
            return None if self.throughput is None else self.throughput / self.power
        joules = UNITS[self.power_unit].joules if self.power_unit in UNITS else None
        return _SAMPLES_PER_QUERY.get(self.scenario, 1) / (self.power * joules) if joules else None

    @property
    def per_core(self) -> float | None:
        """Throughput for each processor core."""
        return self.throughput / self.cores if self.throughput is not None and self.cores else None

    @property
    def per_accelerator(self) -> float | None:
        """Throughput for each accelerator."""
        if self.throughput is None or not self.accelerators:
            return None
        return self.throughput / self.accelerators

    @property
    def per_node(self) -> float | None:
        """Throughput for each machine."""
        nodes = whole(self.nodes)
        return self.throughput / nodes if self.throughput is not None and nodes else None

    @property
    def per_watt(self) -> float | None:
        """Throughput for each watt of mean power."""
        return self.samples_per_joule if self.power_unit == "W" else None

    # -- identity ----------------------------------------------------------------------------------

    @property
    def content(self) -> tuple[Any, ...]:
        """What makes two rows the same measurement, whatever their UIDs and wherever they are stored."""
        return (
            self.suite, self.version, self.organization.casefold(), self.division, self.category,
            self.system, self.platform, self.model, self.scenario, self.location,
            self.result, self.unit, self.accuracy, self.accelerator, self.framework,
        )  # fmt: skip

    def to_json(self) -> dict[str, Any]:
        """All fields and derived values."""
        row: dict[str, Any] = {name: getattr(self, name) for name in FIELDS}
        row["category"] = list(self.category)
        row["extra"] = dict(self.extra)
        return {**row, **{name: getattr(self, name) for name in DERIVED}}


FIELDS: tuple[str, ...] = ResultRow._fields
DERIVED: tuple[str, ...] = (
    "lower_is_better",
    "official",
    "throughput",
    "cores",
    "accelerators",
    "samples_per_joule",
    "per_core",
    "per_accelerator",
    "per_node",
    "per_watt",
)


def row_uid(*parts: object) -> str:
    """A UID that is the same whenever the same thing is imported."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def number(value: object) -> int | float | None:
    """The number that a cell is, ``None`` when it is none: ``""``, ``"N/A"``, ``True``, not-a-number."""
    if value is None or value == "" or isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str):
        whole = to_whole(value)
        return to_number(value) if whole is None else whole
    try:
        found = float(value)  # type: ignore[arg-type]
    except (ValueError, TypeError):
        return None
    return found if found - found == 0 else None  # not for infinity and not-a-number


def mixed(value: object) -> Mixed:
    """A number where the cell is one, else its text; ``None`` for an empty cell."""
    found = number(value)
    if found is not None or value is None:
        return found
    return str(value).strip() or None


def whole(value: Mixed) -> int | None:
    """How many: of ``4 (big); 4 (LITTLE)`` eight, of ``6 (4 big; 2 LITTLE)`` six, of ``N/A`` none."""
    if isinstance(value, str):
        outside = re.sub(r"\([^)]*\)", " ", value)
        found = _NUMBER.findall(outside)
        return sum(int(float(part)) for part in found) if found else None
    return None if value is None else int(value)


def benchmark_of(row: ResultRow) -> str:
    """The official benchmark, or the model where it is none."""
    return row.benchmark or row.model


def named(accelerator: str) -> str:
    """The name of an accelerator; ``""`` for what submitters write who have none."""
    return "" if accelerator.lower() in _NO_ACCELERATOR else accelerator


def _product(numbers: list[int | None]) -> int:
    product = 1
    for factor in numbers:
        product *= factor or 0
    return product
