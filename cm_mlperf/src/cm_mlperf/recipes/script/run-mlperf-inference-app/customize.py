"""Turn the inputs of "run-mlperf inference" into options of "cm run mlperf", which does the work."""

import os
from typing import Any

from cm_core import is_no

# Key of the environment -> option of "cm run mlperf".
OPTIONS = {
    "CM_HW_NAME": "system_name",
    "CM_MLPERF_BACKEND": "backend",
    "CM_MLPERF_DATASET": "dataset",
    "CM_MLPERF_DEVICE": "device",
    "CM_MLPERF_IMPLEMENTATION": "implementation",
    "CM_MLPERF_INFERENCE_MAX_QUERY_COUNT": "max_query_count",
    "CM_MLPERF_INFERENCE_MIN_QUERY_COUNT": "min_query_count",
    "CM_MLPERF_INFERENCE_NUM_WORKERS": "workers",
    "CM_MLPERF_LOADGEN_MAX_BATCHSIZE": "batch_size",
    "CM_MLPERF_LOADGEN_MULTISTREAM_TARGET_LATENCY": "multistream_target_latency",
    "CM_MLPERF_LOADGEN_OFFLINE_TARGET_QPS": "offline_target_qps",
    "CM_MLPERF_LOADGEN_PERFORMANCE_SAMPLE_COUNT": "performance_sample_count",
    "CM_MLPERF_LOADGEN_SERVER_TARGET_QPS": "server_target_qps",
    "CM_MLPERF_LOADGEN_SINGLESTREAM_TARGET_LATENCY": "singlestream_target_latency",
    "CM_MLPERF_LOADGEN_TARGET_LATENCY": "target_latency",
    "CM_MLPERF_LOADGEN_TARGET_QPS": "target_qps",
    "CM_MLPERF_MAX_DURATION_TEST": "max_duration",
    "CM_MLPERF_MODEL": "model",
    "CM_MLPERF_MODEL_PRECISION": "precision",
    "CM_MLPERF_RUN_NAME": "name",
    "CM_MLPERF_SUBMISSION_DIVISION": "division",
    "CM_MLPERF_SUBMISSION_SYSTEM_TYPE": "category",
    "CM_MLPERF_SUBMITTER": "submitter",
    "CM_NETWORK_LOADGEN_SUT_SERVERS": "sut_servers",
    "CM_NUM_THREADS": "threads",
    "CM_TEST_QUERY_COUNT": "test_query_count",
}
FLAGS = {
    "CM_MLPERF_CLEAN_ALL": "rerun",
    "CM_MLPERF_DRY_RUN": "dry_run",
    "CM_MLPERF_PROBE": "probe",
    "CM_MLPERF_SUBMISSION_RUN": "submission",
    "CM_RERUN": "rerun",
}
# The public names, beside our own.
SPELLINGS = {
    "implementation": {"mlcommons-python": "reference", "python": "reference"},
    "backend": {"onnx": "onnxruntime", "torch": "pytorch"},
    "device": {"gpu": "cuda"},
    "precision": {"float32": "fp32", "float16": "fp16"},
}
NOT_HERE = {
    "CM_MLPERF_USE_DOCKER": (
        "--docker",
        "to run in a container: cm docker script --tags=run-mlperf,inference",
    ),
    "CM_SYSTEM_POWER": ("--power", "power is not measured here; leave the flag out"),
}


def preprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    for key, (flag, hint) in NOT_HERE.items():
        if given(env, key):
            return {"return": 1, "error": f"{flag} is not supported by this recipe", "hint": hint}
    request = {"action": "run", "automation": "mlperf", "out": "con", **options_of(env)}
    result = run["automation"].cmind.access(request)
    if "record" in result:
        export(env, run["state"], result)
        # Short runs of ten queries are often too short for LoadGen; that does not make them a failure.
        if result["return"] > 0 and result["record"]["level"] == "official":
            error = f"not all results of the run {result['run']} are valid"
            return {
                "return": result["return"],
                "error": error,
                "hint": f"see: cm load mlperf {result['run']}",
            }
        return {"return": 0}
    return result


def given(env: dict[str, Any], key: str) -> bool:
    return env.get(key, "") != "" and not is_no(env[key])


def options_of(env: dict[str, Any]) -> dict[str, Any]:
    options: dict[str, Any] = {"model": "resnet50"}
    for key, option in OPTIONS.items():
        value = str(env.get(key, ""))
        if value:
            options[option] = SPELLINGS.get(option, {}).get(value.lower(), value)
    options |= {option: True for key, option in FLAGS.items() if given(env, key)}
    options["round"] = "v" + env["CM_MLPERF_INFERENCE_VERSION"].removesuffix("-dev")
    if env.get("CM_MLPERF_LEVEL"):
        options["level"] = env["CM_MLPERF_LEVEL"]
    else:
        options["execution_mode"] = env["CM_MLPERF_RUN_STYLE"]
    if given(env, "CM_MLPERF_LOADGEN_ALL_SCENARIOS"):
        options["all_scenarios"] = True
    else:
        options["scenario"] = env.get("CM_MLPERF_LOADGEN_SCENARIO") or "Offline"
    if mode := env.get("CM_MLPERF_LOADGEN_MODE"):
        options["mode"] = mode
    elif given(env, "CM_MLPERF_FIND_PERFORMANCE_MODE"):
        options["mode"] = "find-peak"
    # Only Server has a peak to search for; elsewhere the performance test itself finds out how fast it is.
    if options.get("mode") == "find-peak" and str(options.get("scenario")).lower() != "server":
        options["mode"] = "performance"
    # The open division has no compliance tests, whatever was asked for.
    if given(env, "CM_MLPERF_LOADGEN_COMPLIANCE") and options.get("division") == "closed":
        value = env["CM_MLPERF_LOADGEN_COMPLIANCE"]
        options["compliance"] = value if "TEST" in value.upper() else True
    if options["model"].lower() in {"bert-99", "bert"} and options.get("precision") == "int8":
        options["model"] = "bert-99-int8"
    return options


def export(env: dict[str, Any], state: dict[str, Any], result: dict[str, Any]) -> None:
    """Where the run is and what came out, for recipes that build on this one."""
    record = result["record"]
    env["CM_MLPERF_RUN_NAME"] = result["run"]
    env["CM_MLPERF_RUN_PATH"] = env["CM_MLPERF_INFERENCE_RESULTS_DIR"] = os.fspath(result["path"])
    env["CM_MLPERF_RESULTS_VALID"] = "yes" if result["return"] == 0 else "no"
    table: dict[str, Any] = {}
    for test in result["tests"]:
        entry = table.setdefault(test["scenario"], {})
        if test["mode"] == "performance" and test["performance"]:
            measured = test["performance"]
            entry |= {key: measured[key] for key in ("value", "unit", "valid")}
            env[f"CM_MLPERF_RESULT_{test['scenario'].upper()}"] = str(measured["value"])
        elif test["mode"] == "accuracy" and test["accuracy"]:
            entry[test["accuracy"]["metric"]] = test["accuracy"]["value"]
    system = f"{record['system_name']}-{record['system']['backend']}-{record['system']['device']}"
    results = state.setdefault("cm-mlperf-inference-results", {})
    results.setdefault(system, {})[record["model"]["name"]] = table
    state["app_mlperf_inference_run"] = {key: result[key] for key in ("run", "record", "tests", "metrics")}
