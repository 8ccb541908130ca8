"""Env and state as values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cm_core import MetaError
from cm_script.env.merge import clone, merge
from cm_script.env.values import Env

VALUES = st.recursive(
    st.one_of(st.booleans(), st.text("ab", max_size=2)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text("ab", max_size=1), inner, max_size=3)
    ),
    max_leaves=6,
)
KEYS = st.sampled_from(["A", "B", "C", "+PATH"])
GIVEN = st.dictionaries(KEYS, VALUES)


def test_a_change_makes_another_one():
    env = Env({"A": "1", "+PATH": ["/a"], "D": {"l": [1]}})
    assert env.with_({"A": "2", "B": "3"}) == {"A": "2", "+PATH": ["/a"], "D": {"l": [1]}, "B": "3"}
    assert env.with_defaults({"A": "2", "B": "3"}) == {"A": "1", "+PATH": ["/a"], "D": {"l": [1]}, "B": "3"}
    assert env.merged({"+PATH": ["/b", "/a"], "D": {"l": [2]}})["+PATH"] == ["/a", "/b"]
    assert env.without({"A", "D"}) == {"+PATH": ["/a"]}
    assert list(env.only(["D", "NONE", "A"])) == ["D", "A"]
    assert env == {"A": "1", "+PATH": ["/a"], "D": {"l": [1]}}


def test_keys_are_text():
    assert Env({5: "x"}).with_({True: "y"}).merged({7: ["z"]}) == {"5": "x", "True": "y", "7": ["z"]}


def test_it_is_read_like_a_dictionary():
    env = Env({"A": "1", "B": None})
    assert (env["A"], env.get("B", "x"), env.get("C"), env.get("C", "x")) == ("1", None, None, "x")
    assert (list(env), list(env.keys()), len(env), "A" in env, "C" in env) == (
        ["A", "B"],
        ["A", "B"],
        2,
        True,
        False,
    )
    assert {**env} == dict(env.items()) == {"A": "1", "B": None}
    assert (env == Env({"B": None, "A": "1"}), env == {"A": "1"}, env == 1, bool(Env())) == (
        True,
        False,
        False,
        False,
    )
    with pytest.raises(TypeError):
        env["A"] = "2"


def test_what_is_the_same_is_shared():
    env = Env({"D": {"l": [1]}, "A": "1"})
    assert Env(env)["D"] is env.with_({"A": "2"})["D"] is env.merged({"D": {"l": [1]}})["D"] is env["D"]


def test_what_comes_in_and_goes_out_is_copied():
    given = {"+PATH": ["/a"], "D": {"l": [1]}}
    env = Env(given)
    changed, merged = env.with_(given), env.merged(given)
    given["+PATH"].append("/b")
    thawed = env.thaw()
    thawed["D"]["l"].append(2)
    assert env == changed == merged == {"+PATH": ["/a"], "D": {"l": [1]}}


@given(GIVEN, st.lists(st.tuples(st.sampled_from(["with_", "with_defaults", "merged"]), GIVEN), max_size=6))
def test_older_values_never_change(start, changes):
    env, plain = Env(start), clone(start)
    older = []
    for method, change in changes:
        older.append((env, clone(plain)))
        env = getattr(env, method)(change)
        plain = {
            "with_": {**plain, **change},
            "with_defaults": {**change, **plain},
            "merged": merge(plain, change),
        }[method]
    assert env == plain
    assert all(value == copy for value, copy in older)


def test_a_value_that_contains_itself_is_named_as_such():
    state = {}
    state["x"] = state
    for make in (Env, Env().with_, Env({"a": "1"}).merged):
        with pytest.raises(MetaError, match="contains itself"):
            make(state)
