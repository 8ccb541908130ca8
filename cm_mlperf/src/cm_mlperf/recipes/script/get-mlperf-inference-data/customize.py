"""Join the parts of a data set that other recipes got: one small file says where they are."""

import os
from pathlib import Path
from typing import Any

from cm_mlperf.reference.location import write_parts
from cm_script import given_path

LABELS = ("val_map.txt", "val.txt")


def preprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    path = given_path(env)
    if path and not os.path.isdir(path):
        return {"return": 1, "error": f"{path} is not a folder"}
    if path:
        env["CM_DATASET_PATH"] = env["CM_DATASET_PATH_ROOT"] = path
        env["CM_DATASET_SQUAD_VAL_PATH"] = os.path.join(path, "dev-v1.1.json")
        env["CM_DATASET_SQUAD_VOCAB_PATH"] = os.path.join(path, "vocab.txt")
    elif env.get("CM_MLPERF_INFERENCE_DATA_TAGS") and not env.get("CM_MLPERF_INFERENCE_DATA_SIZE"):
        # Whoever has all of a data set needs no download of a part.
        tags = f"{env['CM_MLPERF_INFERENCE_DATA_TAGS']},_full"
        found = run["automation"].cmind.access({"action": "find", "automation": "cache", "tags": tags})
        if found["return"] == 0 and found.get("list"):
            env["CM_MLPERF_INFERENCE_DATA_SIZE"] = "full"
    return {"return": 0}


def postprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    result = parts_of(run)
    if result["return"] > 0:
        return result
    parts = result["parts"]
    for part, place in parts.items():
        if not os.path.exists(place):
            return {"return": 1, "error": f"there is no {place}, where the {part} should be"}
    write_parts(Path(os.getcwd()), parts)
    env["CM_MLPERF_INFERENCE_DATA_PATH"] = os.getcwd()
    env["CM_GET_DEPENDENT_CACHED_PATH"] = parts.get("images") or parts["questions"]
    return {"return": 0}


def parts_of(run: dict[str, Any]) -> dict[str, Any]:
    """Part of the data set -> its file or folder, by absolute path."""
    env = run["env"]
    kind = env["CM_MLPERF_INFERENCE_DATA"]
    if kind == "squad":
        questions, vocabulary = env["CM_DATASET_SQUAD_VAL_PATH"], env["CM_DATASET_SQUAD_VOCAB_PATH"]
        return {"return": 0, "parts": {"questions": questions, "vocabulary": vocabulary}}
    if kind == "openimages":
        root = env["CM_DATASET_PATH_ROOT"]
        images = os.path.join(root, "validation", "data")
        annotations = os.path.join(root, "annotations", "openimages-mlperf.json")
        return {"return": 0, "parts": {"images": images, "annotations": annotations}}
    images = env["CM_DATASET_PATH"]
    own = [os.path.join(images, name) for name in LABELS if os.path.isfile(os.path.join(images, name))]
    if own:
        return {"return": 0, "parts": {"images": images, "labels": own[0]}}
    request = {"action": "run", "automation": "script", "tags": "get,dataset-aux,imagenet-aux", "quiet": True}
    got = run["automation"].cmind.access(request)
    if got["return"] > 0:
        return got
    labels = os.path.join(got["new_env"]["CM_DATASET_AUX_PATH"], "val.txt")
    return {"return": 0, "parts": {"images": images, "labels": labels}}
