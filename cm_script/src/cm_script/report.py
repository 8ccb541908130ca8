"""What a person and a program are told about a run: progress while it lasts, result and summary after it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cm_core.result import Result
from cm_core.secrets import is_secret

if TYPE_CHECKING:
    from cm_script.model.call import ScriptCall
    from cm_script.pipeline.engine import Engine
    from cm_script.pipeline.outcome import Outcome


@contextlib.contextmanager
def told(engine: Engine, call: ScriptCall) -> Iterator[None]:
    """Show progress while the block runs, and a short summary after it."""
    session = engine.session
    if session.depth != 1:
        yield
        return
    from cm_script.runtime.progress import lively

    plain, session.reporter = session.reporter, lively(session.reporter, verbose=call.verbose)
    try:
        yield
    finally:
        session.reporter.close()
        for line in summary_lines(engine, call):
            session.reporter.message(line)
        session.reporter = plain


def summary_lines(engine: Engine, call: ScriptCall) -> list[str]:
    """How many steps there were and how long they took; the whole tree with ``--time``."""
    from cm_script.runtime.progress import summary_for

    lines = summary_for(engine.session.reporter, engine.records)
    if call.flag("time"):
        return lines
    return lines[-1:] if len(engine.records) > 1 else []


def run_result(engine: Engine, call: ScriptCall, outcome: Outcome) -> Result:
    """The answer to ``cm run script``."""
    data: dict[str, Any] = {
        "env": outcome.env,
        "state": outcome.state,
        "new_env": outcome.new_env,
        "new_state": outcome.new_state,
        "deps": list(outcome.deps),
        "steps": [record.to_json() for record in engine.records],
    }
    if outcome.version:
        data["version"] = outcome.version
    if outcome.path:
        data["path"] = outcome.path
    if outcome.skipped:
        data["skipped"] = True
    lines: list[str] = []
    if call.flag("print_deps"):
        commands = [f"cm run script --tags={tags}" for tags in outcome.deps]
        data["new_state"] = {**outcome.new_state, "print_deps": commands}
        lines += commands
    if call.flag("print_env"):
        lines += env_lines(outcome.new_env)
    return Result(data=data, lines=tuple(lines))


def env_lines(env: Mapping[str, Any]) -> list[str]:
    """``KEY=value`` lines, sorted, secrets hidden."""
    return [f"{key}={'***' if is_secret(key) else env[key]}" for key in sorted(env)]
