"""What a person and a program are told about a run: progress while it lasts, result and summary after it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cm_core.result import Result

if TYPE_CHECKING:
    from cm_core.request import Request
    from cm_core.session import Session

    from cm_script.model.call import ScriptCall
    from cm_script.pipeline.engine import Engine
    from cm_script.pipeline.outcome import Outcome


@contextlib.contextmanager
def told(engine: Engine, call: ScriptCall) -> Iterator[None]:
    """Show progress while the block runs."""
    del engine, call
    yield


def run_result(engine: Engine, call: ScriptCall, outcome: Outcome) -> Result:
    """The answer to ``cm run script``."""
    del call
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
    return Result(data=data)


def help_result(request: Request, session: Session) -> Result:
    """What a script accepts."""
    del request, session
    return Result(lines=("",))
