"""How to repeat a run, for the documents of the doc plugin: ``cm doc mlperf RUN``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from cm_mlperf.record.layout import OWN_FILE, RUN_FILE, RunFolder, RunRecord
from cm_mlperf.results import policy
from cm_mlperf.results.report.facts import ReportFacts, ScenarioFacts, read_facts
from cm_mlperf.results.table import run_table
from cm_report.tables import cell_text

if TYPE_CHECKING:
    from cm_doc import RepositoryState, Reproduction, Table

_COLUMNS = ("Scenario", "Result", "Unit", "Verdict", "Accuracy", "p50 ms", "p90 ms", "p99 ms")


def reproduction_of(folder: Path) -> Reproduction | None:
    """What the record of a run says; ``None`` for a folder without one, such as an import.

    Raises:
        MetaError: when a record is damaged.
    """
    from cm_doc import Command, Reproduction

    if not (folder / RUN_FILE).is_file():
        return None
    run = RunFolder(folder)
    facts = read_facts(run)
    record = facts.record
    inputs = _inputs(facts.words)
    return Reproduction(
        title=f"MLPerf inference: {facts.title}",
        summary=f"{policy.mark(record)}: {policy.statement(record)}",
        command=Command(
            words=facts.words,
            about="measures again what is finished, too",
            output="\n".join(run_table(run)) + "\n",
            recorded=True,
        ),
        inputs=inputs,
        repositories=tuple(_repositories(record)),
        software={name: value for name, value in record.versions.items() if name != "python"},
        system={**_system(record), **{name: str(value) for name, value in facts.groups["System"]}},
        tables=tuple(table for table in _tables(facts) if table.rows),
        warnings=tuple(_warnings(record, inputs)),
        date=record.created,
        failure="; ".join(facts.troubles),
    )


def _repositories(record: RunRecord) -> Iterator[RepositoryState]:
    from cm_doc import RepositoryState

    for alias, state in record.repositories.items():
        commit, _, url = state.partition(" of ")
        yield RepositoryState(alias=alias, uid="", kind="registered", url=url, commit=commit)


def _inputs(words: Iterable[str]) -> dict[str, str]:
    pairs = (word[2:].partition("=") for word in words if word.startswith("--"))
    return {name: value or "yes" for name, _, value in pairs}


def _system(record: RunRecord) -> dict[str, str]:
    return {"Python": record.versions["python"]} if "python" in record.versions else {}


def _tables(facts: ReportFacts) -> Iterator[Table]:
    from cm_doc import Table

    rows = tuple(_row(one) for one in facts.scenarios)
    yield Table(title="Results", columns=_COLUMNS, rows=rows)
    for title in ("Model and data", "Configuration"):
        pairs = tuple((name, str(value)) for name, value in facts.groups[title])
        yield Table(title=title, columns=("", ""), rows=pairs)
    settings = tuple(
        (test, ", ".join(f"{key}={cell_text(value)}" for key, value in pairs))
        for test, pairs in facts.settings.items()
    )
    yield Table(title="LoadGen settings", columns=("Test", "user.conf"), rows=settings)


def _row(one: ScenarioFacts) -> tuple[str, ...]:
    measured = one.measured
    judged = one.accuracy.accuracy if one.accuracy else None
    latencies = measured.latencies_ms if measured else {}
    values = (
        one.scenario.name,
        measured.value if measured else None,
        one.scenario.unit,
        one.verdict,
        f"{cell_text(judged.value)} ({judged.metric})" if judged else None,
        *(latencies.get(name) for name in ("p50", "p90", "p99")),
    )
    return tuple(map(cell_text, values))


def _warnings(record: RunRecord, inputs: Mapping[str, str]) -> Iterator[str]:
    if files := list(_files(record, inputs)):
        yield (
            "The command needs files that are not included here, at the paths in its flags:"
            f" {', '.join(files)}."
        )
    yield "A probe chooses all other settings on each run, so they differ between machines."
    if record.load_average:
        yield f"The load of the machine was {record.load_average:g} at the start, which affects latencies."


def _files(record: RunRecord, inputs: Mapping[str, str]) -> Iterator[str]:
    """Files of the user's own that the command reads, as the flags name them."""
    if record.model.source == OWN_FILE:
        yield inputs.get("model", record.model.path)
    if "dataset" in inputs and record.dataset.path:
        yield inputs["dataset"]
    yield from (inputs[name] for name in ("user_conf", "system") if name in inputs)
    if ".py:" in inputs.get("accuracy", ""):
        yield inputs["accuracy"]
