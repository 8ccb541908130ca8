"""Words of a command line or of a request that are none."""

import os

import pytest

from cm_core import Session
from cm_core.testing import CommandRunner


@pytest.mark.skipif(os.name != "posix", reason="arguments are text there")
@pytest.mark.parametrize(
    "words", [["help", "cfg"], ["help"], ["find"], ["find", "script"], ["load", "cache"]]
)
def test_words_that_are_not_text(run_cm: CommandRunner, words: list[str]) -> None:
    done = run_cm(*words, "\udcff")
    assert "internal error" not in done.stderr
    assert "bug" not in done.stderr
    assert done.status in (0, 1, 4, 16)


def test_what_is_no_word_of_a_request_is_named(cm_session: Session) -> None:
    answer = cm_session.access({"action": "find", "automation": "script", "cmd": 5})
    assert answer["return"] == 1
    assert "'cmd' must be a list of words" in answer["error"]
