"""Telling plugins how a requested run ended, so that they can write about it (``cm_observe_run``)."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core import CMError, field, frozen, replace
from cm_core.plugins import flags_added_to

if TYPE_CHECKING:
    from cm_core import Artifact, Request, Result, Session
    from cm_script.model.call import ScriptCall
    from cm_script.pipeline.context import RunContext
    from cm_script.pipeline.outcome import Outcome, StepRecord

_KEPT_CHARACTERS = 200_000


@frozen
class FinishedRun:
    """A requested run after its end. Only ``outcome`` may contain secrets.

    Attributes:
        script: what ran.
        variations: all that were on, in order of application.
        command: words that repeat it, such as ``cm run script --tags=get,gcc --version=12``; where its tags
            mean several scripts it names the one that ran.
        inputs: every flag as it was given, without those that plugins added.
        folder: where it ran.
        steps: what was done, in the order in which steps ended; the last one is the script itself.
        outcome: what came out; empty after a failure.
        output: what the script printed, and the lines of the answer; of long texts the end.
        error: why it failed.
    """

    script: Artifact
    variations: tuple[str, ...]
    command: tuple[str, ...]
    inputs: Mapping[str, Any]
    folder: Path
    steps: tuple[StepRecord, ...]
    outcome: Outcome = field(repr=False)
    output: str = field(default="", repr=False)
    error: CMError | None = None


# Gets the run when it has ended, and returns the files that it wrote about it.
RunObserver = Callable[[FinishedRun], Iterable[Path]]


class Transcript:
    """The end of what was printed."""

    def __init__(self) -> None:
        self._pieces: deque[str] = deque()
        self._length = 0
        self._is_cut = False

    def add(self, text: str) -> None:
        """Append a piece; old ones are forgotten as long as enough remains."""
        self._pieces.append(text)
        self._length += len(text)
        while self._length - len(self._pieces[0]) >= _KEPT_CHARACTERS:
            self._length -= len(self._pieces.popleft())
            self._is_cut = True

    def text(self) -> str:
        """All of it, or the last part with a mark before it."""
        text = "".join(self._pieces)
        if not self._is_cut and len(text) <= _KEPT_CHARACTERS:
            return text
        return f"[…]\n{text[-_KEPT_CHARACTERS:].partition(chr(10))[2]}"


class Observation:
    """The observers of one run: asked when it begins, told when it has ended.

    Raises:
        CMError: when one of them refuses the run.
    """

    def __init__(self, request: Request, session: Session) -> None:
        self._session = session
        self._observers: list[RunObserver] = []
        if session.depth == 1:  # What a recipe asks for on its way is part of the requested run.
            self._observers += session.hooks.answers(
                "cm_observe_run", Callable, request=request, session=session
            )
        self._transcript = Transcript() if self._observers else None

    @property
    def on_output(self) -> Callable[[str], None] | None:
        """What wants to get the output of the requested script; ``None`` when nobody watches."""
        return None if self._transcript is None else self._transcript.add

    @contextlib.contextmanager
    def of_failure(self, context: RunContext, call: ScriptCall) -> Iterator[None]:
        """Tell the observers when the block fails; the failure goes on."""
        try:
            yield
        except CMError as error:
            try:
                written = self._tell_observers(context, call, error=error)
            except Exception as second:  # noqa: BLE001 - whatever an observer does, the failure must be seen
                self._session.warn(f"no file could be written about the failure: {second}")
            else:
                for file in written:
                    self._session.reporter.message(f"wrote {file}")
            raise

    def of_end(self, result: Result, context: RunContext, call: ScriptCall, outcome: Outcome) -> Result:
        """The answer, with the files that observers wrote."""
        if self._transcript is None:
            return result
        self._transcript.add("".join(f"{line}\n" for line in result.lines))
        files = self._tell_observers(context, call, outcome=outcome)
        lines = (*result.lines, *(f"wrote {file}" for file in files))
        return replace(result, data={**result.data, "written": [str(file) for file in files]}, lines=lines)

    def _tell_observers(
        self,
        context: RunContext,
        call: ScriptCall,
        *,
        outcome: Outcome | None = None,
        error: CMError | None = None,
    ) -> list[Path]:
        # Imported here since most runs have no observer.
        from cm_core import shareable
        from cm_core.base import Secrets
        from cm_script.pipeline.outcome import Outcome
        from cm_script.rerun import command_of

        root = next((record for record in context.records if record.step.parent is None), None)
        if root is None or self._transcript is None:
            return []
        flags = flags_added_to(self._session.plugins, "run", "script")
        added = {key for flag in flags for key in flag.keys}
        asked = replace(call, options={key: value for key, value in call.options.items() if key not in added})
        run = FinishedRun(
            script=root.artifact,
            variations=root.variations,
            command=command_of(self._session, asked, root.artifact, context.profile),
            inputs=shareable(asked.options),
            folder=Path(call.host.cwd),
            steps=tuple(context.records),
            outcome=outcome or Outcome(),
            output=Secrets(
                call.options, call.env, call.const, call.local_env, call.local_const, call.host.environ
            ).hidden_in(self._transcript.text()),
            error=error,
        )
        return [file for observer in self._observers for file in self._files_of(observer, run)]

    def _files_of(self, observer: RunObserver, run: FinishedRun) -> list[Path]:
        """What an observer wrote; the run is over, so only a CMError of its fails anything."""
        files: list[Path] = []
        with self._session.hooks.spared("to write about the run"):
            answer: Any = observer(run) or ()
            if isinstance(answer, str) or not all(isinstance(file, Path) for file in answer):
                raise TypeError("an observer must return a list of Path objects")
            files = list(answer)
        return files  # noqa: RET504 - the block may swallow
