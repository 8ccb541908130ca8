"""``find_tool`` as people write it."""

from pathlib import Path

import pytest

from cm_core import MetaError
from cm_script.model.tool import ToolSpec

LEAST = {"names": "tool", "path_key": "CM_TOOL"}


def read(platform="linux", **keys):
    return ToolSpec.from_mapping({**LEAST, **keys}, "demo", platform=platform)


def test_names_are_one_word_or_several():
    assert read().names == ("tool",)
    assert read(names=["tool", "tool-ng"]).names == ("tool", "tool-ng")


@pytest.mark.parametrize(
    ("name", "on_windows"), [("gcc", "gcc.exe"), ("python3.11", "python3.11.exe"), ("x.dll", "x.dll")]
)
def test_names_on_windows(name, on_windows):
    assert read("windows", names=name).names == (on_windows,)
    assert read("windows", names=name, windows_names="y.exe").names == ("y.exe",)
    assert read("linux", names=name, windows_names="y.exe").names == (name,)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"names": None}, "needs the key 'names'"),
        ({"path_key": ""}, "needs the key 'path_key'"),
        ({"names": {"a": 1}}, "'names' must be a list of words"),
        ({"version_pattern": "("}, "not a valid regular expression"),
        ({"version_pattern": "version"}, "one group"),
        ({"version_pattern": "(a)(b)"}, "but has 2"),
        ({"timeout_s": "soon"}, "'timeout_s' must be a number"),
        ({"env": ["A"]}, "'env' must be a dictionary"),
    ],
)
def test_what_cannot_be_meant_is_named(keys, said):
    with pytest.raises(MetaError, match=f"demo: find_tool.*{said}"):
        read(**keys)


def test_the_partner_has_the_version_in_its_name_too():
    facts = read(partner={"gcc": "g++"}).facts(str(Path("bin", "gcc-12")), "12.1")
    assert facts["partner"] == "g++-12"
    assert facts["partner_path"] == str(Path("bin", "g++-12"))
    assert "partner" not in read().facts("x", "1")


def test_the_usual_pattern_finds_the_first_number_with_a_dot():
    for text, version in (("git version 2.39.5", "2.39.5"), ("jq-1.6", "1.6"), ("v3 of 10.0.1", "10.0.1")):
        assert read().version_pattern.search(text)[1] == version
