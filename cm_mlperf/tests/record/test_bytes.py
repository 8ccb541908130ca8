"""The bytes of records: what is on somebody's disk was written like this, so all of it stays readable."""

import pytest

from cm_mlperf.interfaces import AccuracyResult, Component
from cm_mlperf.record.layout import (
    DataSetFacts,
    Histogram,
    ModelFacts,
    PerformanceResult,
    RunFolder,
    RunRecord,
    SystemFacts,
    TestRecord,
)
from cm_mlperf.run.worker.spec import WorkerSpec, read_spec

RUN = RunRecord(
    name="digits-onnxruntime-cpu-demo-1a2b",
    created="2026-01-02T03:04:05+00:00",
    command=("cm", "run", "mlperf", "--model=Zoë.onnx"),
    digest="1a2b1a2b1a2b1a2b",
    level="demo",
    round="v6.1",
    division="open",
    category="edge",
    submitter="Example",
    system_name="bench-1",
    model=ModelFacts(name="Zoë", benchmark="resnet", sha256="00ff"),
    dataset=DataSetFacts(name="digits", size=360, performance_samples=360),
    system=SystemFacts(backend="onnxruntime", batch_size=64, description={"status": "available"}),
    versions={"python": "3.11.2", "numpy": "2.0"},
    repositories={"local": "abc of https://example.org/x"},
    probe={"single": {"mean_ms": 0.5}, "outputs": (["float32", [10]],), "memory_mb": None},
    load_average=0.5,
)
RUN_BYTES = """\
{
  "category": "edge",
  "command": [
    "cm",
    "run",
    "mlperf",
    "--model=Zoë.onnx"
  ],
  "created": "2026-01-02T03:04:05+00:00",
  "dataset": {
    "name": "digits",
    "path": "",
    "performance_samples": 360,
    "size": 360
  },
  "digest": "1a2b1a2b1a2b1a2b",
  "division": "open",
  "level": "demo",
  "load_average": 0.5,
  "made_by": {},
  "model": {
    "benchmark": "resnet",
    "equivalent": false,
    "input_data_types": "fp32",
    "name": "Zoë",
    "path": "",
    "precision": "fp32",
    "retraining": "no",
    "sha256": "00ff",
    "source": "",
    "weight_data_types": "fp32",
    "weight_transformations": "none"
  },
  "name": "digits-onnxruntime-cpu-demo-1a2b",
  "probe": {
    "memory_mb": null,
    "outputs": [
      [
        "float32",
        [
          10
        ]
      ]
    ],
    "single": {
      "mean_ms": 0.5
    }
  },
  "repositories": {
    "local": "abc of https://example.org/x"
  },
  "round": "v6.1",
  "schema": 1,
  "submitter": "Example",
  "system": {
    "backend": "onnxruntime",
    "backend_version": "",
    "batch_size": 64,
    "description": {
      "status": "available"
    },
    "device": "cpu",
    "threads": 0,
    "workers": 1
  },
  "system_name": "bench-1",
  "versions": {
    "numpy": "2.0",
    "python": "3.11.2"
  }
}
"""
PERFORMANCE = TestRecord(
    scenario="Offline",
    mode="performance",
    state="finished",
    digest="1a2b",
    settings={"target_qps": 5, "min_duration": 600, "sample_concatenate_permutation": True},
    started="2026-01-02T03:04:06+00:00",
    seconds=1.5,
    performance=PerformanceResult(
        value=1234.5,
        unit="samples/s",
        valid=False,
        reason="too short",
        queries=1,
        samples=360,
        duration_s=1,
        latencies_ms={"min": 0.5, "p99.9": 2.25},
    ),
    histogram=Histogram(edges_ms=(0.5, 1.0), counts=(3,)),
    peak_memory_mb=100.5,
)
PERFORMANCE_BYTES = """\
{
  "accuracy": null,
  "digest": "1a2b",
  "error": "",
  "histogram": {
    "counts": [
      3
    ],
    "edges_ms": [
      0.5,
      1.0
    ]
  },
  "mode": "performance",
  "peak_memory_mb": 100.5,
  "performance": {
    "duration_s": 1,
    "latencies_ms": {
      "min": 0.5,
      "p99.9": 2.25
    },
    "queries": 1,
    "reason": "too short",
    "samples": 360,
    "unit": "samples/s",
    "valid": false,
    "value": 1234.5
  },
  "scenario": "Offline",
  "seconds": 1.5,
  "settings": {
    "min_duration": 600,
    "sample_concatenate_permutation": true,
    "target_qps": 5
  },
  "sources": {},
  "started": "2026-01-02T03:04:06+00:00",
  "state": "finished",
  "versions": {}
}
"""
ACCURACY = TestRecord(
    scenario="Server",
    mode="accuracy",
    state="finished",
    digest="1a2b",
    accuracy=AccuracyResult(metric="accuracy", value=97.5, samples=360, text="accuracy=97.500%"),
)
ACCURACY_BYTES = """\
{
  "accuracy": {
    "metric": "accuracy",
    "samples": 360,
    "text": "accuracy=97.500%",
    "value": 97.5
  },
  "digest": "1a2b",
  "error": "",
  "histogram": null,
  "mode": "accuracy",
  "peak_memory_mb": null,
  "performance": null,
  "scenario": "Server",
  "seconds": 0.0,
  "settings": {},
  "sources": {},
  "started": "",
  "state": "finished",
  "versions": {}
}
"""
SPEC_BYTES = """\
{
  "accuracy": null,
  "batch_size": 8,
  "conf_model": "any",
  "dataset": {
    "factory": "package.data:make",
    "name": "digits",
    "options": {
      "size": 5
    }
  },
  "folder": "FOLDER",
  "job": "test",
  "max_wait_ms": 0.0,
  "mode": "performance",
  "performance_samples": 0,
  "scenario": "Server",
  "seconds": 1.0,
  "settings": {
    "server_coalesce_queries": true
  },
  "sut": {
    "factory": "/home/me/my.py:predict",
    "name": "python",
    "options": {}
  },
  "workers": 1
}
"""


def test_a_run(tmp_path):
    run = RunFolder(tmp_path)
    run.write(RUN)
    assert (tmp_path / "run.json").read_bytes().decode() == RUN_BYTES
    again = run.read()
    assert again.model == RUN.model
    run.write(again)
    assert (tmp_path / "run.json").read_bytes().decode() == RUN_BYTES


@pytest.mark.parametrize(
    ("record", "expected"), [(PERFORMANCE, PERFORMANCE_BYTES), (ACCURACY, ACCURACY_BYTES)]
)
def test_a_test(tmp_path, record, expected):
    run = RunFolder(tmp_path)
    run.write_test(record)
    file = tmp_path / record.scenario / record.mode / "test.json"
    assert file.read_bytes().decode() == expected
    assert run.read_test(record.scenario, record.mode) == record


def test_what_a_worker_is_told(tmp_path):
    spec = WorkerSpec(
        folder=str(tmp_path),
        job="test",
        dataset=Component(name="digits", factory="package.data:make", options={"size": 5}),
        sut=Component(name="python", factory="/home/me/my.py:predict"),
        scenario="Server",
        mode="performance",
        settings={"server_coalesce_queries": True},
        batch_size=8,
    )
    file = spec.write()
    assert file.read_bytes().decode() == SPEC_BYTES.replace("FOLDER", str(tmp_path))
    assert read_spec(file) == spec


def test_records_that_do_not_say_what_they_were_made_from(tmp_path):
    run = RunFolder(tmp_path)
    run.write(RUN)
    run.write_test(PERFORMANCE)
    before = RUN_BYTES.replace('  "made_by": {},\n', "")
    (tmp_path / "run.json").write_text(before, encoding="utf-8")
    test = PERFORMANCE_BYTES.replace('  "sources": {},\n', "").replace(',\n  "versions": {}', "")
    (tmp_path / "Offline" / "performance" / "test.json").write_text(test, encoding="utf-8")
    assert run.read().made_by == {}
    read = run.read_test("Offline", "performance")
    assert (read.sources, read.versions, read.performance) == ({}, {}, PERFORMANCE.performance)
