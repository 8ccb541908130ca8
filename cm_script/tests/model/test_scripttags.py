"""Tags and variations as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cm_core import UsageError
from cm_script.model.scripttags import ScriptTags, parse_script_tags


@pytest.mark.parametrize(
    ("words", "parsed"),
    [
        ("get,compiler", ScriptTags(required=("get", "compiler"))),
        (
            "a,b,_v,-x,-_w",
            ScriptTags(required=("a", "b"), excluded=("x",), variations=("v",), excluded_variations=("w",)),
        ),
        ("_v,_v,a,a", ScriptTags(required=("a",), variations=("v",))),
        ("_-w", ScriptTags(excluded_variations=("w",))),
        (" a , ,_, -,-_", ScriptTags(required=("a",))),
        (["a", "_url.https://x/y"], ScriptTags(required=("a",), variations=("url.https://x/y",))),
        ("", ScriptTags()),
        (None, ScriptTags()),
    ],
)
def test_tags_are_taken_apart(words, parsed):
    assert parse_script_tags(words) == parsed
    assert parse_script_tags(list(parsed.to_words())) == parsed


@pytest.mark.parametrize("words", ["a,-a", "_v,-_v", "_v,_-v", True, {"a": 1}])
def test_contradicting_or_shapeless_tags_are_refused(words):
    with pytest.raises(UsageError):
        parse_script_tags(words)


@given(st.lists(st.from_regex(r"(-_|_|-)?[a-z.0-9]{1,3}", fullmatch=True)))
def test_parsing_is_stable(words):
    try:
        parsed = parse_script_tags(words)
    except UsageError:
        return
    assert parse_script_tags(",".join(parsed.to_words())) == parsed
