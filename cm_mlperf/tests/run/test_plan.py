"""Plans: hints, predictions, and what is refused."""

from dataclasses import replace

import pytest

from cm_core import Request, UsageError
from cm_mlperf.components.catalog import BACK_ENDS
from cm_mlperf.interfaces import Component
from cm_mlperf.record.layout import PerformanceResult, TestRecord
from cm_mlperf.run.configuration import read_configuration
from cm_mlperf.run.plan import Planner, check_plan
from cm_mlperf.run.probe import Latency, Probe
from cm_mlperf.run.suite import better_plan
from cm_mlperf.run.target import Target

PART = Component(name="x", factory="x:x")
TARGET = Target(
    name="m",
    backend=BACK_ENDS[0],
    model_path="",
    model_source="",
    benchmark="",
    precision="fp32",
    server_latency_ms=15.0,
    sut=PART,
    dataset=PART,
    dataset_path="",
    accuracy=PART,
    may_judge=False,
)
PROBE = Probe(
    size=100,
    labels=True,
    inputs={"x": ["float32", 4]},
    outputs=(),
    sample_bytes=16,
    version="1",
    load_seconds=0.5,
    single=Latency(mean_ms=4, p50_ms=4, p90_ms=5, p99_ms=8, queries=100),
    eight=Latency(mean_ms=20, p50_ms=20, p90_ms=22, p99_ms=25, queries=100),
    batches={"8": 400},
    batch_size=8,
    samples_per_second=400.0,
    batch_ms=20.0,
    memory_mb=100.0,
    loadgen="6.0.17",
)


def planner(tmp_path, probe=PROBE, target=TARGET, **options):
    request = Request(action="run", automation="mlperf", options=options)
    configuration = read_configuration(request, tmp_path)
    return Planner(configuration=configuration, target=target, probe=probe, judged=True)


def plan(tmp_path, scenario, mode="performance", **options):
    plans = {(p.scenario, p.mode): p for p in planner(tmp_path, **options).tests()}
    return plans[scenario, mode]


def test_hints_are_faster_than_measured_but_not_much(tmp_path):
    assert plan(tmp_path, "SingleStream").conf["target_latency"] == 2.0  # p90 / 2.5
    assert plan(tmp_path, "MultiStream").conf["target_latency"] == 5.0  # p99 / 5
    assert 500 < plan(tmp_path, "Offline").conf["target_qps"] <= 520  # 1.3 times


def test_a_long_tail_does_not_spoil_the_hint(tmp_path):
    tail = replace(PROBE, single=Latency(mean_ms=6, p50_ms=4, p90_ms=35, p99_ms=90, queries=100))
    assert plan(tmp_path, "SingleStream", probe=tail).conf["target_latency"] == 3.75


def test_predictions(tmp_path):
    offline = plan(tmp_path, "Offline", level="official")
    assert offline.queries == pytest.approx(600 * 520 * 1.1, rel=0.01)
    assert offline.seconds == pytest.approx(offline.queries / 400, rel=0.02)
    single = plan(tmp_path, "SingleStream", level="official")
    assert single.queries == 330_000
    assert single.memory_mb == pytest.approx(330_000 * 600 / 2**20)
    assert 600 < single.seconds < 610


def test_server_searches_for_its_peak_unless_told(tmp_path):
    assert plan(tmp_path, "Server", "find-peak").conf["target_qps"] < 100
    made = planner(tmp_path)
    assert made.plan("Server", "performance", target_qps=300).conf["target_qps"] == 210
    told = planner(tmp_path, server_target_qps="50")
    assert [p.mode for p in told.tests() if p.scenario == "Server"] == ["accuracy", "performance"]
    assert plan(tmp_path, "Server", server_target_qps="50").chosen == frozenset()


FAST = replace(PROBE, single=Latency(mean_ms=0.001, p50_ms=0.001, p90_ms=0.002, p99_ms=0.01, queries=9))
INTERRUPTED = replace(FAST, single=replace(FAST.single, mean_ms=0.02, p99_ms=0.5))


@pytest.mark.parametrize(
    ("probe", "options", "workers"),
    [
        (PROBE, {}, 1),
        (FAST, {}, 0),
        (INTERRUPTED, {}, 0),
        (FAST, {"workers": "2"}, 2),
        (PROBE, {"workers": "0"}, 0),
        (FAST, {"max_wait": "1"}, 1),
    ],
)
def test_a_model_that_outruns_threads_answers_within_the_call(tmp_path, probe, options, workers):
    assert planner(tmp_path, probe=probe, **options).workers == workers


def test_the_capacity_of_server_is_that_of_the_way_its_queries_take(tmp_path):
    assert planner(tmp_path).capacity == pytest.approx(400, rel=0.02)
    assert planner(tmp_path, workers="0").capacity == pytest.approx(250, rel=0.02)


def test_what_the_user_says_wins(tmp_path):
    made = plan(tmp_path, "Offline", target_qps="7", conf={"Offline": {"min_query_count": "33"}})
    assert (made.conf["target_qps"], made.conf["min_query_count"]) == (7, 33)
    assert made.chosen == frozenset()


def test_an_own_slow_model_gets_a_wider_latency_bound(tmp_path):
    own = replace(TARGET, server_latency_ms=0.0)
    slow = replace(PROBE, single=Latency(mean_ms=30, p50_ms=30, p90_ms=30, p99_ms=30, queries=9))
    assert planner(tmp_path, probe=slow, target=own).server_bound_ms == 1000
    assert planner(tmp_path, probe=PROBE, target=own).server_bound_ms == 100
    assert planner(tmp_path, probe=slow).server_bound_ms == 15


@pytest.mark.parametrize(
    ("options", "available_mb", "sentence"),
    [
        ({"scenario": "SingleStream", "level": "official"}, 200, "would need 0.3 GB of memory"),
        ({"scenario": "Server", "server_target_qps": "500"}, None, "Server cannot reach 500 queries/s"),
        ({"scenario": "Server", "server_target_latency": "3"}, None, "one query alone takes 4 ms"),
        ({"performance_sample_count": "101"}, None, "more than the 100 samples"),
    ],
)
def test_what_cannot_be_valid_is_refused(tmp_path, options, available_mb, sentence):
    made = planner(tmp_path, **options)
    with pytest.raises(UsageError, match=sentence):
        check_plan(made, list(made.tests()), available_mb)


def test_samples_that_are_loaded_later_count_as_memory(tmp_path):
    images = replace(PROBE, size=50_000, loaded_bytes=600_000)
    assert planner(tmp_path).base_mb == 100
    made = planner(tmp_path, probe=images, scenario="Offline")
    with pytest.raises(UsageError, match=r"28\.0 GB of memory for model, data and") as caught:
        check_plan(made, list(made.tests()), 20_000)
    assert "--performance_sample_count" in caught.value.hint
    fewer = planner(tmp_path, probe=images, scenario="Offline", performance_sample_count="1024")
    check_plan(fewer, list(fewer.tests()), 20_000)


def invalid(scenario, reason, mean_ms=1.0, value=None):
    result = PerformanceResult(
        value=value, unit="x", valid=False, reason=reason, latencies_ms={"mean": mean_ms}
    )
    return TestRecord(scenario=scenario, mode="performance", state="finished", digest="", performance=result)


def test_a_wrong_hint_is_corrected(tmp_path):
    ended = invalid("SingleStream", "it did not last the minimum duration", mean_ms=1.0)
    assert better_plan(plan(tmp_path, "SingleStream"), ended).conf["target_latency"] == 0.5
    short = invalid("Offline", "it did not last the minimum duration", value=1000.0)
    assert better_plan(plan(tmp_path, "Offline"), short).conf["target_qps"] == 1300
    late = invalid("Server", "the latency bound was exceeded too often")
    assert (
        better_plan(plan(tmp_path, "Server"), late).conf["target_qps"]
        < plan(tmp_path, "Server").conf["target_qps"]
    )


def test_what_the_user_asked_for_is_not_corrected(tmp_path):
    late = invalid("Server", "the latency bound was exceeded too often")
    assert better_plan(plan(tmp_path, "Server", server_target_qps="50"), late) is None
    ended = invalid("SingleStream", "it did not last the minimum duration")
    assert better_plan(plan(tmp_path, "SingleStream", max_query_count="5"), ended) is None
