"""Register images that are on this machine, or download those that the annotations list."""

import importlib.util
import os
import shutil
from pathlib import Path
from types import ModuleType
from typing import Any

from cm_mlperf.reference.local_copy import given_path

FILE = "openimages-mlperf.json"


def preprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    given = given_path(env)
    images = load_images()
    try:
        if given:
            root = Path(given)
            images.check(root, wanted(env))
        else:
            root = Path(os.getcwd(), "install")
            fill(root, env, images)
    except images.ImagesError as error:
        return {"return": 1, "error": str(error), "hint": error.hint}
    env["CM_DATASET_PATH_ROOT"] = str(root)
    return {"return": 0}


def wanted(env: dict[str, Any]) -> int:
    """Number of images; 0 means all."""
    return int(env.get("CM_DATASET_SIZE") or 0)


def fill(root: Path, env: dict[str, Any], images: ModuleType) -> None:
    annotations = root / "annotations" / FILE
    annotations.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(env["CM_DATASET_ANNOTATIONS_FILE_PATH"], annotations)
    images.download(
        images.listed(annotations)[: wanted(env) or None],
        env["CM_DATASET_OPENIMAGES_URL"],
        root / "validation" / "data",
    )


def load_images() -> ModuleType:
    spec = importlib.util.spec_from_file_location("cm_recipe_images", Path(__file__).with_name("images.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


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
