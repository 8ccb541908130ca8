"""What the user says of a submission, and what follows from the record of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from cm_core import UsageError
from cm_mlperf.loadgen.rounds import Benchmark, Round
from cm_mlperf.record.layout import RunFolder, RunRecord
from cm_mlperf.submission.answers import complete_measurements, complete_system
from cm_mlperf.submission.descriptions import ACCELERATOR_KEYS
from cm_mlperf.submission.layout import CATEGORIES, DIVISIONS, Result, checked_name
from cm_mlperf.submission.packer import PackedRun
from cm_mlperf.submission.texts import equivalence


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the user says; empty values leave it to the records of the runs.

    Attributes:
        benchmark: official one that the model is compared with.
        equivalent: whether the user states that a model of their own computes what the benchmark's does.
        system: keys of the description of the system.
        measurements: keys of the description of the results.
    """

    division: str = ""
    submitter: str = ""
    category: str = ""
    system_name: str = ""
    benchmark: str = ""
    equivalent: bool = False
    system: Mapping[str, str] = field(default_factory=dict)
    measurements: Mapping[str, str] = field(default_factory=dict)


def describe_run(
    folder: RunFolder, record: RunRecord, round_: Round, wishes: Wishes, detected: Mapping[str, str]
) -> PackedRun:
    """A run with all that a submission says of it.

    Args:
        detected: keys of the description of this machine, for runs that recorded none.

    Raises:
        UsageError: when a name cannot be one of a submission, or no benchmark fits.
        MissingFactsError: when something is neither recorded nor said.
    """
    record = with_wishes(record, wishes)
    benchmark = _benchmark(record, round_, wishes)
    _check_division(record, benchmark, round_)
    statement = equivalence(record, benchmark.name)
    # The folder of a closed result bears the name of the benchmark, that of an open one the model's.
    model = benchmark.name if record.division != "open" else record.model.name
    names = Result(
        division=record.division,
        submitter=checked_name(record.submitter, "submitter"),
        system=checked_name(record.system_name, "system"),
        benchmark=checked_name(model, "model"),
        scenario="",
    )
    machine = record.system.description or detected
    system = complete_system(known_of(record, machine), wishes.system, _names_of(record))
    return PackedRun(
        folder=folder,
        record=record,
        names=names,
        benchmark=benchmark,
        system=system,
        measurements={
            **complete_measurements(_measurements_of(record), wishes.measurements),
            **({"implementation": statement} if statement else {}),
        },
    )


def _check_division(record: RunRecord, benchmark: Benchmark, round_: Round) -> None:
    """Refuse a model that the division does not take, and a statement about one that is not theirs."""
    model = record.model
    if model.equivalent and not model.own:
        raise UsageError(
            f"--equivalent is for a model of your own, not for {model.name}", hint="leave it out"
        )
    taken = model.equivalent if model.own else round_.find(model.name) == benchmark
    if record.division != "open" and not taken:
        raise UsageError(
            f"'{model.name}' is your own model, which the division {record.division} does not take as"
            f" {benchmark.name}",
            hint="submit it with --division=open, or measure the model of the benchmark; if yours computes"
            " the same, state it with --equivalent",
        )


def with_wishes(record: RunRecord, wishes: Wishes) -> RunRecord:
    """The record as the user wants it told; what was measured does not change.

    Raises:
        UsageError: when the division or the category is none.
    """
    record = replace(
        record,
        division=wishes.division or record.division,
        submitter=wishes.submitter or record.submitter,
        category=wishes.category or record.category,
        system_name=wishes.system_name or record.system_name,
        model=replace(record.model, equivalent=wishes.equivalent or record.model.equivalent),
    )
    if not record.submitter:
        raise UsageError("no submitter was given", hint="give the organisation with --submitter=NAME")
    for flag, value, choices in (
        ("division", record.division, DIVISIONS),
        ("category", record.category, CATEGORIES),
    ):
        if value not in choices:
            problem = f"there is no {flag} '{value}'" if value else f"no {flag} was given"
            raise UsageError(problem, hint=f"give --{flag}=" + " or ".join(choices))
    return record


def known_of(record: RunRecord, machine: Mapping[str, str]) -> dict[str, str]:
    """Keys of the description of the system that follow from the machine and from how the run was done.

    Args:
        machine: what it says of itself.
    """
    packages = [f"{name} {version}" for name, version in sorted(record.versions.items()) if version]
    drivers = machine.get("other_software_stack", "")
    facts = dict(machine) | {
        "framework": f"{record.system.backend} {record.system.backend_version}".strip(),
        "system_name": record.system_name,
        "other_software_stack": ", ".join([*([drivers] if drivers else []), *packages]),
    }
    if record.division != "network":
        facts["number_of_nodes"] = "1"
    if record.system.device == "cpu":
        if facts.get("accelerators_per_node", "0") != "0":  # The machine has some, which did not work.
            facts = {key: value for key, value in facts.items() if key not in ACCELERATOR_KEYS}
        facts["accelerators_per_node"] = "0"
    return facts


def _names_of(record: RunRecord) -> dict[str, str]:
    """Keys that have to agree with the folders of the tree."""
    return {"division": record.division, "submitter": record.submitter, "system_type": record.category}


def _measurements_of(record: RunRecord) -> dict[str, str]:
    model = record.model
    weights = model.path.replace("\\", "/").rpartition("/")[2]
    return {
        "input_data_types": model.input_data_types,
        "retraining": model.retraining,
        "starting_weights_filename": model.source or weights,
        "weight_data_types": model.weight_data_types,
        "weight_transformations": model.weight_transformations,
    }


def _benchmark(record: RunRecord, round_: Round, wishes: Wishes) -> Benchmark:
    name = wishes.benchmark or record.model.benchmark
    if name:
        return round_.benchmark(name)
    if not record.model.own and (found := round_.find(record.model.name)) is not None:
        return found
    raise UsageError(
        f"the model '{record.model.name}' is not a benchmark of {round_.name},"
        " and no benchmark to compare it with was given",
        hint="add --benchmark=NAME; known benchmarks: " + ", ".join(round_.benchmarks),
    )
