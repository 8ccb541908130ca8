"""The public way to run a benchmark: cm run script --tags=run-mlperf,inference,…"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

import cm_mlperf
from cm_mlperf.flags import Run

RECIPE = Path(cm_mlperf.__file__).parent / "recipes" / "script" / "run-mlperf-inference-app"
PUBLIC = (
    "--model=resnet50",
    "--implementation=reference",
    "--framework=onnxruntime",
    "--category=edge",
    "--scenario=Offline",
    "--execution_mode=test",
    "--device=cpu",
    "--division=open",
)


@pytest.fixture(scope="module")
def customize():
    spec = importlib.util.spec_from_file_location("recipe_run_mlperf", RECIPE / "customize.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def options_of(customize):
    def read(**env):
        keys = {f"CM_MLPERF_{key}": value for key, value in env.items()}
        return customize.options_of(
            {"CM_MLPERF_INFERENCE_VERSION": "6.1", "CM_MLPERF_RUN_STYLE": "test", **keys}
        )

    return read


def test_what_is_asked_for_by_default(options_of):
    assert options_of() == {
        "model": "resnet50",
        "execution_mode": "test",
        "round": "v6.1",
        "scenario": "Offline",
    }


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({"INFERENCE_VERSION": "5.1-dev"}, {"round": "v5.1"}),
        ({"MODEL_PRECISION": "float32"}, {"precision": "fp32"}),
        ({"IMPLEMENTATION": "mlcommons-python"}, {"implementation": "reference"}),
        ({"LOADGEN_MODE": "accuracy"}, {"mode": "accuracy"}),
        (
            {"FIND_PERFORMANCE_MODE": "yes", "LOADGEN_SCENARIO": "Server"},
            {"mode": "find-peak", "scenario": "Server"},
        ),
        ({"LOADGEN_MODE": "find-peak", "LOADGEN_SCENARIO": "Offline"}, {"mode": "performance"}),
        (
            {"LOADGEN_MODE": "find-peak", "LOADGEN_ALL_SCENARIOS": "1"},
            {"all_scenarios": True, "mode": "performance"},
        ),
        ({"LOADGEN_ALL_SCENARIOS": "yes"}, {"all_scenarios": True}),
        ({"CLEAN_ALL": "True"}, {"rerun": True}),
        ({"CLEAN_ALL": "no"}, {}),
        ({"SUBMISSION_RUN": "yes"}, {"submission": True}),
        ({"MODEL": "bert-99", "MODEL_PRECISION": "int8"}, {"model": "bert-99-int8", "precision": "int8"}),
        (
            {"LOADGEN_COMPLIANCE": "yes", "SUBMISSION_DIVISION": "closed"},
            {"compliance": True, "division": "closed"},
        ),
        ({"LOADGEN_COMPLIANCE": "yes", "SUBMISSION_DIVISION": "open"}, {"division": "open"}),
    ],
)
def test_inputs_become_options(options_of, env, expected):
    options = options_of(**env)
    changed = {key: value for key, value in options.items() if options_of().get(key) != value}
    assert changed == {key: value for key, value in expected.items() if options_of().get(key) != value}
    assert {key: options[key] for key in expected} == expected


def test_every_option_exists(customize):
    known = Run.__by_key__.keys()
    assert set(customize.OPTIONS.values()) | set(customize.FLAGS.values()) <= known


@pytest.mark.slow
def test_the_public_flags_show_a_plan(run_cm, run_recipe, imagenet, save_model, tmp_path):
    model = save_model("resnet50", tmp_path / "resnet50_v1.onnx")
    run_recipe("get ml-model resnet50 _onnx", f"--path={model}", f"--checksum={_md5(model)}")
    run_recipe("get mlperf-data _imagenet", f"--path={imagenet}")
    done = run_cm("run", "script", "--tags=run-mlperf,inference,_r6.1,_short", *PUBLIC, "--probe", "--quiet")
    assert done.status == 0, done.stderr
    assert "Offline   performance" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("words", "error", "hint"),
    [
        (["--model=resnet51"], "there is no model 'resnet51'", "resnet50"),
        (["--model=resnet50", "--framework=tf"], "there is no back end 'tf'", "onnxruntime"),
        (["--model=resnet50", "--device=qaic"], "has no device 'qaic'", "--device=cpu"),
        (["--implementation=nvidia"], "--implementation cannot be 'nvidia'", "reference"),
        (["--scenario=Ofline"], "--scenario cannot be 'Ofline'", "Offline"),
        (["--category=edge", "--scenario=Server"], "edge has no scenario Server", "Offline"),
        (["--power=yes"], "--power is not supported", "leave the flag out"),
        (["--docker"], "--docker is not supported", "cm docker script"),
    ],
)
def test_what_cannot_work_fails_before_anything_starts(run_recipe, words, error, hint):
    done = run_recipe("run-mlperf inference", *words)
    assert done.status > 0
    assert error in done.error
    assert hint in done.hint
    assert "probe" not in done.stderr


def test_a_round_that_is_not_known(run_recipe):
    done = run_recipe("run-mlperf inference _r4.1")
    assert done.status == 16
    assert "no variation '_r4.1'" in done.error


@pytest.mark.slow
def test_results_are_exported(run_recipe):
    pytest.importorskip("mlperf_loadgen", reason="mlcommons-loadgen is not installed")
    done = run_recipe("run-mlperf inference", "--model=digits", "--scenario=Offline", "--test_query_count=1")
    assert done.status == 0, done.error
    assert float(done.new_env["CM_MLPERF_RESULT_OFFLINE"]) > 0
    assert Path(done.new_env["CM_MLPERF_RUN_PATH"], "run.json").is_file()
    ((system, models),) = done.new_state["cm-mlperf-inference-results"].items()
    assert system.endswith("-onnxruntime-cpu")
    assert models["digits"]["Offline"]["unit"] == "samples/s"
    assert models["digits"]["Offline"]["accuracy"] > 90


def _md5(path):
    import hashlib

    return hashlib.md5(path.read_bytes()).hexdigest()
