"""Join the parts of a data set that other recipes got: one small file says where they are."""

import os
from pathlib import Path
from typing import Any

from cm_mlperf.reference.location import write_parts

LABELS = ("val_map.txt", "val.txt")


def preprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    folder = given(env) or env.get("CM_DATASET_PATH", "")
    labelled = env["CM_MLPERF_INFERENCE_DATA"] != "imagenet" or any(
        os.path.isfile(os.path.join(folder, name)) for name in LABELS
    )
    env["CM_MLPERF_INFERENCE_DATA_REQUIRE_LABELS"] = "no" if labelled else "yes"
    return {"return": 0}


def given(env: dict[str, Any]) -> str:
    # A cached recipe works in its entry, but the user means a path seen from where the command was typed.
    path = env.get("CM_TMP_PATH", "")
    return os.path.abspath(os.path.join(env.get("CM_TMP_CURRENT_PATH", ""), path)) if path else ""


def postprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    path = given(env)
    if path and not os.path.isdir(path):
        return {"return": 1, "error": f"{path} is not a folder"}
    parts = parts_of(env, path)
    write_parts(Path(os.getcwd()), parts)
    env["CM_MLPERF_INFERENCE_DATA_PATH"] = os.getcwd()
    env["CM_GET_DEPENDENT_CACHED_PATH"] = path or parts.get("images") or parts["questions"]
    return {"return": 0}


def parts_of(env: dict[str, Any], path: str) -> dict[str, str]:
    """Part of the data set -> its file or folder, by absolute path."""
    kind = env["CM_MLPERF_INFERENCE_DATA"]
    if kind == "squad":
        questions = env.get("CM_DATASET_SQUAD_VAL_PATH", os.path.join(path, "dev-v1.1.json"))
        vocabulary = env.get("CM_DATASET_SQUAD_VOCAB_PATH", os.path.join(path, "vocab.txt"))
        return {"questions": questions, "vocabulary": vocabulary}
    if kind == "openimages":
        root = path or env["CM_DATASET_PATH_ROOT"]
        return {
            "images": os.path.join(root, "validation", "data"),
            "annotations": os.path.join(root, "annotations", "openimages-mlperf.json"),
        }
    images = path or env["CM_DATASET_PATH"]
    own = [os.path.join(images, name) for name in LABELS if os.path.isfile(os.path.join(images, name))]
    return {
        "images": images,
        "labels": own[0] if own else os.path.join(env["CM_DATASET_AUX_PATH"], "val.txt"),
    }
