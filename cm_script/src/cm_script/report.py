"""What a person and a program are told about a run after it: the result and a summary."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core import CMError, Result
from cm_core.base import byte_size, mask_secrets

if TYPE_CHECKING:
    from cm_script.model.call import ScriptCall
    from cm_script.pipeline.context import RunContext
    from cm_script.pipeline.outcome import Outcome

_EXPORTS = ("env", "state", "new_env", "new_state")


@contextlib.contextmanager
def summarised(context: RunContext, call: ScriptCall) -> Iterator[None]:
    """Tell how many steps the block took and how long, when it is what a person asked for."""
    session = context.session
    if session.depth != 1:
        yield
        return
    from cm_script.logs import forget_old_runs

    free = _free_space(session.home.path) if call.asked.space else 0
    try:
        yield
    finally:
        forget_old_runs(session.home.logs_dir)
        if call.asked.time or len(context.records) > 1:
            session.reporter.summary(context.records, tree=call.asked.time)
        if call.asked.space:
            used = free - _free_space(session.home.path)
            session.reporter.message(f"disk space used: {byte_size(used)}")


def run_result(context: RunContext, call: ScriptCall, outcome: Outcome) -> Result:
    """The answer to ``cm run script``, after writing the files that were asked for."""
    data = _data(context, outcome)
    lines: list[str] = []
    if call.asked.print_deps:
        commands = [f"cm run script --tags={tags}" for tags in outcome.deps]
        data["new_state"]["print_deps"] = commands
        lines += commands
    if call.asked.print_env:
        lines += env_lines(outcome.new_env)
    lines += _requested_files(context, call, outcome)
    return Result(data=data, lines=tuple(lines), exports=_EXPORTS)


@contextlib.contextmanager
def keep_repro_record(context: RunContext, call: ScriptCall) -> Iterator[list[Outcome]]:
    """With ``--repro``, write what goes in and what comes out; the block appends the outcome."""
    outcomes: list[Outcome] = []
    if not call.asked.repro:
        yield outcomes
        return
    from cm_script.records import ReproRecord

    record = ReproRecord(context, call)
    record.start()
    try:
        yield outcomes
    except CMError as error:
        record.finish(error.to_mapping())
        raise
    record.finish({"return": 0, **_data(context, outcomes[0])})


def env_lines(env: Mapping[str, Any]) -> list[str]:
    """``KEY=value`` lines, sorted, secrets hidden."""
    shown = mask_secrets(env)
    return [f"{key}={shown[key]}" for key in sorted(shown)]


def _data(context: RunContext, outcome: Outcome) -> dict[str, Any]:
    data: dict[str, Any] = {
        **{name: getattr(outcome, name).thaw() for name in _EXPORTS},
        "deps": list(outcome.deps),
        "steps": [record.to_json() for record in context.records],
    }
    if outcome.version:
        data["version"] = outcome.version
    if outcome.path:
        data["path"] = outcome.path
    if outcome.skipped:
        data["skipped"] = True
    return data


def _requested_files(context: RunContext, call: ScriptCall, outcome: Outcome) -> list[str]:
    asked = call.asked
    if not (asked.save_env or asked.shell or asked.dump_version_info or asked.print_versions):
        return []
    from cm_script import records

    folder, lines = Path(call.host.cwd), list[str]()
    if call.asked.print_versions:
        table = records.version_table(context.records)
        lines += [f"{row['script_alias']:40} {row['version']}" for row in table]
    if call.asked.dump_version_info:
        lines += [f"wrote {file}" for file in records.dump_versions(folder, context.records)]
    if call.asked.save_env or call.asked.shell:
        file = records.save_env(context, folder, outcome.new_env, outcome.new_state)
        lines.append(f"wrote {file}")
        if call.asked.shell:
            records.open_shell(context, file, outcome.new_env)
    return lines


def _free_space(path: Path) -> int:
    import shutil

    existing = next(place for place in (path, *path.parents) if place.exists())
    return shutil.disk_usage(existing).free
