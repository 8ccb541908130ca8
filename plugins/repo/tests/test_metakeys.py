from importlib.resources import files

import pytest
from jsonschema import Draft202012Validator

from cm_core import read_meta
from cm_repo.metakeys import repository_schema

SCHEMA = Draft202012Validator(repository_schema())
GOOD = {"alias": "owner@tools", "uid": "0123456789abcdef"}


@pytest.mark.parametrize("package", ["cm_script", "cm_mlperf"])
def test_shipped_repositories(package):
    SCHEMA.validate(read_meta(files(package) / "recipes", "cmr"))


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"git": True, "version": "2.3.9", "prefix": "recipes", "desc": "tools"},
        {"deps": [{"alias": "a"}, {"uid": "0123456789abcdef", "conflict": True}], "min_cm_version": "4.1"},
    ],
)
def test_good(more):
    SCHEMA.validate({**GOOD, **more})


@pytest.mark.parametrize(
    "meta",
    [
        {"alias": "owner@tools"},
        {**GOOD, "uid": "short"},
        {**GOOD, "deps": [{"conflict": True}]},
        {**GOOD, "deps": {"alias": "a"}},
        {**GOOD, "prefix": ["a"]},
    ],
)
def test_bad(meta):
    assert not SCHEMA.is_valid(meta)
