import pytest
from jsonschema import Draft202012Validator

from cm_experiment.flags import Run
from cm_experiment.study.schema import study_schema

SCHEMA = Draft202012Validator(study_schema())


def test_every_flag_is_a_key():
    assert Run.__by_key__.keys() == SCHEMA.schema["properties"].keys()


@pytest.mark.parametrize(
    "study",
    [
        {},
        {"explore": {"BATCH": [1, 2, 4], "THREADS": "range(1, 3)", "N": 5}, "maximize": "throughput"},
        {"explore": [{"BATCH": 1}, {"BATCH": 2}], "search": "list", "constraint": ["a < 1", "b < 2"]},
        {"metric": {"throughput": "speed: ([0-9.]+)"}, "minimize": ["a", "b"], "repeat": 3, "prune": True},
        {"metric": "x=([0-9]+)", "env": {"A": 1}, "timeout": "10m", "slurm_partition": "gpu"},
    ],
)
def test_good(study):
    SCHEMA.validate(study)


@pytest.mark.parametrize(
    "study",
    [
        {"search": "gird"},
        {"explore": "1,2"},
        {"explore": [{}]},
        {"explore": {"A": {"low": 1}}},
        {"env": ["A=1"]},
        {"prune": "perhaps"},
        {"constraint": [1]},
        {"repeat": [1, 2]},
    ],
)
def test_bad(study):
    assert not SCHEMA.is_valid(study)
