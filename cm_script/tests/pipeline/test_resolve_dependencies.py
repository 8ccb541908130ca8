"""What becomes of the dependencies of a script while it is resolved."""

import copy

import pytest

from cm_core import CMError
from cm_script.pipeline.resolve import apply_default_version


def tags_of(entries):
    return [entry["tags"] for entry in entries]


def test_blocks_append_and_replace_dependencies(resolve):
    raw = {
        "deps": [{"tags": "get,a", "names": ["a"]}, {"tags": "get,b"}],
        "variations": {
            "v": {
                "deps": [
                    {"tags": "get,a2", "names": ["a"]},
                    {"tags": "b,get", "version": "1"},
                    {"tags": "get,c"},
                ],
                "prehook_deps": [{"tags": "pre"}],
                "posthook_deps": [{"tags": "posthook"}],
                "post_deps": [{"tags": "post"}],
            }
        },
    }
    resolved = resolve(raw, "_v")
    assert tags_of(resolved.deps) == ["get,a2", "b,get", "get,c"]
    assert (tags_of(resolved.prehook_deps), tags_of(resolved.posthook_deps), tags_of(resolved.post_deps)) == (
        ["pre"],
        ["posthook"],
        ["post"],
    )


def test_updates_of_a_variation_for_its_own_dependencies(resolve):
    raw = {
        "deps": [{"tags": "get,a", "names": ["a"]}],
        "post_deps": [{"tags": "get,p", "names": ["p"]}],
        "variations": {"v.#": {"ad": {"a": {"tags": "_x.#"}}, "add_deps": {"p": {"version": "#"}}}},
    }
    resolved = resolve(raw, "_v.7")
    assert resolved.deps == ({"tags": "get,a,_x.7", "names": ["a"]},)
    assert resolved.post_deps == ({"tags": "get,p", "names": ["p"], "version": "7"},)


def test_updates_last_when_a_combination_is_applied_again(resolve):
    raw = {
        "variations": {
            "a": {},
            "b": {},
            "c": {"ad": {"x": {"tags": "_c"}}},
            "a,b": {"deps": [{"tags": "get,x", "names": ["x"]}]},
        }
    }
    assert tags_of(resolve(raw, "_a,_b,_c").deps) == ["get,x,_c"]


@pytest.mark.parametrize("key", ["ad", "add_deps"])
def test_a_user_updates_direct_dependencies_in_any_list(resolve, key):
    raw = {"deps": [{"tags": "a", "names": ["a"]}], "post_deps": [{"tags": "p", "names": ["p"]}]}
    resolved = resolve(raw, **{key: {"a": {"version": "1"}, "p": {"tags": "_v"}}})
    assert resolved.deps[0]["version"] == "1"
    assert tags_of(resolved.post_deps) == ["p,_v"]
    with pytest.raises(CMError, match="'zz'"):
        resolve(raw, **{key: {"a": {"version": "1"}, "zz": {"version": "1"}}})


@pytest.mark.parametrize("key", ["adr", "add_deps_recursive"])
def test_recursive_updates_go_down_too(resolve, key):
    raw = {"deps": [{"tags": "a", "names": ["a"]}]}
    resolved = resolve(raw, **{key: {"a": {"tags": "_d,_c,_b"}, "deeper": {"version": "2"}}})
    assert tags_of(resolved.deps) == ["a,_d,_c,_b"]
    assert resolved.adr == {"a": {"tags": "_d,_c,_b"}, "deeper": {"version": "2"}}


def test_recursive_updates_of_variations_and_of_the_user_add_up(resolve):
    raw = {
        "deps": [{"tags": "a", "names": ["a"]}],
        "variations": {
            "v": {"adr": {"a": {"tags": "_v", "version": "1"}}, "add_deps_recursive": {"b": {"tags": "_b"}}}
        },
    }
    resolved = resolve(raw, "_v", adr={"a": {"tags": "_u", "version": "9"}})
    assert resolved.deps == ({"tags": "a,_u,_v", "names": ["a"], "version": "9"},)
    assert resolved.adr["a"]["tags"] == "_u,_v"
    assert resolved.adr["b"] == {"tags": "_b"}


def test_conditions_of_updates_see_the_final_env(resolve):
    raw = {
        "deps": [{"tags": "a", "names": ["a"]}],
        "variations": {
            "v": {"adr": {"a": {"tags": "_gpu.<<<N>>>", "enable_if_env": {"DEVICE": ["gpu"]}}}},
            "gpu": {"env": {"DEVICE": "gpu", "N": "2"}},
        },
    }
    assert tags_of(resolve(raw, "_v").deps) == ["a"]
    assert tags_of(resolve(raw, "_v,_gpu").deps) == ["a,_gpu.2"]


def test_the_metadata_is_never_changed(resolve):
    raw = {
        "alias": "demo",
        "env": {"+P": ["/a"]},
        "deps": [{"tags": "a", "names": ["a"], "env": {"X": "1"}}],
        "new_env_keys": ["A"],
        "docker": {"mounts": ["m"]},
        "variations": {
            "v.#": {
                "ad": {"a": {"tags": "_#", "env": {"Y": "#"}}},
                "deps": [{"tags": "b,_#", "names": ["b"]}],
                "adr": {"b": {"tags": "_x"}},
                "docker": {"mounts": ["n"]},
                "new_env_keys": ["B"],
                "state": {"s": {"l": [1]}},
            }
        },
        "default_version": "1",
        "versions": {"1": {"ad": {"b": {"version": "3"}}}},
    }
    before = copy.deepcopy(raw)
    adr = {"b": {"tags": "_u"}}
    resolved = apply_default_version(resolve(raw, "_v.8", adr=adr, env={"+P": ["/z"]}))
    assert resolved.deps[0]["env"] == {"X": "1", "Y": "8"}
    assert resolved.docker["mounts"] == ["m", "n"]
    assert raw == before
    assert adr == {"b": {"tags": "_u"}}
