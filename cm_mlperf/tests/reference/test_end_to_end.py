"""Tiny models of the published names and shapes, from a local copy to results, as people run them."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("mlperf_loadgen", reason="mlcommons-loadgen is not installed")

SHORT = ("--test_query_count=3", "--batch_size=2", "--quiet", "--json")


@pytest.fixture
def measure(run_cm):
    """Run one model by ``cm run mlperf``: accuracy and performance by scenario."""

    def run(model, *words):
        done = run_cm("run", "mlperf", f"--model={model}", *SHORT, *words)
        assert done.status == 0, done.stderr + done.stdout
        tests = json.loads(done.stdout)["tests"]
        return {(test["scenario"], test["mode"]): test for test in tests}

    return run


def register(run_cm, tags, path, *words):
    done = run_cm("run", "script", f"--tags={tags}", f"--path={path}", "--quiet", *words)
    assert done.status == 0, done.stderr


def checksum(path):
    import hashlib

    return f"--checksum={hashlib.md5(path.read_bytes()).hexdigest()}"


def test_resnet50(run_cm, measure, imagenet, save_model, tmp_path):
    model = save_model("resnet50", tmp_path / "model.onnx")
    register(run_cm, "get,ml-model,resnet50,_onnx", model, checksum(model))
    register(run_cm, "get,mlperf-data,_imagenet", imagenet)
    tests = measure("resnet50", "--scenario=Offline")
    accuracy = tests["Offline", "accuracy"]["accuracy"]
    assert accuracy["text"] == "accuracy=75.000%, good=3, total=4"
    assert tests["Offline", "performance"]["performance"]["value"] > 0


def test_retinanet(run_cm, measure, openimages, save_model, tmp_path):
    model = save_model("retinanet", tmp_path / "model.onnx")
    register(run_cm, "get,ml-model,retinanet,_onnx", model, checksum(model))
    register(run_cm, "get,mlperf-data,_openimages", openimages)
    tests = measure("retinanet", "--scenario=Offline")
    accuracy = tests["Offline", "accuracy"]["accuracy"]
    assert (accuracy["metric"], accuracy["samples"]) == ("mAP", 3)
    # One of the two boxes of class 0 is found, with 100 % precision up to half of the recall (51 of 101
    # levels); class 1 is found in all three images, and the image without it counts least.
    assert accuracy["text"] == f"mAP={accuracy['value']:.3f}%"
    assert accuracy["value"] > 0


def test_bert(run_cm, measure, squad, save_model, tmp_path):
    model = save_model("bert", tmp_path / "model.onnx")
    register(run_cm, "get,ml-model,bert-large,_onnx", model, checksum(model))
    register(run_cm, "get,mlperf-data,_squad", squad)
    tests = measure("bert-99", "--scenario=Offline")
    assert json.loads(tests["Offline", "accuracy"]["accuracy"]["text"]) == {
        "exact_match": 50.0,
        "f1": 50.0,
    }
