"""Which version a script is resolved for, and what the block of a version changes."""

import pytest

from cm_script.pipeline.resolve import apply_default_version


def tags_of(entries):
    return [entry["tags"] for entry in entries]


VERSIONED = {
    "default_version": "2.0",
    "deps": [{"tags": "src", "names": ["src"]}],
    "versions": {
        "1.0": {"env": {"CM_TAG": "v1"}, "adr": {"src": {"tags": "_v1"}}},
        "2.0": {"env": {"CM_TAG": "v2"}, "adr": {"src": {"tags": "_v2"}}},
    },
}


@pytest.mark.parametrize(
    ("options", "meta_keys", "version"),
    [
        ({"version": "1.0"}, {}, "1.0"),
        ({"version": "1.0", "env": {"CM_VERSION": "7"}}, {"version": "8"}, "1.0"),
        ({"env": {"CM_VERSION": "7"}}, {"version": "8"}, "7"),
        ({}, {"version": "8"}, "8"),
        ({}, {"version": 1.5}, "1.5"),
        ({}, {}, ""),
    ],
)
def test_where_a_version_comes_from(resolve, options, meta_keys, version):
    resolved = resolve({**VERSIONED, **meta_keys}, **options)
    assert resolved.version == version
    assert resolved.env.get("CM_VERSION", "") == version


def test_the_block_of_a_version_is_applied(resolve):
    resolved = resolve(VERSIONED, version="1.0")
    assert resolved.env["CM_TAG"] == "v1"
    assert tags_of(resolved.deps) == ["src,_v1"]
    assert resolved.adr == {"src": {"tags": "_v1"}}
    assert apply_default_version(resolved) is resolved


@pytest.mark.parametrize(
    ("options", "version"),
    [
        ({}, "2.0"),
        ({"version_min": "3.0"}, "3.0"),
        ({"version_min": "1.0"}, "2.0"),
        ({"version_max": "0.5"}, "0.5"),
        ({"version_max": "0.4", "version_max_usable": "0.3"}, "0.3"),
        ({"version_max": "2.0", "version_max_usable": "0.3"}, "2.0"),
        ({"version_min": "1.9", "version_max": "2.1"}, "2.0"),
    ],
)
def test_default_version_within_bounds(resolve, options, version):
    resolved = resolve(VERSIONED, **options)
    assert resolved.version == ""
    assert "CM_VERSION" not in resolved.env
    assert "CM_TAG" not in resolved.env
    for option, value in options.items():
        assert resolved.env[f"CM_{option.upper()}"] == getattr(resolved, option) == value
    chosen = apply_default_version(resolved)
    assert chosen.version == chosen.env["CM_VERSION"] == version
    assert chosen.env["CM_TAG"] == "v2"
    assert tags_of(chosen.deps) == ["src"]
    assert chosen.adr == {"src": {"tags": "_v2"}}
    assert resolved.adr == {}


def test_a_variation_may_change_the_default_version(resolve):
    raw = {**VERSIONED, "variations": {"old": {"default_version": "1.0"}}}
    assert apply_default_version(resolve(raw, "_old")).env["CM_TAG"] == "v1"


def test_without_a_default_only_bounds_are_exported(resolve):
    resolved = resolve({}, version_min="1")
    assert apply_default_version(resolved) is resolved
    assert resolved.env == {"CM_VERSION_MIN": "1"}


def test_options_win_over_the_block_of_the_default_version(resolve):
    raw = {**VERSIONED, "input_mapping": {"tag": "CM_TAG"}}
    assert apply_default_version(resolve(raw, tag="mine")).env["CM_TAG"] == "mine"
