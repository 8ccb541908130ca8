"""Versions that lost their zeros, because nobody put them in quotes."""

import pytest

from cm_core import load_yaml
from cm_script.model.versiontext import numeric_versions


def places(text):
    return [".".join(place) for place, _ in numeric_versions(load_yaml(text, source="text"))]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("version: 3.10", ["version"]),
        ("default_version: 3.10", ["default_version"]),
        ("versions: {3.10: {}, '3.11': {}}", ["versions.3.1"]),
        ("versions: {'1': {default_version: 2.0}}", ["versions.1.default_version"]),
        ("deps: [{tags: a}, {tags: b, version_max: 2.20}]", ["deps.1.version_max"]),
        ("variations: {v: {adr: {python: {version_min: 3.10}}}}", ["variations.v.adr.python.version_min"]),
        ("deps: [{tags: a, adr: {p: {version_max_usable: 1.0}}}]", ["deps.0.adr.p.version_max_usable"]),
        ("env: {CM_TOOL_VERSION: 2.10}", ["env.CM_TOOL_VERSION"]),
        ("version: '3.10'\nversion_min: 1.2.3\nversion_max: 7", []),
        ("env: {CM_SCALE: 0.10}\nconversion: 0.1\nvariations: {3.5: {}}", []),
    ],
)
def test_numbers_where_versions_stand(text, found):
    assert places(text) == found


def test_the_sentence_says_what_became_of_it():
    ((_, sentence),) = numeric_versions({"deps": [{"version_min": 3.1}]})
    assert sentence == "deps.0.version_min is the number 3.1, not text: 3.10 without quotes is read as 3.1"


def test_what_refers_to_itself_ends():
    raw = {"version": 1.5}
    raw["self"] = raw
    assert [place for place, _ in numeric_versions(raw)] == [("version",)]


def test_a_run_says_so_wherever_it_stands(lab):
    leaf = {"tags": "leaf", "version_min": 3.1}
    lab.add({"main": {"default_version": 3.1, "deps": [leaf]}, "leaf": {"env": {"LEAF_VERSION": 1.5}}})
    lab.run("main", adr={"leaf": {"version_max": 4.0}})
    said = "is the number {}, not text: 3.10 without quotes is read as 3.1; put it in quotes"
    assert sorted(lab.result.warnings) == [
        f"--adr.leaf.version_max {said.format(4.0)}",
        f"leaf: env.LEAF_VERSION {said.format(1.5)}",
        f"main: default_version {said.format(3.1)}",
        f"main: deps.0.version_min {said.format(3.1)}",
    ]
