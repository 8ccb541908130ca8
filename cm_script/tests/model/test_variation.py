"""Variations: which ones are on. The groups of the reference's examples are the example here too."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cm_core import CMError, MetaError, NotFoundError
from cm_script.model.meta import ScriptMeta
from cm_script.model.scripttags import parse_script_tags
from cm_script.model.variation import (
    VariationMatch,
    active_combinations,
    match_variation,
    missing_variations,
    resolve_variations,
    variation_block,
    variation_groups,
)


def script(variations, **raw):
    return ScriptMeta.from_mapping({"alias": "demo", "variations": variations, **raw}, source="demo")


EXAMPLE = script(
    {
        "a1": {"group": "a", "default": True},
        "a2": {"group": "a", "default_variations": {"b": "b2"}},
        "b1": {"group": "b", "default": True},
        "b2": {"group": "b"},
        "a2,b2": {},
        "n.#": {},
        "withbase": {"base": ["n.7"]},
    },
    invalid_variation_combinations=[["a1", "b2"]],
)


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("n.9", "n.#", "9"),
        ("n.4.5", "n.#", "4.5"),
        ("n.#", "n.#", ""),
        ("n.3", "n.3", ""),
        ("deep.er.1", "deep.er.#", "1"),
    ],
)
def test_dynamic_names(name, key, value):
    meta = script({"n.#": {}, "n.3": {}, "deep.er.#": {}})
    assert match_variation(meta, name) == VariationMatch(name=name, key=key, value=value)


@pytest.mark.parametrize("name", ["n", "n.", "n.1.", "m.1", "", "."])
def test_names_without_a_usable_value_do_not_match(name):
    assert match_variation(script({"n.#": {}}), name) is None


def test_candidates_are_filtered_by_requested_and_excluded_variations():
    assert missing_variations(EXAMPLE, parse_script_tags("x,_a1,-_n.3")) == ()
    assert missing_variations(EXAMPLE, parse_script_tags("_zz,_a1,-_yy")) == ("zz", "yy")


@pytest.mark.parametrize(
    ("requested", "active"),
    [
        ("", "a1 b1"),
        ("_a2", "a2 b2"),
        ("_b1,_a2", "b1 a2"),
        ("_withbase", "withbase n.7 a1 b1"),
        ("_withbase,_n.9", "withbase n.9 a1 b1"),
        ("_n.9,_withbase", "n.9 withbase a1 b1"),
        ("-_a1", "b1"),
        ("-_b2,_a2", "a2 b1"),
    ],
)
def test_examples_of_the_reference(requested, active):
    tags = parse_script_tags(requested)
    assert resolve_variations(EXAMPLE, tags.variations, tags.excluded_variations) == tuple(active.split())


def test_two_members_of_a_group_are_named():
    with pytest.raises(CMError) as caught:
        resolve_variations(EXAMPLE, ("a1", "a2"))
    assert caught.value.exit_code == 1
    for word in ("'a'", "_a1", "_a2"):
        assert word in str(caught.value)


def test_invalid_and_valid_combinations():
    with pytest.raises(CMError, match=r"_a1.*_b2"):
        resolve_variations(EXAMPLE, ("a1", "b2"))
    picky = script({"a": {}, "b": {}, "c": {}}, valid_variation_combinations=[["a", "b"], ["c"]])
    assert resolve_variations(picky, ("b", "a")) == ("b", "a")
    with pytest.raises(CMError, match="does not support") as caught:
        resolve_variations(picky, ("a",))
    assert "_a _b; _c" in caught.value.hint


def test_an_unknown_variation_gets_suggestions():
    with pytest.raises(NotFoundError) as caught:
        resolve_variations(script({"pytorch": {}, "onnxruntime": {}}), ("pytorhc",))
    assert caught.value.exit_code == 16
    assert "_pytorch" in caught.value.hint
    assert caught.value.details["variations"] == ["pytorch", "onnxruntime"]
    with pytest.raises(NotFoundError) as caught:
        resolve_variations(script({}), ("x",))
    assert "no variations" in caught.value.hint


def test_aliases_turn_on_their_target():
    meta = script(
        {"short": {"alias": "long"}, "long": {"group": "g"}, "other": {"group": "g", "default": True}}
    )
    assert resolve_variations(meta, ("short",)) == ("short", "long")
    both = script({"short": {"alias": "long"}, "long": {}, "x": {}})
    assert resolve_variations(both, ("short", "x")) == ("short", "x", "long")
    with pytest.raises(CMError, match="-_long"):
        resolve_variations(meta, ("short",), ("long",))


@pytest.mark.parametrize(
    "variations",
    [
        {"x": {"alias": "nowhere"}},
        {"x": {"alias": "y", "group": "g"}, "y": {}},
        {"x": {"alias": "y", "default": True}, "y": {}},
        {"x": {"base": ["nowhere"]}},
        {"x": {"base": ["n."]}, "n.#": {}},
        {"x": {"default_variations": {"nowhere": "y"}}},
        {"x": {"default_variations": {"g": "nowhere"}}, "y": {"group": "g"}},
        {"x": {"group": "g", "default": True}, "y": {"group": "g", "default": True}},
        {"x": {"base": "y"}, "y": {}},
    ],
)
def test_faults_of_metadata_are_told(variations):
    with pytest.raises(MetaError, match="demo"):
        resolve_variations(script(variations), ("x",))


def test_default_variation():
    meta = script({"v": {}, "w": {}}, default_variation="v")
    assert resolve_variations(meta, ()) == ("v",)
    assert resolve_variations(meta, ("w",)) == ("w",)
    assert resolve_variations(meta, (), ("v",)) == ()
    with pytest.raises(MetaError, match="default_variation"):
        resolve_variations(script({}, default_variation="v"), ())


def test_bases_add_bases_and_an_excluded_one_is_an_error():
    meta = script({"x": {"base": ["y"]}, "y": {"base": ["z.1"]}, "z.#": {}})
    assert resolve_variations(meta, ("x",)) == ("x", "y", "z.1")
    with pytest.raises(CMError, match="-_y"):
        resolve_variations(meta, ("x",), ("y",))


def test_defaults_of_a_variation_respect_active_members():
    meta = script(
        {
            "x": {"base": ["m1"], "default_variations": {"g": "m2"}},
            "m1": {"group": "g"},
            "m2": {"group": "g"},
        }
    )
    assert resolve_variations(meta, ("x",)) == ("x", "m1")


def test_the_first_default_for_a_group_wins():
    meta = script(
        {
            "x": {"default_variations": {"g": "m1"}},
            "y": {"default_variations": {"g": "m2"}},
            "m1": {"group": "g"},
            "m2": {"group": "g"},
        }
    )
    assert resolve_variations(meta, ("x", "y")) == ("x", "y", "m1")


def test_a_larger_combination_refines_the_value_of_a_smaller_one():
    meta = script(
        {
            "x": {},
            "y": {},
            "z": {},
            "x,y": {"default_variations": {"g": "m.64"}},
            "x,y,z": {"default_variations": {"g": "m.32"}},
            "m.#": {"group": "g"},
            "fixed": {"group": "g"},
        }
    )
    assert resolve_variations(meta, ("x", "y", "z")) == ("x", "y", "z", "m.64", "m.32")
    assert resolve_variations(meta, ("x", "y", "z", "m.1")) == ("x", "y", "z", "m.1")
    assert resolve_variations(meta, ("x", "y", "z", "fixed")) == ("x", "y", "z", "fixed")


def test_defaults_of_combinations_and_of_group_defaults():
    meta = script(
        {
            "x": {},
            "y": {"group": "g", "default": True, "base": ["z"]},
            "z": {},
            "x,y": {"default_variations": {"h": "big.8"}},
            "big.#": {"group": "h"},
            "small": {"group": "h"},
        }
    )
    assert resolve_variations(meta, ("x",)) == ("x", "y", "big.8", "z")
    assert resolve_variations(meta, ("x", "small")) == ("x", "small", "y", "z")


def test_membership_of_dynamic_names():
    meta = script({"m.#": {"group": "g"}, "m.3": {"group": "g"}, "other": {"group": "g", "default": True}})
    assert resolve_variations(meta, ("m.8",)) == ("m.8",)
    with pytest.raises(CMError, match="group 'g'"):
        resolve_variations(meta, ("m.8", "m.3"))
    assert variation_groups(meta) == {"g": ("m.#", "m.3", "other")}


def test_larger_combinations_come_last():
    meta = script({"a,b,c": {}, "b,a": {}, "c,a": {}, "a,x": {}, "a": {}, "b": {}, "c": {}})
    assert active_combinations(meta, ("a", "b", "c")) == ("b,a", "c,a", "a,b,c")
    assert active_combinations(meta, ("a", "b")) == ("b,a",)


def test_the_value_is_filled_in_below_the_top_level_of_the_block():
    meta = script(
        {
            "n.#": {
                "group": "g#",
                "env": {"A": "#", "N": 3, "+L": ["x#", 1]},
                "deps": [
                    {
                        "tags": "get,x,_v.#",
                        "names": ["n#"],
                        "env": {"B": "a#b#"},
                        "enable_if_env": {"A": ["#"]},
                    }
                ],
                "ad": {"dep": {"tags": "_#", "env": {"C": "#"}}},
                "new_env_keys": ["KEY_#"],
            }
        }
    )
    block = variation_block(meta, match_variation(meta, "n.4.5"))
    assert block == {
        "group": "g#",
        "env": {"A": "4.5", "N": 3, "+L": ["x4.5", 1]},
        "deps": [
            {
                "tags": "get,x,_v.4.5",
                "names": ["n4.5"],
                "env": {"B": "a4.5b4.5"},
                "enable_if_env": {"A": ["4.5"]},
            }
        ],
        "ad": {"dep": {"tags": "_4.5", "env": {"C": "4.5"}}},
        "new_env_keys": ["KEY_4.5"],
    }
    assert meta.variations["n.#"]["env"]["A"] == "#"


@st.composite
def scripts(draw):
    names = ["a", "b", "c", "d", "n.#"]
    uses = ["a", "b", "c", "d", "n.1", "n.2"]
    blocks = {}
    for name in names:
        block = {}
        if draw(st.booleans()):
            block["group"] = draw(st.sampled_from(["g", "h"]))
        if draw(st.booleans()):
            block["base"] = draw(st.lists(st.sampled_from(uses), max_size=2))
        blocks[name] = block
    groups = {}
    for name, block in blocks.items():
        groups.setdefault(block.get("group"), []).append(name)
    groups.pop(None, None)
    for name in names:
        if groups and draw(st.booleans()):
            group = draw(st.sampled_from(sorted(groups)))
            member = draw(st.sampled_from(groups[group])).replace("#", "5")
            blocks[name]["default_variations"] = {group: member}
    for group in groups.values():
        if draw(st.booleans()):
            blocks[draw(st.sampled_from(group))]["default"] = True
    return script(blocks), tuple(draw(st.lists(st.sampled_from(uses), unique=True))), groups


@given(scripts(), st.sets(st.sampled_from(["a", "b", "c", "d"])))
def test_closures_are_closed(case, excluded):
    meta, requested, groups = case
    requested = tuple(name for name in requested if name not in excluded)
    try:
        active = resolve_variations(meta, requested, tuple(excluded))
    except CMError:
        return
    keys = {name: match_variation(meta, name).key for name in active}
    assert active[: len(requested)] == requested
    assert len(set(active)) == len(active)
    assert not excluded & set(active)
    for name in active:
        for base in meta.variations[keys[name]].get("base", ()):
            assert match_variation(meta, base).key in keys.values()
    for members in groups.values():
        default = [name for name in members if "default" in meta.variations[name]]
        if default and default[0] not in excluded:
            assert any(key in members for key in keys.values())
    # What is on stays on and nothing is added when everything is asked for explicitly.
    try:
        assert set(resolve_variations(meta, active, tuple(excluded))) == set(active)
    except CMError as error:
        assert "allows one variation" in str(error)  # noqa: PT017 - two defaults met in one group
