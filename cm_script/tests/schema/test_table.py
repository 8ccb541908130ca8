import pytest

from cm_core.model.keys import TextKey
from cm_script.schema import keys
from cm_script.schema.table import GROUPS, PLACES, KeyTable, meant_key

OWN = KeyTable()


def test_every_key_is_complete():
    for key in OWN.keys:
        assert key.name
        assert key.sentence[-1] != ".", key
        assert set(key.levels) <= PLACES.keys(), key
        assert key.owner in ("core", ""), key
        assert key.since == "0.1"


def test_a_name_stands_once_at_a_level():
    places = [(level, key.name) for key in OWN.keys for level in key.levels]
    assert len(places) == len(set(places))


def test_keys_of_levels():
    assert OWN.at("script")["env"] is keys.ENV
    assert OWN.at("variation")["env"] is keys.ENV
    assert OWN.at("dependency")["env"] is keys.ENTRY_ENV
    assert "cache" not in OWN.at("variation")
    assert OWN.at("docker") == {}
    assert OWN.at("nowhere") == {}


@pytest.mark.parametrize(
    ("name", "level"),
    [("base", "variation"), ("cache", "script"), ("names", "dependency"), ("run", ""), (" tags", "script")],
)
def test_where_a_name_means_something(name, level):
    assert OWN.level_of(name) == level


def test_plugins_add_keys():
    more = TextKey("colour", ("docker", "variation"), "its colour", owner="paint")
    table = KeyTable([more])
    assert table.at("docker") == {"colour": more}
    assert table.at("variation")["colour"] is more
    assert table.level_of("colour") == "variation"


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("alis", "alias"),
        ("default-variations", "default_variations"),
        ("Base", "base"),
        ("env_off", ""),
        ("env_disabled", ""),
        ("frobnicate", ""),
        ("env", ""),
    ],
)
def test_what_a_misspelt_key_means(word, meant):
    assert meant_key(word, OWN.at("variation")) == meant


def test_what_the_parent_of_a_dependency_reads_is_no_input_of_it():
    assert {"tags", "names", "enable_if_env", "dynamic"} <= keys.INSTRUCTIONS
    assert {"version", "force_cache", "extra_cache_tags", "adr"}.isdisjoint(keys.INSTRUCTIONS)
    assert {key.name for key in GROUPS["entries"]} >= keys.INSTRUCTIONS
