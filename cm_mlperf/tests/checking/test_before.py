from dataclasses import replace

import pytest

from cm_mlperf.checking.before import Plan, check_before, check_seeds
from cm_mlperf.loadgen import rounds
from cm_mlperf.run.official import NotOfficialError

ROUND = rounds.load("v6.1")
SETTINGS = {"SingleStream": {"target_latency": 1}, "MultiStream": {}}


def plan(**changes):
    facts = {
        "round": ROUND,
        "division": "open",
        "category": "edge",
        "submitter": "Lab",
        "system_name": "laptop",
        "model": "digits",
        "benchmark": "resnet",
        "dataset_size": 50_000,
        "performance_samples": 1024,
        "settings": SETTINGS,
    }
    return Plan(**(facts | changes))


def test_a_good_plan_has_no_findings():
    assert check_before(plan()) == ()


@pytest.mark.parametrize(
    ("changes", "check", "key"),
    [
        ({"submitter": "my lab"}, "names", "submitter"),
        ({"system_name": "../x"}, "names", "system_name"),
        ({"division": "opened"}, "names", "division"),
        ({"benchmark": ""}, "mapping", "benchmark"),
        ({"dataset_size": 540}, "accuracy-samples", "dataset.size"),
        ({"performance_samples": 540}, "performance-samples", "performance_samples"),
        ({"settings": {"Offline": {"min_duration": 5000}}}, "duration-setting", "Offline.min_duration"),
        ({"settings": {"Offline": {"max_duration": "60000"}}}, "duration-real", "Offline.max_duration"),
        ({"settings": {"Offline": {"max_query_count": 5}}}, "duration-real", "Offline.max_query_count"),
        ({"settings": {"Server": {"target_latency": 20}}}, "latency-bound", "Server.target_latency"),
    ],
)
def test_each_mistake_is_found_before_the_run(changes, check, key):
    (finding,) = check_before(plan(**changes))
    assert (finding.check, finding.key) == (check, key)
    assert finding.fix


def test_closed_needs_all_scenarios_the_official_model_and_compliance():
    findings = check_before(plan(division="closed"))
    assert {(finding.check, finding.expected) for finding in findings} == {
        ("mapping", "resnet"),
        ("scenarios", "Offline"),
        ("compliance", "TEST01"),
        ("compliance", "TEST04"),
    }
    complete = plan(
        division="closed",
        model="resnet50",
        settings={**SETTINGS, "Offline": {}},
        compliance=("TEST01", "TEST04"),
    )
    assert check_before(complete) == ()
    # A file of that name is not the model.
    own = replace(complete, own=True)
    assert [finding.found for finding in check_before(own)] == ["a file of your own (resnet50)"]
    assert "--equivalent" in check_before(own)[0].fix
    assert check_before(replace(own, model="mine", equivalent=True)) == ()
    assert [finding.key for finding in check_before(replace(own, benchmark=""))] == ["benchmark"]


def test_another_wheel_is_named():
    assert check_seeds(ROUND, ROUND.seeds) == ()
    (finding,) = check_seeds(ROUND, rounds.load("v6.0").seeds)
    assert (finding.found, finding.expected) == ("seeds of v6.0", "seeds of v6.1")
    assert "--round=v6.0" in finding.fix


def test_a_name_that_is_missing_is_asked_for():
    (finding,) = check_before(plan(submitter=""))
    assert (finding.found, finding.expected) == ("", "a name of letters, digits and . _ + -")
    assert finding.fix == "give one with --submitter=NAME"
    assert "but is not given" in NotOfficialError([finding]).message
