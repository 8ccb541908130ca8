from dataclasses import replace

import pytest

from cm_core import NotFoundError, UsageError
from cm_mlperf.loadgen import rounds
from cm_mlperf.submission.options import Wishes, describe_run, known_of, with_wishes

SMALL = {("SingleStream", mode): f"small/SingleStream/{mode}" for mode in ("performance", "accuracy")}
ROUND = rounds.load("v6.1")
GPU = {
    "accelerators_per_node": "2",
    "accelerator_model_name": "Example GPU",
    "other_software_stack": "NVIDIA driver 570",
}


@pytest.fixture
def record(make_run):
    return make_run(SMALL).read()


def test_accelerators_that_did_not_work_are_not_described(record):
    facts = known_of(record, GPU)
    assert facts["accelerators_per_node"] == "0"
    assert "accelerator_model_name" not in facts


def test_accelerators_that_worked_are_described_as_detected(record):
    facts = known_of(replace(record, system=replace(record.system, device="cuda")), GPU)
    assert (facts["accelerators_per_node"], facts["accelerator_model_name"]) == ("2", "Example GPU")
    assert facts["other_software_stack"].startswith("NVIDIA driver 570, mlcommons-loadgen 6.0.17")


def test_the_framework_follows_from_the_run(record):
    assert known_of(record, {})["framework"] == "onnxruntime 1.32.0"


def test_the_number_of_nodes_of_a_network_is_not_known(record):
    assert known_of(record, {})["number_of_nodes"] == "1"
    assert "number_of_nodes" not in known_of(replace(record, division="network"), {})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"submitter": ""}, "no submitter was given"),
        ({"category": ""}, "no category was given"),
        ({"division": "opened"}, "there is no division 'opened'"),
    ],
)
def test_what_a_tree_needs_has_to_be_said(record, changes, message):
    with pytest.raises(UsageError, match=message) as caught:
        with_wishes(replace(record, **changes), Wishes())
    assert "--" in caught.value.hint


def test_an_unknown_benchmark_is_refused(make_run, record):
    run = make_run(SMALL, name="other")
    with pytest.raises(NotFoundError, match="no benchmark 'resnt'"):
        describe_run(run, record, ROUND, Wishes(benchmark="resnt"), {})


def test_measurements_name_the_weights(make_run):
    run = make_run(SMALL)
    record = run.read()
    assert (
        describe_run(run, record, ROUND, Wishes(), {}).measurements["starting_weights_filename"]
        == "digits-wide.onnx"
    )
    given = Wishes(measurements={"starting_weights_filename": "https://example.org/weights"})
    assert (
        describe_run(run, record, ROUND, given, {})
        .measurements["starting_weights_filename"]
        .startswith("https")
    )
