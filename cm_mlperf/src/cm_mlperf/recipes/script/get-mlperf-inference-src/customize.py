"""Register a checkout that is on this machine, or have it cloned, and say where its parts are."""

import re
from pathlib import Path
from typing import Any

from cm_script import given_path

PARTS = {
    "3DUNET": "vision/medical_imaging/3d-unet-kits19",
    "BERT": "language/bert",
    "CLASSIFICATION_AND_DETECTION": "vision/classification_and_detection",
    "DLRM": "recommendation/dlrm",
    "DLRM_V2": "recommendation/dlrm_v2",
    "GPTJ": "language/gpt-j",
    "RNNT": "speech_recognition/rnnt",
    "VISION": "vision",
}
CHECKER = ("tools/submission/submission_checker/constants.py", "tools/submission/submission_checker.py")


def preprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    path = given_path(env)
    env["CM_MLPERF_INFERENCE_SRC_REQUIRE_CLONE"] = "no" if path else "yes"
    if path:
        env["CM_MLPERF_INFERENCE_SOURCE"] = path
    elif not env.get("CM_GIT_CHECKOUT") and not env.get("CM_GIT_SHA"):
        env["CM_GIT_CHECKOUT"] = env["CM_VERSION"]
    return {"return": 0}


def postprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    root = Path(env["CM_MLPERF_INFERENCE_SOURCE"])
    if not (root / "loadgen").is_dir():
        return {
            "return": 1,
            "error": f"{root} is not a checkout of MLPerf inference: it has no folder loadgen",
        }
    for name, folder in PARTS.items():
        if (root / folder).is_dir():
            env[f"CM_MLPERF_INFERENCE_{name}_PATH"] = str(root / folder)
    env["CM_MLPERF_INFERENCE_CONF_PATH"] = str(root / "mlperf.conf")
    env["CM_GET_DEPENDENT_CACHED_PATH"] = str(root)
    env["+PYTHONPATH"] = [
        str(root / PARTS["CLASSIFICATION_AND_DETECTION"] / "python"),
        str(root / "tools" / "submission"),
    ]
    if version := read(root / "loadgen" / "VERSION.txt").strip():
        env["CM_MLPERF_INFERENCE_SOURCE_VERSION"] = version
    if rounds := {found for file in CHECKER for found in re.findall(r'"v(\d+)\.(\d+)": ', read(root / file))}:
        env["CM_MLPERF_LAST_RELEASE"] = "v" + ".".join(max(rounds, key=lambda pair: tuple(map(int, pair))))
    commit = env.get("CM_GIT_REPO_CURRENT_HASH", "")
    return {"return": 0, "version": f"{env['CM_VERSION']}-git-{commit}" if commit else env["CM_VERSION"]}


def read(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
