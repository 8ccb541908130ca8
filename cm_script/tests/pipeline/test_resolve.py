"""From metadata and call to a resolved script: what wins over what, and what dependencies become."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cm_core import MetaError, NotFoundError
from cm_script.model.call import HostContext, ScriptCall
from cm_script.model.meta import ScriptMeta
from cm_script.pipeline.resolve import resolve_script
from cm_script.profile import CM, Profile


def tags_of(entries):
    return [entry["tags"] for entry in entries]


# -- env -----------------------------------------------------------------------------------------------------


LAYERS = {
    "default_env": {"K": "default_env"},
    "env": {"K": "env"},
    "input_mapping": {"flag": "K"},
    "variations": {
        "v": {"env": {"K": "variation"}},
        "w": {"env": {"K": "later variation"}},
        "v,w": {"env": {"K": "combination"}},
        "v,w,x": {"env": {"K": "larger combination"}},
        "x": {},
        "d": {"default_env": {"K": "default_env of a variation"}},
    },
    "versions": {"1": {"env": {"K": "version"}}},
}


@pytest.mark.parametrize(
    ("without", "tags", "options", "winner"),
    [
        ("env", "", {}, "default_env"),
        ("env", "", {"env": {"K": "caller"}}, "caller"),
        ("", "", {"env": {"K": "caller"}}, "env"),
        ("", "_v", {"env": {"K": "caller"}}, "variation"),
        ("", "_v,_w", {}, "combination"),
        ("", "_w,_v", {}, "combination"),
        ("", "_v,_x,_w", {}, "larger combination"),
        ("", "_x,_w,_v", {}, "larger combination"),
        ("", "_w", {}, "later variation"),
        ("", "_v,_w,_x", {"version": "1"}, "version"),
        ("", "_v,_w,_x", {"version": "1", "flag": "flag"}, "flag"),
        ("", "", {"flag": "flag"}, "flag"),
        ("", "_v", {"version": "1", "const": {"K": "const"}}, "const"),
        ("env", "_d", {}, "default_env"),
        ("env default_env", "_d", {}, "default_env of a variation"),
    ],
)
def test_what_wins(resolve, without, tags, options, winner):
    raw = {key: value for key, value in LAYERS.items() if key not in without.split()}
    assert resolve(raw, tags, **options).env["K"] == winner


def test_a_mapped_option_is_also_a_constant(resolve):
    resolved = resolve({"input_mapping": {"model": "CM_MODEL", "other": "CM_OTHER"}}, model="bert")
    assert resolved.const == {"CM_MODEL": "bert"}
    assert "CM_OTHER" not in resolved.env


def test_the_mapping_of_a_variation_sets_env_only(resolve):
    resolved = resolve({"variations": {"v": {"input_mapping": {"model": "CM_MODEL"}}}}, "_v", model="bert")
    assert resolved.env["CM_MODEL"] == "bert"
    assert resolved.const == {}


def test_constants_of_blocks(resolve):
    raw = {"const": {"TOP": "1"}, "variations": {"v": {"const": {"K": "c"}}, "w": {"env": {"K": "w"}}}}
    resolved = resolve(raw, "_v,_w", const={"G": "g"})
    assert resolved.const == {"K": "c", "G": "g"}
    assert resolved.env == {"K": "c", "G": "g"}


def test_state_and_constant_state_merge(resolve):
    raw = {
        "state": {"s": {"a": 1}, "+": 1},
        "variations": {"v": {"state": {"s": {"b": 2}}, "const_state": {"c": 1}}},
    }
    resolved = resolve(raw, "_v", state={"s": {"z": 0}}, local_state={"l": [1]})
    assert resolved.state == {"s": {"z": 0, "a": 1, "b": 2}, "+": 1, "l": [1], "c": 1, "docker": {}}
    assert resolved.const_state == {"c": 1}


def test_placeholders_are_resolved_block_by_block(resolve):
    raw = {
        "env": {"A": "<<<B>>>", "LATE": "<<<FROM_DEP>>>"},
        "variations": {"v": {"env": {"B": "v", "C": "<<<B>>>!"}}, "w": {"env": {"B": "w"}}},
    }
    resolved = resolve(raw, "_v,_w")
    assert resolved.env == {"A": "v", "B": "w", "C": "v!", "LATE": "<<<FROM_DEP>>>"}


def test_conditional_updates_of_blocks(resolve):
    update = {
        "enable_if_env": {"CUDA": ["yes"]},
        "env": {"DEVICE": "gpu"},
        "state": {"s": 1},
        "docker": {"all_gpus": "yes"},
    }
    raw = {"variations": {"v": {"update_meta_if_env": [update]}, "cuda": {"env": {"CUDA": "yes"}}}}
    assert "DEVICE" not in resolve(raw, "_v").env
    resolved = resolve(raw, "_v,_cuda")
    assert resolved.env["DEVICE"] == "gpu"
    assert resolved.docker == {"all_gpus": "yes"}
    assert resolved.conditional_updates == (update,)
    assert "DEVICE" not in resolve({"update_meta_if_env": [update], "env": {"CUDA": "yes"}}).env


def test_the_repository_of_the_script_is_known_to_it():
    meta = ScriptMeta(
        raw={"env": {"P": "<<<CM_TMP_CURRENT_SCRIPT_REPO_PATH>>>"}}, repo_path="/r", repo_root="/r/p"
    )
    env = resolve_script(meta, ScriptCall()).env
    assert env["P"] == env["CM_TMP_CURRENT_SCRIPT_REPO_PATH"] == "/r"
    assert env["CM_TMP_CURRENT_SCRIPT_REPO_PATH_WITH_PREFIX"] == "/r/p"


def test_values_keep_their_types(resolve):
    raw = {"env": {"N": 5, "F": True, "NONE": None, "+L": ["a"]}}
    assert resolve(raw).env == {"N": 5, "F": True, "NONE": None, "+L": ["a"]}


# -- variations ----------------------------------------------------------------------------------------------


def test_dynamic_variations_of_one_name_each_have_their_value(resolve):
    raw = {"variations": {"n.#": {"env": {"N": "#"}, "deps": [{"tags": "get,_n.#"}]}}}
    resolved = resolve(raw, "_n.1,_n.2")
    assert resolved.variations == ("n.1", "n.2")
    assert resolved.env["N"] == "2"
    assert tags_of(resolved.deps) == ["get,_n.1", "get,_n.2"]


def test_variations_in_all_roles_are_reported(resolve):
    raw = {
        "variations": {
            "a": {"group": "g", "default": True},
            "b": {"group": "g"},
            "c": {"base": ["d"]},
            "d": {},
        }
    }
    resolved = resolve(raw, "_c,-_b")
    assert resolved.variations == ("c", "d", "a")
    assert resolved.explicit_variations == ("c",)
    assert resolved.excluded_variations == ("b",)
    assert resolved.groups == {"g": ("a", "b")}


def test_an_unknown_variation_is_not_found(resolve):
    with pytest.raises(NotFoundError, match="_nope"):
        resolve({"variations": {"n": {}}}, "_nope")


def test_warnings_and_disk_space(resolve):
    raw = {
        "warnings": ["careful"],
        "variations": {
            "v": {"warning": "this is big", "required_disk_space": 500},
            "w": {"required_disk_space": 1.5},
            "v,w": {"warning": "this is big"},
        },
    }
    resolved = resolve(raw, "_v,_w")
    assert resolved.warnings == ("careful", "this is big", "about 501.5 MB of disk space is needed")


def test_the_last_block_that_names_a_script_wins(resolve):
    raw = {
        "script_name": "top",
        "variations": {"v": {"script_name": "v"}, "w": {}, "v,w": {"script_name": "vw"}},
    }
    assert [resolve(raw, tags).script_name for tags in ("", "_v", "_w", "_w,_v")] == ["top", "v", "top", "vw"]
    assert resolve({}).script_name == ""


def test_a_malformed_block_is_named(resolve):
    with pytest.raises(MetaError, match=r"demo: variation 'v'.*'env'"):
        resolve({"variations": {"v": {"env": ["A"]}}}, "_v")
    with pytest.raises(MetaError, match=r"'\+PATH'"):
        resolve({"variations": {"v": {"env": {"+PATH": "/a"}}}}, "_v")


# -- containers, cache tags, identity ------------------------------------------------------------------------


def test_container_settings_of_blocks_merge(resolve):
    raw = {
        "docker": {
            "run": True,
            "deps": [{"tags": "d", "names": ["d"]}, {"tags": "e", "skip_inside_docker": True}],
        },
        "variations": {"v": {"docker": {"os": "ubuntu"}, "adr": {"d": {"tags": "_x"}}}},
    }
    resolved = resolve(raw, "_v", adr={"d": {"tags": "_y"}})
    assert resolved.docker["os"] == "ubuntu"
    assert tags_of(resolved.docker_deps) == ["d,_y"]


@pytest.mark.parametrize(
    ("docker", "env", "skipped", "fake"),
    [
        ({"run": False}, {"CM_RUN_STATE_DOCKER": "yes"}, True, False),
        ({"run": "no"}, {"CM_RUN_STATE_DOCKER": True}, True, False),
        ({"real_run": False}, {"CM_RUN_STATE_DOCKER": "True"}, False, True),
        ({"real_run": False}, {"CM_RUN_STATE_DOCKER": "no"}, False, False),
        ({"real_run": False}, {}, False, False),
        ({"run": True}, {"CM_RUN_STATE_DOCKER": "yes"}, False, False),
        ({}, {"CM_RUN_STATE_DOCKER": "yes"}, False, False),
    ],
)
def test_inside_a_container(resolve, docker, env, skipped, fake):
    resolved = resolve({"docker": docker, "cache": True}, env=env)
    assert (resolved.skipped, resolved.fake_run) == (skipped, fake)
    assert ("CM_TMP_FAKE_RUN" in resolved.env) is fake
    assert resolved.cacheable is not fake


@pytest.mark.parametrize(
    ("raw", "options", "cacheable"),
    [
        ({"cache": True}, {}, True),
        ({"cache": "true"}, {}, True),
        ({}, {}, False),
        ({"cache": True}, {"skip_cache": True}, False),
        ({"can_force_cache": True}, {"force_cache": True}, True),
        ({"can_force_cache": True}, {}, False),
        ({}, {"force_cache": True}, False),
        ({"cache": True, "can_force_cache": True}, {"skip_cache": True, "force_cache": True}, True),
        ({"cache": True}, {"fake_run": True}, False),
    ],
)
def test_what_is_cached(resolve, raw, options, cacheable):
    assert resolve(raw, **options).cacheable is cacheable


def test_extra_cache_tags(resolve):
    raw = {"env": {"V": "7"}}
    resolved = resolve(raw, extra_cache_tags="a,b-<<<V>>>,,a", name="My Env")
    assert resolved.extra_cache_tags == ("a", "b-7", "name-my env")
    assert resolve(raw, env={"CM_EXTRA_CACHE_TAGS": "x"}, extra_cache_tags="").extra_cache_tags == ("x",)


def test_inputs_that_identify_a_result(resolve):
    raw = {"input_mapping": {"model": "CM_MODEL", "token": "CM_HF_TOKEN", "key": "AWS_SECRET", "unused": "U"}}
    resolved = resolve(
        raw,
        model="bert",
        token="t",
        key="k",
        path="/data",
        unknown="x",
        quiet=True,
        gh_token="t",
        name="n",
        env={"CM_A": "1", "CM_QUIET": "yes", "CM_TMP_X": "1", "CM_API_KEY": "s", "L": ["a"]},
        const={"CM_B": 2, "CM_VERBOSE": "yes"},
    )
    assert resolved.inputs == {
        "model": "bert",
        "path": "/data",
        "env.CM_A": "1",
        "env.L": ["a"],
        "const.CM_B": 2,
    }


def test_secrets_inside_values_are_no_inputs_either(resolve):
    raw = {"input_mapping": {"url": "CM_URL", "hub": "CM_HUB", "tokenizer": "CM_TOKENIZER"}}
    hub = {"name": "n", "access_token": "t", "more": [{"password": "p", "n": 1}]}
    resolved = resolve(raw, url="https://me:word@host/x", hub=hub, tokenizer="bpe")
    assert resolved.inputs == {
        "url": "https://***@host/x",
        "hub": {"name": "n", "more": [{"n": 1}]},
        "tokenizer": "bpe",
    }


def test_what_a_parent_passes_on_is_no_input(resolve):
    resolved = resolve({}, nested=True, env={"CM_A": "1"}, local_env={"CM_B": "1"}, output="o")
    assert resolved.inputs == {"env.CM_B": "1", "output": "o"}


def test_export_keys_can_be_forced(resolve):
    raw = {
        "new_env_keys": ["A", "B*"],
        "new_state_keys": ["s"],
        "variations": {"v": {"new_env_keys": ["A", "C"]}},
    }
    resolved = resolve(raw, "_v")
    assert (resolved.new_env_keys, resolved.new_state_keys) == (("A", "B*", "C"), ("s",))
    forced = resolve(raw, "_v", force_new_env_keys=["Z"], force_new_state_keys=["t"])
    assert (forced.new_env_keys, forced.new_state_keys) == (("Z",), ("t",))


def test_the_metadata_for_hooks_has_what_was_resolved(resolve):
    raw = {
        "deps": [{"tags": "a"}],
        "new_env_keys": ["A"],
        "mine": {"x": 1},
        "docker": {"deps": [{"tags": "d"}]},
        "variations": {"v": {"deps": [{"tags": "b"}], "script_name": "other"}},
    }
    resolved = resolve(raw, "_v")
    meta = resolved.settled_meta()
    assert tags_of(meta["deps"]) == ["a", "b"]
    assert (meta["script_name"], meta["mine"], meta["new_env_keys"]) == ("other", {"x": 1}, ["A"])
    assert tags_of(meta["docker_deps"]) == ["d"]
    meta["deps"].clear()
    assert tags_of(resolved.deps) == ["a", "b"]


def test_what_dependencies_of_each_kind_do_not_see(resolve):
    raw = {"local_env_keys": ["CM_MINE*"], "clean_env_keys_post_deps": ["CM_POST"]}
    resolved = resolve(raw)
    usual = CM.local_env_keys
    assert "CM_TMP_*" in usual
    for kind in ("deps", "prehook_deps", "posthook_deps", "docker_deps"):
        assert resolved.scope(kind).hidden_keys == (*usual, "CM_MINE*")
    assert resolved.scope("post_deps").hidden_keys == ("CM_POST",)
    for kind in ("posthook_deps", "post_deps"):
        assert resolved.scope(kind, from_cache=True).hidden_keys == (*usual, "CM_POST")


def test_another_profile():
    profile = Profile(prefix="MLC")
    meta = ScriptMeta.from_mapping({"versions": {"1": {}}})
    call = ScriptCall.from_options({"version": "1", "path": "/p"}, profile, host=HostContext(cwd="/w"))
    env = resolve_script(meta, call, profile).env
    assert env == {"MLC_VERSION": "1", "MLC_TMP_PATH": "/p", "MLC_TMP_CURRENT_PATH": "/w"}


@given(
    st.dictionaries(st.sampled_from("ABC"), st.text("<>AB", max_size=8)),
    st.permutations(["v", "w", "x"]),
    st.sampled_from(["", "1", "2"]),
)
def test_resolving_is_repeatable_and_plain_data(resolve, env, order, version):
    raw = {
        "env": {"A": "<<<B>>>"},
        "deps": [{"tags": "a", "names": ["a"]}],
        "variations": {
            "v": {"env": {"B": "v"}, "adr": {"a": {"tags": "_v"}}},
            "w": {"env": {"B": "w"}, "adr": {"a": {"tags": "_w"}}},
            "x": {"ad": {"a": {"env": {"C": "<<<B>>>"}}}},
            "v,w": {"env": {"C": "vw"}},
        },
        "versions": {"1": {"env": {"C": "1"}}},
    }
    tags = ",".join(f"_{name}" for name in order)
    one, other = (resolve(raw, tags, env=env, version=version) for _ in range(2))
    assert one == other
    assert one.variations == tuple(order)
    json.dumps([one.env.thaw(), one.state.thaw(), one.deps, one.inputs])
    assert one.env["C"] == ("1" if version == "1" else "vw")
