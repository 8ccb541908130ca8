from hypothesis import given
from hypothesis import strategies as st

from cm_script.env.values import Env
from cm_script.pipeline.capture import Delta, apply_delta, capture

ENV = Env(
    {
        "CM_A": "1",
        "CM_AB": "2",
        "+PATH": ["/a"],
        "+ CFLAGS": ["-O2"],
        "NAME": "TARGET",
        "TARGET": "t",
        "X": "x",
    }
)


def exported(*keys, env=ENV):
    return capture(Env(env), Env(), keys, ()).new_env


def test_plain_keys_and_wildcards():
    assert exported("CM_A", "MISSING") == {"CM_A": "1"}
    assert exported("CM_*") == {"CM_A": "1", "CM_AB": "2"}
    assert exported("CM_?") == {"CM_A": "1"}
    assert exported("+PATH", "+ CFLAGS") == {"+PATH": ["/a"], "+ CFLAGS": ["-O2"]}
    assert exported("+*") == {"+PATH": ["/a"], "+ CFLAGS": ["-O2"]}
    assert exported() == {}


def test_a_key_named_by_a_value():
    assert exported("<<<NAME>>>") == {"TARGET": "t"}
    assert exported("CM_<<<X>>>", env={"X": "A", "CM_A": "1"}) == {"CM_A": "1"}
    assert exported("<<<UNKNOWN>>>", "<<<X>>>") == {}


def test_case_counts():
    assert exported("cm_*", "x") == {}


def test_state_is_filtered_alike():
    state = Env({"os_uname": {"a": 1}, "os_other": 1, "own": 2})
    assert capture(Env(), state, (), ("os_*",)).new_state == {"os_uname": {"a": 1}, "os_other": 1}


def test_the_caller_gets_exports_and_nothing_else():
    delta = Delta(new_env=Env({"+PATH": ["/b", "/a"], "A": "2"}), new_state=Env({"s": {"b": 1}}))
    before = Env({"+PATH": ["/a"], "A": "1", "B": "1"})
    env, state = apply_delta(before, Env({"s": {"a": 1}}), delta)
    assert env == {"+PATH": ["/a", "/b"], "A": "2", "B": "1"}
    assert state == {"s": {"a": 1, "b": 1}}


@given(st.dictionaries(st.text("AB_", min_size=1, max_size=4), st.text(max_size=2)))
def test_a_star_exports_everything(env):
    assert exported("*", env=env) == env
    assert exported(*env, env=env) == env
