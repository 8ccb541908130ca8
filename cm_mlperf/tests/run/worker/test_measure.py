"""Real LoadGen runs in worker processes."""

import numpy as np
import pytest

from cm_mlperf.interfaces import Component
from cm_mlperf.loadgen.log import read_answers, read_detail_log

LABELLED = """
import numpy as np
def load():
    values = np.arange(20, dtype=np.float32).reshape(20, 1)
    return values, np.arange(20) % 2
def predict(batch):
    print("batch of", len(batch))
    odd = (batch[:, 0].astype(int) % 2)
    return np.stack([1 - odd, odd], axis=1).astype(np.float32)
"""


@pytest.mark.slow
@pytest.mark.parametrize("scenario", ["Offline", "Server", "SingleStream", "MultiStream"])
def test_every_scenario_is_valid_and_counts_what_it_did(bench, scenario):
    conf = {"Offline": {"target_qps": 5_000_000}, "Server": {"min_query_count": 1000}}.get(scenario, {})
    final = bench.run(scenario, conf=conf, batch_size=16)
    log = read_detail_log(bench.folder)
    assert log.scenario.name == scenario
    assert log.valid, log.why_invalid
    assert final["peak_memory_mb"] > 1
    if scenario == "Offline":
        assert final["histogram"] is None
    else:
        assert sum(final["histogram"]["counts"]) == log.values["result_query_count"]
        assert len(final["histogram"]["edges_ms"]) == len(final["histogram"]["counts"]) + 1


@pytest.mark.parametrize(
    "workers", [pytest.param(0, marks=pytest.mark.slow), pytest.param(1, marks=pytest.mark.slow), 3]
)
@pytest.mark.parametrize("scenario", ["Offline", "Server", "MultiStream"])
def test_each_sample_gets_its_own_answer(bench, scenario, workers):
    sut = bench.python(LABELLED)
    final = bench.run(
        scenario,
        "accuracy",
        sut=sut,
        dataset=Component(
            name="function",
            factory="cm_mlperf.components.datasets.function:FunctionData",
            options={"path": sut.options["model"].replace(":predict", ":load")},
        ),
        accuracy=Component(
            name="classification",
            factory="cm_mlperf.components.accuracy.classification:Classification",
            options={"dataset": sut.options["model"].replace(":predict", ":load"), "source": "function"},
        ),
        batch_size=3,
        workers=workers,
    )
    assert final["accuracy"] == {
        "metric": "accuracy",
        "value": 100.0,
        "samples": 20,
        "text": "accuracy=100.000%, good=20, total=20",
    }
    answers = read_answers(bench.folder)
    assert {index: int(np.frombuffer(data, np.int64)[0]) for index, data in answers.items()} == {
        index: index % 2 for index in range(20)
    }
    assert "batch of 3" in bench.console


def test_server_batches_what_waits_and_waits_if_told(bench):
    sut = bench.python(
        "import time\nimport numpy as np\n"
        "def predict(batch):\n    print('size', len(batch))\n    time.sleep(0.005)\n    return np.zeros((len(batch), 1))\n"
    )
    bench.run("Server", sut=sut, batch_size=8, conf={"target_qps": 800, "min_query_count": 200})
    sizes = {int(line.split()[1]) for line in bench.console.splitlines() if line.startswith("size")}
    assert max(sizes) == 8
    assert read_detail_log(bench.folder).values["result_query_count"] >= 200


def test_progress_is_reported_while_it_runs(bench):
    sut = bench.python(
        "import time\nimport numpy as np\n"
        "def predict(batch):\n    time.sleep(0.001)\n    return np.zeros((len(batch), 1))\n"
    )
    bench.run("SingleStream", sut=sut, conf={"min_duration": 1600, "target_latency": 0.5})
    seen = [event for event in bench.events if event["event"] == "progress"]
    assert len(seen) >= 2
    assert seen[-1]["samples"] > seen[0]["samples"] > 0
    assert 0 < seen[-1]["p90_ms"] <= seen[-1]["p99_ms"]


def test_find_peak_ends_and_finds_a_target(bench):
    sut = bench.python(
        "import time\nimport numpy as np\n"
        "def predict(batch):\n    time.sleep(0.004)\n    return np.zeros((len(batch), 1))\n"
    )
    bench.run(
        "Server",
        "find-peak",
        sut=sut,
        settings={
            "server_find_peak_qps_decimals_of_precision": 0,
            "server_find_peak_qps_boundary_step_size": 1,
        },
        conf={"target_qps": 40, "min_duration": 50, "min_query_count": 10, "target_latency": 30},
    )
    log = read_detail_log(bench.folder)
    assert not log.errors
    assert log.result > 40
