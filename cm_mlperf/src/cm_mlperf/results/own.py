"""The rows of a run of our own."""

from __future__ import annotations

from statistics import mean, stdev

from cm_core import CMError
from cm_mlperf.record.layout import TEST_FILE, RunFolder, RunRecord, TestRecord, read_test_file
from cm_mlperf.results import policy
from cm_mlperf.results.row import ResultRow, mixed, row_uid

# Where earlier logs of a run are kept.
HISTORY = "history"


def rows_of_run(folder: RunFolder) -> list[ResultRow]:
    """One row for each scenario whose performance was measured.

    Raises:
        NotFoundError: when there is no record of the run.
        MetaError: when a record is damaged.
    """
    record = folder.read()
    tests = {(test.scenario, test.mode): test for test in folder.tests()}
    return [
        _row(record, test, tests.get((scenario, "accuracy")))._replace(noise=_noise(folder, test))
        for (scenario, mode), test in tests.items()
        if mode == "performance" and test.performance is not None
    ]


def _noise(folder: RunFolder, test: TestRecord) -> float | None:
    """How much the result differs between this run and earlier ones of the same configuration."""
    results = [test.performance.value] if test.performance else []
    for file in sorted((folder.path / HISTORY).rglob(TEST_FILE)):
        try:
            earlier = read_test_file(file)
        except CMError:  # what was moved away because it was broken
            continue
        # With other sources it is another measurement, even if the settings are the same.
        keys = ("scenario", "mode", "digest", "sources")
        same = all(getattr(earlier, key) == getattr(test, key) for key in keys)
        if same and earlier.performance is not None:
            results.append(earlier.performance.value)
    known = [value for value in results if value]
    return stdev(known) / mean(known) if len(known) > 1 else None


def _row(record: RunRecord, test: TestRecord, accuracy: TestRecord | None) -> ResultRow:
    measured = test.performance
    assert measured is not None  # noqa: S101 - the caller looks
    judged = accuracy.accuracy if accuracy else None
    says = record.system.description
    model = record.model
    return ResultRow(
        uid=row_uid(record.name, record.digest, test.scenario, test.started),
        source=record.name,
        own=True,
        version=record.round,
        organization=record.submitter,
        availability=says.get("status", ""),
        division=record.division,
        category=tuple(sorted(record.category.split(","))) if record.category else (),
        system=says.get("system_name", "") or record.system_name,
        platform=record.system_name,
        model=model.name,
        benchmark=model.benchmark,
        scenario=test.scenario,
        result=measured.value,
        unit=measured.unit,
        accuracy=judged.value if judged else None,
        accuracies=_accuracies(judged.metric, judged.value) if judged else "",
        nodes=mixed(says.get("number_of_nodes", "")) or _nodes(record),
        processor=says.get("host_processor_model_name", ""),
        processors_per_node=mixed(says.get("host_processors_per_node", "")),
        cores_per_processor=mixed(says.get("host_processor_core_count", "")),
        accelerator=says.get("accelerator_model_name", ""),
        accelerators_per_node=mixed(says.get("accelerators_per_node", "")),
        framework=says.get("framework", "")
        or f"{record.system.backend} {record.system.backend_version}".strip(),
        operating_system=says.get("operating_system", ""),
        weights=model.weight_data_types,
        notes=_notes(record),
        errors=0,
        location=f"{record.name}/{test.scenario}/performance",
        valid=measured.valid,
        level=record.level,
        created=test.started or record.created,
        queries=measured.queries,
        samples=measured.samples,
        duration_s=measured.duration_s,
        p50_ms=measured.latencies_ms.get("p50"),
        p90_ms=measured.latencies_ms.get("p90"),
        p99_ms=measured.latencies_ms.get("p99"),
    )


def _nodes(record: RunRecord) -> int | None:
    """One, unless the model was run by systems over a network, which may be any number of machines."""
    return None if record.system.backend == "network" else 1


def _accuracies(metric: str, value: float) -> str:
    """As the official checker writes them."""
    return f"{'acc' if metric == 'accuracy' else metric}: {value}"


def _notes(record: RunRecord) -> str:
    """On hardware and software; first of all what no table may leave out, since CSV has no column for it."""
    says = record.system.description
    mark = "" if record.official else f"{policy.MARK} ({record.level})"
    return ". ".join(part for part in (mark, says.get("hw_notes", ""), says.get("sw_notes", "")) if part)
