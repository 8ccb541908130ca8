"""The iterative walk: scripts are generators that yield the calls they need answered.

A script's run reads like a plain function (``outcome = yield call``), but no call of a dependency is a call
in Python, so a chain of thousands of dependencies needs no deep stack. Errors are thrown into the script
that asked, which gives it the chance to leave its ``with`` blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cm_script.model.call import ScriptCall
    from cm_script.pipeline.outcome import Outcome

    Walk = Generator[ScriptCall, Outcome, Outcome]


def walk(call: ScriptCall, start: Callable[[ScriptCall], Walk]) -> Outcome:
    """Answer a call and all calls that it leads to, depth first.

    Args:
        start: makes the generator of one script's run.

    Raises:
        BaseException: whatever a script raised and no caller of it handled.
    """
    stack = [start(call)]
    answer: Outcome | None = None
    error: BaseException | None = None
    while stack:
        try:
            if error is not None:
                pending, error = error, None
                wanted = stack[-1].throw(pending)
            elif answer is not None:
                wanted = stack[-1].send(answer)
            else:
                wanted = next(stack[-1])
        except StopIteration as done:
            stack.pop()
            answer = done.value
        except BaseException as raised:  # noqa: BLE001 - handed to whoever asked, or raised at the end
            stack.pop()
            answer, error = None, raised
        else:
            answer = None
            stack.append(start(wanted))
    if error is not None:
        raise error
    if answer is None:
        raise RuntimeError("a script ended without an outcome")
    return answer
