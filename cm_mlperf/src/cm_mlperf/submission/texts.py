"""The texts of a submission: what each result was got with, and the commands to get it again."""

from __future__ import annotations

import shlex
from pathlib import PurePosixPath

from cm_mlperf.record.layout import RunRecord, TestRecord
from cm_mlperf.results import policy
from cm_mlperf.submission.layout import Result


def result_readme(record: RunRecord, result: Result, measured: TestRecord, measured_as: str) -> str:
    """``README.md`` of a result.

    Args:
        measured: the performance test behind it.
        measured_as: its scenario, which is another one than the result's when that is inferred.
    """
    lines = [f"# {result.benchmark}, {result.scenario}, {result.system}", ""]
    if measured_as != result.scenario:
        lines += [f"Inferred from the {measured_as} run, as the rules allow for edge systems.", ""]
    if not record.official:
        lines += [f"{policy.mark(record)}: {policy.statement(record)}", ""]
    if statement := equivalence(record, record.model.benchmark or result.benchmark):
        lines += [f"{statement[0].upper()}{statement[1:]}.", ""]
    lines += _facts(record, measured)
    lines += ["", "## Run it again", "", *_commands(record), ""]
    return "\n".join(lines)


def equivalence(record: RunRecord, benchmark: str) -> str:
    """What the user states of a model of their own and nobody has checked; ``""`` for nothing."""
    if not record.model.equivalent:
        return ""
    who = record.submitter or "the submitter"
    return (
        f"own implementation; {who} states that it is equivalent to the model of {benchmark},"
        " which has not been checked"
    )


def source_readme(record: RunRecord, result: Result, files: tuple[PurePosixPath, ...]) -> str:
    """``README.md`` of the folder with the code of a benchmark."""
    lines = [
        f"# {result.benchmark}",
        "",
        f"Model `{record.model.name}`, run by {record.system.backend} on {record.system.device}.",
        "The harness is the Python distribution `cm-plugin-mlperf`, which drives the official LoadGen.",
        "",
    ]
    if files:
        lines += ["Code in this folder: " + ", ".join(f"`{file}`" for file in files), ""]
    lines += ["## Install and run", "", *_commands(record), ""]
    return "\n".join(lines)


def _facts(record: RunRecord, measured: TestRecord) -> list[str]:
    model, dataset, system = record.model, record.dataset, record.system
    rows = {
        "Model": f"{model.name} ({model.precision})"
        + (f", benchmark {model.benchmark}" if model.benchmark else ""),
        "Source": model.source,
        "SHA-256": model.sha256,
        "Data set": f"{dataset.name}, {dataset.size} samples, {dataset.performance_samples} in memory",
        "Back end": f"{system.backend} {system.backend_version}, {system.device}".replace(" ,", ","),
        "Batch size": str(system.batch_size),
        "Started": measured.started,
        "Versions": ", ".join(f"{name} {version}" for name, version in sorted(record.versions.items())),
        "Recipes": ", ".join(f"{name} at {version}" for name, version in sorted(record.repositories.items())),
    }
    return [f"- {name}: {value}" for name, value in rows.items() if value]


def _commands(record: RunRecord) -> list[str]:
    version = record.versions.get("cm-plugin-mlperf")
    wanted = [f"cm-plugin-mlperf=={version}" if version else "cm-plugin-mlperf"]
    wanted += [
        f"{name}=={record.versions[name]}"
        for name in ("mlcommons-loadgen", "onnxruntime", "torch")
        if record.versions.get(name)
    ]
    command = shlex.join(record.command) if record.command else "cm run mlperf"
    return ["```console", f"$ pip install {shlex.join(wanted)}", f"$ {command}", "```"]


def user_conf(text: str) -> str:
    """``user.conf``; the official checker wants one that is not empty."""
    return text if text.strip() else "# LoadGen's built-in configuration, without changes\n"
