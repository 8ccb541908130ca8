"""The table of conditions: words against values, in the form that asks for all keys and the one for any."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cm_core import MetaError, is_no
from cm_script.model.condition import all_match, any_matches, is_enabled

MISSING = object()

# spec -> which values match when all keys have to, and when one is enough
TABLE = [
    (["yes"], "yes True on 1 1.0 abc 0.5", "yes True on 1 1.0 abc 0.5"),
    ([True, "bert"], "yes True on 1 1.0 abc 0.5", "yes True on 1 1.0 abc 0.5"),
    (["no"], "missing no OFF false 0 0.0 empty", "no OFF false 0 0.0 empty"),
    ([False], "missing no OFF false 0 0.0 empty", "no OFF false 0 0.0 empty"),
    ([""], "missing empty", "no OFF false 0 0.0 empty"),
    (["ABC"], "abc", "abc"),
    (["abc", "0.5"], "abc 0.5", "abc 0.5"),
    (["a*"], "", ""),
    ("yes", "", ""),
    ("abc", "", ""),
    ([], "", ""),
    (["yes", "no"], "missing yes True on 1 1.0 abc 0.5", "yes True on 1 1.0 abc 0.5"),
]

NAMES = {
    "missing": MISSING,
    "yes": "yes",
    "True": "True",
    "on": " on ",
    "1": 1,
    "1.0": True,
    "no": "no",
    "OFF": "OFF",
    "false": "false",
    "0": 0,
    "0.0": False,
    "empty": "",
    "abc": "abc",
    "0.5": "0.5",
}


def env_with(value):
    return {} if value is MISSING else {"KEY": value}


@pytest.mark.parametrize(("words", "all_form", "any_form"), TABLE)
def test_table(words, all_form, any_form):
    spec = {"KEY": words}
    assert [name for name, value in NAMES.items() if all_match(spec, env_with(value))] == all_form.split()
    assert [name for name, value in NAMES.items() if any_matches(spec, env_with(value))] == any_form.split()


def test_all_keys_or_any_key():
    spec = {"A": ["yes"], "B": ["bert"]}
    assert all_match(spec, {"A": "on", "B": "BERT"})
    assert not all_match(spec, {"A": "on", "B": "gptj"})
    assert any_matches(spec, {"A": "on", "B": "gptj"})
    assert not any_matches(spec, {})


@pytest.mark.parametrize(
    ("entry", "enabled"),
    [
        ({}, True),
        ({"enable_if_env": {"A": ["yes"]}}, True),
        ({"enable_if_env": {"A": ["yes"], "B": ["yes"]}}, False),
        ({"enable_if_any_env": {"A": ["yes"], "B": ["yes"]}}, True),
        ({"enable_if_any_env": {}}, False),
        ({"skip_if_env": {"A": ["yes"]}}, False),
        ({"skip_if_env": {"A": ["yes"], "B": ["yes"]}}, True),
        ({"skip_if_any_env": {"A": ["yes"], "B": ["yes"]}}, False),
        ({"enable_if_env": {"A": ["yes"]}, "skip_if_any_env": {"B": ["no"]}}, True),
        ({"enable_if_env": {"A": ["yes"]}, "skip_if_env": {"B": ["no"]}}, False),
        ({"enable_if_env": None}, True),
    ],
)
def test_all_conditions_of_an_entry_combine(entry, enabled):
    assert is_enabled(entry, {"A": "1"}) is enabled


def test_fake_runs_skip_what_says_so():
    entry = {"tags": "x", "skip_if_fake_run": True}
    assert is_enabled(entry, {})
    assert not is_enabled(entry, {}, fake_run=True)


def test_a_condition_that_is_no_dictionary_is_named():
    with pytest.raises(MetaError, match="enable_if_env"):
        is_enabled({"tags": "get,x", "enable_if_env": ["A"]}, {})


def test_a_bare_scalar_counts_as_a_list_of_one():
    assert all_match({"A": True}, {"A": "yes"})
    assert not all_match({"A": True}, {"A": "no"})


@given(
    words=st.lists(st.text(max_size=4)), value=st.one_of(st.none(), st.booleans(), st.integers(), st.text())
)
def test_any_word_and_value_can_be_compared(words, value):
    for test in (all_match, any_matches):
        assert test({"A": words}, {"A": value}) in (True, False)


def test_no_means_no_in_so_many_words():
    assert [is_no(value) for value in (False, "No", 0, "off", "", None, "yes")] == [
        True,
        True,
        True,
        True,
        False,
        False,
        False,
    ]
