"""A small model and small data; runs and submissions of recorded logs, see ``recorded/README.md``."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cm_mlperf.record.layout import DataSetFacts, ModelFacts, RunFolder, RunRecord, SystemFacts, TestRecord

MODEL = """
import time
import numpy as np
WEIGHTS = np.eye(4, dtype=np.float32)
def predict(batch):
    return batch.reshape(len(batch), -1) @ WEIGHTS
def slow(batch):
    time.sleep(0.02)
    return predict(batch)
def score(outputs, labels):
    return float((outputs.argmax(axis=1) == labels).mean() * 100)
"""

RECORDED = Path(__file__).parent / "recorded"
SYSTEM = {
    "status": "available",
    "host_processor_model_name": "Example CPU",
    "host_processors_per_node": "1",
    "host_processor_core_count": "2",
    "host_memory_capacity": "24 GiB",
    "host_memory_configuration": "1x 24GB DDR4",
    "host_storage_capacity": "100 GB",
    "host_storage_type": "NVMe SSD",
    "host_networking": "Ethernet 10 Gbit/s",
    "host_networking_topology": "N/A",
    "host_network_card_count": "1",
    "accelerator_model_name": "N/A",
    "accelerator_memory_capacity": "N/A",
    "accelerator_host_interconnect": "N/A",
    "accelerator_memory_configuration": "N/A",
    "accelerator_interconnect": "N/A",
    "cooling": "air",
    "operating_system": "Debian 12",
}
OFFICIAL = {
    ("SingleStream", "performance"): "official/SingleStream/performance",
    ("SingleStream", "accuracy"): "official/SingleStream/accuracy",
    ("MultiStream", "performance"): "official/MultiStream/performance",
    ("MultiStream", "accuracy"): "official/MultiStream/accuracy",
}


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder with a model and data; half of the labels are right."""
    (tmp_path / "my.py").write_text(MODEL, encoding="utf-8")
    labels = np.arange(24) % 4
    samples = np.eye(4, dtype=np.float32)[labels]
    labels[12:] = (labels[12:] + 1) % 4
    np.savez(tmp_path / "data.npz", x=samples, y=labels)
    return tmp_path


@pytest.fixture
def quick() -> tuple[str, ...]:
    """Flags for short runs that are valid on a busy machine, too."""
    return ("--duration=0.3", "--server_target_qps=1000", "--server_target_latency=500")


@pytest.fixture
def recorded() -> Path:
    """The folder of recorded logs."""
    return RECORDED


@pytest.fixture
def make_run(tmp_path: Path) -> Callable[..., RunFolder]:
    """A factory of runs: (scenario, mode) -> folder of recorded logs; further arguments change the record."""
    return partial(build_run, tmp_path / "runs")


@pytest.fixture(scope="session")
def official_run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """The official run, made once; not to be changed."""
    return build_run(tmp_path_factory.mktemp("official"))


def build_run(
    root: Path, tests: Mapping[tuple[str, str], str] = OFFICIAL, *, name: str = "digits", **changes: Any
) -> RunFolder:
    run = RunFolder(root / name)
    run.path.mkdir(parents=True)
    (run.path / "_cm.json").write_text("{}", encoding="utf-8")
    model = ModelFacts(name="digits-wide", benchmark="resnet", path="digits-wide.onnx", sha256="0" * 64)
    facts: dict[str, Any] = {
        "name": name,
        "created": "2026-11-24T19:00:00Z",
        "command": ("cm", "run", "mlperf", "--model=digits-wide.onnx", "--level=official"),
        "digest": "0" * 64,
        "level": "official",
        "round": "v6.1",
        "division": "open",
        "category": "edge",
        "submitter": "Example",
        "system_name": "laptop",
        "model": model,
        "dataset": DataSetFacts(name="digits", size=50_000, performance_samples=1024),
        "system": SystemFacts(backend="onnxruntime", backend_version="1.32.0", description=SYSTEM),
        "versions": {"mlcommons-loadgen": "6.0.17", "onnxruntime": "1.32.0"},
    }
    run.write(RunRecord(**(facts | changes)))
    for (scenario, mode), source in tests.items():
        folder = run.test_folder(scenario, mode)
        shutil.copytree(RECORDED / source, folder)
        write_answers(folder)
        run.write_test(TestRecord(scenario=scenario, mode=mode, state="finished", digest="0" * 64))
    return run


def write_answers(folder: Path) -> None:
    """Write the accuracy log of LoadGen again from one digit for each sample."""
    packed = folder / "answers.gz"
    if not packed.exists():
        return
    digits = gzip.decompress(packed.read_bytes()).decode()
    lines = ",\n".join(
        f'{{ "seq_id" : {index}, "qsl_idx" : {index}, "data" : "0{digit}00000000000000" }}'
        for index, digit in enumerate(digits)
    )
    (folder / "mlperf_log_accuracy.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    packed.unlink()
