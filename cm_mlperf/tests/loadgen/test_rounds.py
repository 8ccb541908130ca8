import json
from pathlib import Path

import pytest

from cm_core import NotFoundError
from cm_core.base import encode
from cm_mlperf.loadgen import rounds


def test_rounds_oldest_first():
    assert rounds.names() == ("v5.0", "v5.1", "v6.0", "v6.1")
    assert rounds.names()[-1] == rounds.NEWEST


@pytest.mark.parametrize("name", rounds.names())
def test_every_benchmark_is_complete(name):
    round_ = rounds.load(name)
    assert round_.name == name
    assert round_.minimum_duration_ms == 600_000
    for benchmark in round_.benchmarks.values():
        assert benchmark.dataset_size > 0
        assert benchmark.performance_samples > 0
        assert benchmark.accuracy
        assert benchmark.scenarios, benchmark.name
        for category in benchmark.scenarios:
            for scenario in benchmark.required(category):
                assert benchmark.result_key(scenario), (benchmark.name, scenario)


def check_all_is_read(written, known):
    """All that a file holds is in what was read of it, beside defaults."""
    if isinstance(written, dict):
        for key, value in written.items():
            check_all_is_read(value, known[key])
    elif isinstance(written, list):
        for value, other in zip(written, known, strict=True):
            check_all_is_read(value, other)
    else:
        assert written == known


@pytest.mark.parametrize("name", rounds.names())
def test_a_round_has_no_key_that_nobody_reads(name):
    data = Path(rounds.__file__).parent / "data" / f"{name}.json"
    check_all_is_read(json.loads(data.read_text(encoding="utf-8")), encode(rounds.load(name)))


def test_seeds_differ_from_round_to_round():
    assert len({rounds.load(name).seeds for name in rounds.names()}) == 4


@pytest.mark.parametrize("text", ["v6.1", "6.1", "r6.1", "V6.1", "r6.1-dev", "_r6.1"])
def test_names_of_rounds(text):
    assert rounds.load(text).name == "v6.1"


def test_unknown_round_lists_those_there_are():
    with pytest.raises(NotFoundError, match="no round 'v9'") as caught:
        rounds.load("v9")
    assert "v6.0, v6.1" in caught.value.hint


def test_resnet_is_what_the_rules_say():
    resnet = rounds.load("v6.1").benchmark("resnet50")
    assert (resnet.dataset_size, resnet.performance_samples, resnet.offline_samples) == (50_000, 1024, 24_576)
    assert resnet.targets("Offline")[0].target == pytest.approx(76.46 * 0.99)
    assert resnet.required("edge") == ("SingleStream", "MultiStream", "Offline")
    assert resnet.required("datacenter") == ()
    assert set(resnet.required("edge,datacenter")) == set(resnet.required("datacenter,edge"))
    assert resnet.latency_ms == {"Server": 15}
    assert resnet.compliance == ("TEST01", "TEST04")


def test_some_facts_depend_on_the_scenario():
    qwen = rounds.load("v6.1").benchmark("qwen3-vl-235b-a22b")
    assert qwen.accuracy_sample_count("Interactive") == 8000
    assert qwen.accuracy_sample_count("Offline") == 48_289
    assert qwen.targets("Interactive")[0].target < qwen.targets("Offline")[0].target


def test_results_in_tokens_have_other_keys():
    assert (
        rounds.load("v6.1").benchmark("llama2-70b-99.9").result_key("Offline") == "result_tokens_per_second"
    )
    assert rounds.load("v6.1").benchmark("resnet").result_key("Offline") == "result_samples_per_second"


def test_unknown_benchmark_suggests_a_known_one():
    with pytest.raises(NotFoundError, match=r"v6\.1 has no benchmark 'resnt'") as caught:
        rounds.load("v6.1").benchmark("resnt")
    assert "'resnet'" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "benchmark"),
    [
        ("mobilenet-v3", "resnet"),
        ("bert-99.9-int8", "bert-99.9"),
        ("bert-99-int8", "bert-99"),
        ("digits", None),
    ],
)
def test_longer_names_are_guessed_as_the_official_checker_does(name, benchmark):
    found = rounds.load("v6.1").find(name)
    assert (found.name if found else None) == benchmark


def test_the_submitters_mapping_names_the_benchmark():
    assert rounds.load("v6.1").find("digits", {"digits": "resnet"}).name == "resnet"
    assert rounds.load("v6.1").find("digits", {"digits": "nothing"}) is None
