"""What went wrong in an engine, in one sentence and the lines that matter."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cm_core import CMError
from cm_core.base import Completed, describe_status, redact, shortened

_SHOWN_LINES = 15
_LONGEST = 100
# How docker, BuildKit and podman announce a step: "Step 3/9 : RUN x", "#7 [3/9] RUN x", "STEP 3/9: RUN x".
_STEP = re.compile(r"^(?:step (\d+)/(\d+) ?: |#\d+ \[ *(?:\S+ +)?(\d+)/(\d+)\] )(.*)", re.IGNORECASE)
_SPACE = re.compile(r"no space left on device|disk quota exceeded", re.IGNORECASE)
_ADVICE = re.compile(r"Usage: |(?:Run|See) '.* --help'")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_CM_ERROR = re.compile(r"CM error: (.*)")
_SPACE_HINT = "free some space: cm rm docker --all removes images made by cm, docker system prune others"


class ContainerError(CMError):
    """An engine refused or failed; the last lines of its output explain it.

    Args:
        lines: what it said at last.
    """

    def __init__(
        self, message: str, *, lines: Sequence[str] = (), hint: str = "", exit_code: int = 1
    ) -> None:
        super().__init__(message, hint=hint, details={"output": list(lines)}, exit_code=exit_code)
        self.lines = tuple(lines)

    def explanation(self) -> list[str]:
        return [f"  | {line}" for line in self.lines]


def engine_error(done: Completed, what: str, *, kind: type[CMError] = CMError, hint: str = "") -> CMError:
    """The error for a short command of an engine that failed: its last line says why."""
    lines = _meaningful((done.stderr or done.stdout).splitlines())
    said = redact(" ".join(lines[-1].split())) if lines else describe_status(done.status)
    if _SPACE.search(done.stderr):
        hint = _SPACE_HINT
    elif not hint and "invalid reference format" in done.stderr:
        hint = "image names look like ubuntu:22.04, in lower case"
    return kind(f"{what}: {said}", hint=hint, exit_code=kind.default_exit_code)


def build_error(printed: Sequence[str], status: int, *, engine: str, image: str) -> ContainerError:
    """The error for an image that could not be built: which step, which recipe, the last lines.

    Args:
        printed: the last lines of the engine, all steps among them.
    """
    output = [_COLOUR.sub("", line).rstrip() for line in printed]
    step, instruction = _last_step(output)
    shown = shortened(" ".join(instruction.split()), _LONGEST)
    where = f" at step {step} ({shown})" if step else ""
    inner = [found[1] for line in output if (found := _CM_ERROR.search(line))]
    lines = [redact(line) for line in _meaningful(output)][-_SHOWN_LINES:]
    # Without a step the engine did not begin: its last line is the reason.
    reasons = inner or ([] if step else lines)
    why = f": {reasons[-1] if reasons else describe_status(status)}"
    full = any(_SPACE.search(line) for line in output[-50:])
    hint = _SPACE_HINT if full else "to see the whole output, add --verbose"
    if full and not inner:
        why = ": no space left on device"
    message = redact(f"{engine} cannot build {image}{where}{why}")
    return ContainerError(message, lines=lines, hint=hint)


def _meaningful(lines: Sequence[str]) -> list[str]:
    """The lines without empty ones and the advice that docker and podman end with."""
    return [line for line in lines if line.strip() and not _ADVICE.match(line.strip())]


def _last_step(output: Sequence[str]) -> tuple[str, str]:
    for line in reversed(output):
        if found := _STEP.match(line):
            return f"{found[1] or found[3]}/{found[2] or found[4]}", found[5]
    return "", ""
