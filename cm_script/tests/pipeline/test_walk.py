"""The walk over calls of generators: answers, errors, and no deep stack."""

import sys

import pytest

from cm_script.model.call import ScriptCall
from cm_script.pipeline.outcome import Outcome
from cm_script.pipeline.walk import walk


def call(name):
    return ScriptCall(artifact=name)


def test_answers_come_back_to_who_asked():
    def start(asked):
        if asked.artifact == "leaf":
            return Outcome(version="leaf")
            yield
        first = yield call("leaf")
        second = yield call("leaf")
        return Outcome(version=f"{asked.artifact}({first.version},{second.version})")

    assert walk(call("main"), start).version == "main(leaf,leaf)"


def test_depth_does_not_need_the_stack_of_python():
    depth = 20 * sys.getrecursionlimit()

    def start(asked):
        left = int(asked.artifact)
        if left:
            below = yield call(str(left - 1))
            return Outcome(version=str(int(below.version) + 1))
        return Outcome(version="0")

    assert walk(call(str(depth)), start).version == str(depth)


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt])
def test_an_error_passes_through_everybody_who_asked(kind):
    left = []

    def start(asked):
        try:
            if asked.artifact == "leaf":
                raise kind("no")
            yield call("leaf" if asked.artifact == "middle" else "middle")
        finally:
            left.append(asked.artifact)

    with pytest.raises(kind, match="no"):
        walk(call("main"), start)
    assert left == ["leaf", "middle", "main"]


def test_an_error_can_be_handled_on_the_way():
    def start(asked):
        if asked.artifact == "leaf":
            raise ValueError("no")
        try:
            yield call("leaf")
        except ValueError:
            answer = yield call("other") if asked.artifact == "main" else None
            return Outcome(version=f"handled, then {answer.version}")
        return Outcome()

    def other(asked):
        if asked.artifact == "other":
            return Outcome(version="other")
            yield
        return (yield from start(asked))

    assert walk(call("main"), other).version == "handled, then other"


def test_a_script_without_an_outcome_is_a_defect():
    def start(_asked):
        return None
        yield

    with pytest.raises(RuntimeError, match="without an outcome"):
        walk(call("main"), start)
