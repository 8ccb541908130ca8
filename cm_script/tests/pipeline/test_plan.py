"""One dependency entry against the env of its parent."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cm_core import MetaError, UsageError
from cm_script.env.values import Env
from cm_script.model.call import HostContext, ScriptCall
from cm_script.model.meta import ScriptMeta
from cm_script.model.resolved import DependencyScope
from cm_script.pipeline.plan import DependencyPlan, dependency_call, finish_dependency, plan_dependency
from cm_script.pipeline.resolve import resolve_script
from cm_script.profile import CM

USUAL = DependencyScope(hidden_keys=CM.local_env_keys)


def plan_of(entry, env=None, scope=USUAL, **options):
    return plan_dependency(entry, scope, Env(env), CM, **options)


@pytest.mark.parametrize(
    ("entry", "env"),
    [
        ({}, {}),
        ({"tags": ""}, {}),
        ({"tags": "a", "enable_if_env": {"X": ["yes"]}}, {"X": "no"}),
        ({"tags": "a", "skip_if_env": {"X": ["no"]}}, {}),
        ({"tags": "a", "skip_if_fake_run": True}, {"CM_TMP_FAKE_RUN": "yes"}),
    ],
)
def test_skipped_entries(entry, env):
    assert plan_of(entry, env) is None


def test_from_the_cache_only_dynamic_dependencies_run():
    scope = DependencyScope(from_cache=True)
    assert plan_of({"tags": "a"}, scope=scope) is None
    assert plan_of({"tags": "a", "dynamic": True}, scope=scope).dynamic


def test_everything_but_instructions_is_an_input_of_the_child():
    entry = {
        "tags": "get,a",
        "names": ["a", "b"],
        "version": "1",
        "verify": False,
        "force_cache": True,
        "adr": {"x": {"tags": "_y"}},
        "enable_if_env": {"X": ["yes"]},
        "update_tags_from_env": ["Y"],
        "force_env_keys": ["Z"],
        "env": {"E": "1"},
        "state": {"s": 1},
        "const": {"c": 1},
        "const_state": {"cs": 1},
    }
    plan = plan_of(entry, {"X": "yes"})
    assert plan == DependencyPlan(
        tags="get,a",
        names=("a", "b"),
        options={"version": "1", "verify": False, "force_cache": True, "adr": {"x": {"tags": "_y"}}},
        env={"X": "yes"},
        local_env={"E": "1"},
        local_state={"s": 1},
        local_const={"c": 1},
        local_const_state={"cs": 1},
    )


def test_env_of_the_entry_refers_to_itself_and_to_the_parent():
    entry = {"tags": "a", "env": {"A": "<<<CM_INPUT>>>", "B": "<<<A>>>2", "C": "<<<NONE>>>"}}
    assert plan_of(entry, {"CM_INPUT": "in", "A": "parent"}).local_env == {
        "A": "in",
        "B": "in2",
        "C": "<<<NONE>>>",
    }
    with pytest.raises(MetaError, match=r"\+P"):
        plan_of({"tags": "a", "env": {"+P": "x"}})


def test_tags_with_prefixes_from_env():
    entry = {
        "tags": "get,git,repo",
        "env": {"OWN": "own", "BOTH": "entry"},
        "update_tags_from_env_with_prefix": {"_a.": ["OWN", "PARENT"], "_b.": ["BOTH", "EMPTY", "NONE"]},
    }
    env = {"PARENT": "p", "BOTH": "parent", "EMPTY": " "}
    assert plan_of(entry, env).tags == "get,git,repo,_a.own,_a.p,_b.entry"


def test_hidden_keys_still_make_prefixed_tags():
    entry = {"tags": "a", "update_tags_from_env_with_prefix": {"_url.": ["CM_GIT_URL"]}}
    plan = plan_of(entry, {"CM_GIT_URL": "https://x/y"})
    assert plan.tags == "a,_url.https://x/y"
    assert plan.env == {}


def test_tags_from_env_see_what_the_child_sees():
    entry = {"tags": "a", "update_tags_from_env": ["CM_PYTHON_CACHE_TAGS", "CM_NAME", "EMPTY"]}
    env = {"CM_PYTHON_CACHE_TAGS": "version-3.11,non-virtual", "CM_NAME": "n", "EMPTY": ""}
    assert plan_of(entry, env).tags == "a,version-3.11,non-virtual"
    assert plan_of({**entry, "force_env_keys": ["CM_NAME"]}, env).tags == "a,version-3.11,non-virtual,n"


def test_a_wrong_shape_names_the_entry():
    for entry in (
        {"tags": "get,a", "update_tags_from_env_with_prefix": {"_x.": "KEY"}},
        {"tags": "get,a", "env": ["A"]},
        {"tags": "get,a", "force_env_keys": "A"},
    ):
        with pytest.raises(MetaError, match="get,a"):
            plan_of(entry)


def test_local_keys_are_hidden():
    env = {
        "CM_VERSION": "1",
        "CM_VERSION_MAX": "2",
        "CM_TMP_PATH": "/p",
        "CM_GIT_URL": "u",
        "CM_MINE_A": "1",
        "CM_OTHER": "1",
        "CM_VERSIONS": "1",
        "OPEN": "<<<LATER>>>",
        "+OPEN": ["a", "<<<LATER>>>"],
    }
    plan = plan_of({"tags": "a"}, env, DependencyScope(hidden_keys=(*CM.local_env_keys, "CM_MINE*")))
    assert plan.env == {"CM_OTHER": "1", "CM_VERSIONS": "1"}
    assert {**plan.env, **plan.hidden} == env


def test_forced_keys_and_versions_are_visible():
    env = {"CM_VERSION": "1", "CM_VERSION_MIN": "0", "CM_GIT_URL": "u", "CM_GIT_X": "x", "CM_TMP_X": "1"}
    assert plan_of({"tags": "a", "reuse_version": True}, env).env == {
        "CM_VERSION": "1",
        "CM_VERSION_MIN": "0",
    }
    assert plan_of({"tags": "a", "force_env_keys": ["CM_GIT_*"]}, env).env == {
        "CM_GIT_URL": "u",
        "CM_GIT_X": "x",
    }


def test_listing_does_not_give_hidden_keys_back_until_they_are_forced():
    env = {"CM_GIT_URL": "u", "A": "1"}
    first = plan_of({"tags": "a"}, env)
    second = plan_of({"tags": "b"}, first.env, withheld=first.hidden)
    assert (second.env, second.hidden) == ({"A": "1"}, {"CM_GIT_URL": "u"})
    third = plan_of({"tags": "c", "force_env_keys": ["CM_GIT_URL"]}, second.env, withheld=second.hidden)
    assert third.env == env


@pytest.mark.parametrize(
    ("entry", "tags"),
    [
        ({"inherit_variation_tags": True}, "a,_x,_g1,_m.8,-_no"),
        ({"inherit_variation_tags": "true"}, "a,_x,_g1,_m.8,-_no"),
        ({"inherit_variation_tags": False}, "a"),
        (
            {"inherit_variation_tags": True, "skip_inherit_variation_groups": ["g", "unknown"]},
            "a,_x,_m.8,-_no",
        ),
        ({"inherit_variation_tags": True, "skip_inherit_variation_groups": ["m"]}, "a,_x,_g1,-_no"),
        ({"inherit_variation_tags": True, "tags": "a,-_x"}, "a,-_x,_g1,_m.8,-_no"),
        ({"inherit_variation_tags": True, "tags": "a,_x"}, "a,_x,_g1,_m.8,-_no"),
    ],
)
def test_inherited_variations(entry, tags):
    scope = DependencyScope(
        variations=("x", "g1", "m.8"),
        excluded_variations=("no",),
        groups={"g": ("g1", "g2"), "m": ("m.#",)},
    )
    assert plan_of({"tags": "a", **entry}, scope=scope).tags == tags


@given(
    st.dictionaries(st.sampled_from(["CM_VERSION", "CM_A", "CM_TMP_B", "+C"]), st.just(["v"])),
    st.lists(st.sampled_from(["CM_VERSION", "CM_TMP_*", "CM_?"])),
)
def test_planning_changes_nothing_and_can_be_repeated(env, forced):
    entry = {"tags": "a", "env": {"X": "<<<CM_A>>>"}, "force_env_keys": forced, "update_tags_from_env": []}
    before = copy.deepcopy((entry, env))
    assert plan_of(entry, env) == plan_of(entry, env)
    assert (entry, env) == before


# -- the call of the child -----------------------------------------------------------------------------------


def parent_of(raw, **options):
    call = ScriptCall.from_options(options, CM, host=HostContext(cwd="/work"))
    return resolve_script(ScriptMeta.from_mapping(raw), call, CM)


def test_the_call_of_a_child():
    parent = parent_of(
        {"input_mapping": {"flag": "CM_FLAG"}, "const_state": {}, "deps": []},
        flag="f",
        adr={"deep": {"tags": "_user", "version": "1"}},
    )
    entry = {
        "tags": "get,a,_v,-_w",
        "version": 2,
        "env": {"E": "<<<CM_FLAG>>>"},
        "adr": {"deep": {"tags": "_entry", "env": {"A": "1"}}},
        "quiet": True,
        "foreign": "x",
    }
    plan = plan_dependency(entry, parent.scope("deps"), parent.env.with_({"CM_TMP_Z": "1"}), CM)
    call = dependency_call(plan, parent, state=Env({"s": 1}), options={"verbose": True, "foreign": "weaker"})
    assert call.tags.variations == ("v",)
    assert call.tags.excluded_variations == ("w",)
    assert call.asked.version == "2"
    assert call.nested
    assert call.quiet
    assert call.verbose
    assert call.options["foreign"] == "x"
    assert call.const == {"CM_FLAG": "f"}
    assert call.state == {"s": 1}
    assert call.host.cwd == "/work"
    assert call.adr == {"deep": {"tags": "_user", "env": {"A": "1"}, "version": "1"}}
    assert call.start_env(CM)["E"] == "f"
    assert "CM_TMP_Z" not in call.start_env(CM)
    assert call.explicit_env == {"E": "f"}


def test_quiet_reaches_the_child_through_env():
    parent = parent_of({}, quiet=True)
    plan = plan_dependency({"tags": "a"}, parent.scope("deps"), parent.env, CM)
    assert dependency_call(plan, parent, state=Env()).quiet


def test_a_bad_option_in_an_entry_is_refused():
    parent = parent_of({})
    plan = plan_dependency({"tags": "a", "version": ["1"]}, parent.scope("deps"), Env(), CM)
    with pytest.raises(UsageError, match="version"):
        dependency_call(plan, parent, state=Env())


def test_after_a_dependency_the_parent_has_its_keys_again():
    env = {"CM_VERSION": "1", "LATE": "<<<NEW>>>", "A": "old"}
    plan = plan_of({"tags": "a"}, env)
    returned = plan.env.with_({"NEW": "n", "A": "child", "CM_VERSION": "9"})
    after = finish_dependency(plan, returned, Env({"A": "const"}), CM)
    assert after == {"CM_VERSION": "1", "LATE": "n", "A": "const", "NEW": "n"}
