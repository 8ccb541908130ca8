from dataclasses import replace

import pytest

from cm_mlperf.checking.performance import Expected, check_performance, real_seconds, result_value
from cm_mlperf.loadgen import rounds
from cm_mlperf.loadgen.log import read_detail_log

ROUND = rounds.load("v6.1")


def expected(**changes):
    facts = {
        "round": ROUND,
        "benchmark": ROUND.benchmark("resnet"),
        "division": "open",
        "category": "edge",
        "scenario": "SingleStream",
        "file": "detail.txt",
    }
    return Expected(**(facts | changes))


@pytest.fixture
def official(recorded):
    return read_detail_log(recorded / "official/SingleStream/performance")


def changed(log, **values):
    return replace(log, values={**log.values, **values})


def checks(log, **changes):
    return [finding.check for finding in check_performance(log, expected(**changes))]


def test_an_official_run_is_in_order(official):
    assert checks(official) == []
    assert real_seconds(official) >= 600


@pytest.mark.parametrize(
    ("key", "value", "check"),
    [
        ("effective_test_mode", "AccuracyOnly", "mode"),
        ("effective_accuracy_log_sampling_target", 4096, "mode"),
        ("effective_performance_issue_same", True, "mode"),
        ("result_validity", "INVALID", "validity"),
        ("effective_qsl_rng_seed", 1, "seeds"),
        ("effective_performance_sample_count", 1023, "performance-samples"),
        ("effective_min_duration_ms", 599_999, "duration-setting"),
        ("early_stopping_met", False, "early-stopping"),
        ("result_query_count", 43, "minimum-queries"),
        ("early_stopping_latency_ss", 0, "result"),
    ],
)
def test_each_mistake_is_one_finding(official, key, value, check):
    (finding,) = check_performance(changed(official, **{key: value}), expected())
    assert (finding.check, finding.key) == (check, key)
    assert finding.fix


def test_44_queries_are_enough_for_early_stopping(official):
    assert checks(changed(official, result_query_count=44)) == []


def test_a_log_that_was_cut_off_is_not_complete(official):
    values = {key: value for key, value in official.values.items() if key != "num_errors"}
    assert checks(replace(official, values=values)) == ["complete"]


def test_errors_count_though_the_official_checker_takes_them(official):
    log = replace(official, errors=("error_runtime: something went wrong",))
    (finding,) = check_performance(log, expected())
    assert (finding.check, finding.key, finding.found) == (
        "loadgen-errors",
        "error_runtime",
        "something went wrong",
    )


def test_audits_read_a_second_configuration(official):
    log = replace(official, errors=("error_invalid_config: Multiple conf files are used",))
    assert checks(log, audit=True) == []
    assert checks(log) == ["loadgen-errors"]


@pytest.mark.parametrize(("samples", "ok"), [(24_576, True), (24_575, False)])
def test_closed_offline_needs_24576_samples(recorded, samples, ok):
    log = read_detail_log(recorded / "small/Offline/performance")
    log = changed(log, effective_samples_per_query=samples)
    found = checks(log, scenario="Offline", division="closed")
    assert ("minimum-queries" not in found) is ok
    assert "minimum-queries" not in checks(log, scenario="Offline")


def test_the_bound_of_server_cannot_be_loosened(recorded):
    log = read_detail_log(recorded / "small/Server/performance")
    assert "latency-bound" not in checks(log, scenario="Server")
    log = changed(log, effective_target_latency_ns=16_000_000)
    (finding,) = [
        one for one in check_performance(log, expected(scenario="Server")) if one.check == "latency-bound"
    ]
    assert (finding.found, finding.expected) == ("16 ms", "at most 15 ms")


def test_token_latencies_have_bounds_of_their_own(recorded):
    log = changed(
        read_detail_log(recorded / "small/Server/performance"),
        **{"result_first_token_99.00_percentile_latency_ns": 3e9},
    )
    benchmark = ROUND.benchmark("llama2-70b-99.9")
    found = check_performance(log, expected(scenario="Server", benchmark=benchmark))
    bounds = {one.key: one.found for one in found if one.check == "latency-bound"}
    assert bounds == {
        "result_first_token_99.00_percentile_latency_ns": "3000 ms",
        "result_time_per_output_token_99.00_percentile_ns": "missing",
    }


def test_network_systems_have_a_name_that_says_so(official):
    assert checks(official, network=True) == ["network-name"]
    assert checks(changed(official, sut_name="Network SUT"), network=True) == []


def test_untimed_benchmarks_have_no_minimum(recorded):
    log = read_detail_log(recorded / "short/SingleStream/performance")
    assert checks(log, benchmark=ROUND.benchmark("e2e-rag-qna")) == []


def test_results_have_the_units_of_the_official_checker(official, recorded):
    multi = read_detail_log(recorded / "official/MultiStream/performance")
    single = official.values["early_stopping_latency_ss"] / 1e6
    assert result_value(official, expected()) == pytest.approx(single)
    mean = multi.values["result_mean_query_latency_ns"]
    assert result_value(multi, expected(scenario="Offline")) == pytest.approx(8e9 / mean)


def test_videos_take_seconds(official):
    video = expected(benchmark=ROUND.benchmarks["wan-2.2-t2v-a14b"])
    assert result_value(official, video) == result_value(official, expected()) / 1000
