import pytest

from cm_core.base.suggest import did_you_mean, find_named, slips
from cm_core.errors import NotFoundError


@pytest.mark.parametrize(
    ("word", "hint"),
    [("scirpt", "did you mean 'script'?"), ("zzzzz", ""), ("cach", "did you mean 'cache'?"), ("cache", "")],
)
def test_near_words(word, hint):
    assert did_you_mean(word, ["script", "cache", "script"]) == hint


def test_flags_are_shown_as_they_are_typed():
    assert did_you_mean("verson", ["version", "path"], prefix="--") == "did you mean --version?"


def test_the_one_of_a_name():
    assert find_named("red", {"red": 1}, "colour") == 1
    with pytest.raises(NotFoundError, match="there is no colour 'rde'") as caught:
        find_named("rde", {"red": 1, "blue": 2}, "colour")
    assert caught.value.hint == "did you mean 'red'?"
    with pytest.raises(NotFoundError) as caught:
        find_named("x", {"red": 1, "blue": 2}, "colour")
    assert caught.value.hint == "available: red, blue"


@pytest.mark.parametrize(
    ("word", "known", "is_slip"),
    [
        ("modle", "model", True),  # swapped
        ("mdoel", "model", True),
        ("model", "model", False),
        ("mode", "model", True),  # missing, at the end and inside
        ("moel", "model", True),
        ("models", "model", True),  # too many
        ("moodel", "model", True),
        ("xmodel", "model", True),
        ("medel", "model", True),  # wrong
        ("modek", "model", True),
        ("medek", "model", False),
        ("domel", "model", False),
        ("", "model", False),
        ("adx", "adr", False),  # too short to tell
        ("tag", "tags", True),
    ],
)
def test_slips(word, known, is_slip):
    assert slips(word, ["zzzzzz", known]) == ([known] if is_slip else [])
