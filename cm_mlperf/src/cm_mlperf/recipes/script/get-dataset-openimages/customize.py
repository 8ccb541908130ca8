"""Register images that are on this machine, or download those that the annotations list."""

import os
import shutil
from pathlib import Path
from typing import Any

from cm_core import CMError, UsageError
from cm_core.base import to_count
from cm_mlperf.reference import imagefiles
from cm_script import given_path

FILE = "openimages-mlperf.json"


def preprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    given = given_path(env)
    try:
        if given:
            root = Path(given)
            imagefiles.check(root, wanted(env))
        else:
            root = Path(os.getcwd(), "install")
            fill(root, env)
    except CMError as error:
        return {"return": 1, "error": error.message, "hint": error.hint}
    env["CM_DATASET_PATH_ROOT"] = str(root)
    return {"return": 0}


def wanted(env: dict[str, Any]) -> int:
    """Number of images; 0 means all."""
    number = to_count(str(env.get("CM_DATASET_SIZE") or 0))
    if number is None:
        raise UsageError(f"the size {env['CM_DATASET_SIZE']} is not a number of images")
    return number


def fill(root: Path, env: dict[str, Any]) -> None:
    annotations = root / "annotations" / FILE
    annotations.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(env["CM_DATASET_ANNOTATIONS_FILE_PATH"], annotations)
    imagefiles.download(
        imagefiles.listed(annotations)[: wanted(env) or None],
        env["CM_DATASET_OPENIMAGES_URL"],
        root / "validation" / "data",
        say=lambda line: print(line, flush=True),
    )


def postprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    root = env["CM_DATASET_PATH_ROOT"]
    folder = os.path.join(root, "validation", "data")
    annotations = os.path.join(root, "annotations", FILE)
    env["CM_DATASET_PATH"] = env["CM_DATASET_OPENIMAGES_PATH"] = folder
    env["CM_DATASET_OPENIMAGES_PATH_ROOT"] = root
    env["CM_DATASET_OPENIMAGES_DATASET_PATH"] = folder
    env["CM_DATASET_OPENIMAGES_DATASET_PATH_ROOT"] = root
    for prefix in ("CM_DATASET_ANNOTATIONS", "CM_DATASET_OPENIMAGES_ANNOTATIONS"):
        env[f"{prefix}_FILE_PATH"], env[f"{prefix}_DIR_PATH"] = annotations, os.path.dirname(annotations)
    env["CM_DATASET_VALIDATION_ANNOTATIONS_FILE_PATH"] = annotations
    env["CM_DATASET_OPENIMAGES_VALIDATION_ANNOTATIONS_FILE_PATH"] = annotations
    env["CM_GET_DEPENDENT_CACHED_PATH"] = folder
    return {"return": 0}
