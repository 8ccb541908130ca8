import pytest

from cm_core.base.suggest import did_you_mean


@pytest.mark.parametrize(
    ("word", "hint"),
    [("scirpt", "did you mean 'script'?"), ("zzzzz", ""), ("cach", "did you mean 'cache'?")],
)
def test_near_words(word, hint):
    assert did_you_mean(word, ["script", "cache", "script"]) == hint


def test_flags_are_shown_as_they_are_typed():
    assert did_you_mean("verson", ["version", "path"], prefix="--") == "did you mean --version?"
