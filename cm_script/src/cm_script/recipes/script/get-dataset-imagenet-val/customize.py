"""Register images that are on this machine, or have the archive downloaded and extracted."""

import os
from typing import Any

from cm_core.base import to_count
from cm_script import given_path

FIRST = "ILSVRC2012_val_00000001.JPEG"
ARCHIVES = (".tar", ".tar.gz", ".tgz", ".zip")


def preprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    path = given_path(env, ("CM_TMP_PATH", "CM_INPUT", "IMAGENET_PATH", "CM_DATASET_IMAGENET_PATH"))
    env["CM_DATASET_IMAGENET_VAL_REQUIRE_DAE"] = "no" if os.path.isdir(path) else "yes"
    if os.path.isdir(path):
        env["CM_EXTRACT_EXTRACTED_PATH"] = path
    elif path and os.path.isfile(path) and path.endswith(ARCHIVES):
        env["CM_DOWNLOAD_LOCAL_FILE_PATH"] = path
    elif path:
        return {"return": 1, "error": f"{path} is neither a folder with images nor an archive of them"}
    elif not env.get("CM_DAE_URL"):
        return {
            "return": 1,
            "error": "this selection of images cannot be downloaded",
            "hint": "register your copy with --path=FOLDER",
        }
    # The address becomes part of a list of tags, where a comma has a meaning of its own.
    env["CM_DAE_URL"] = env.get("CM_DAE_URL", "").replace(",", "%2C")
    return {"return": 0}


def postprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    path = env["CM_EXTRACT_EXTRACTED_PATH"]
    inner = os.path.join(path, "imagenet-2012-val")
    path = inner if os.path.isdir(inner) else path
    images = sum(name.endswith(".JPEG") for name in os.listdir(path))
    wanted = to_count(str(env.get("CM_DATASET_SIZE") or 0))
    if wanted is None:
        return {"return": 1, "error": f"the size {env['CM_DATASET_SIZE']} is not a number of images"}
    if not os.path.isfile(os.path.join(path, FIRST)):
        return {"return": 1, "error": f"{path} has no {FIRST}, so it is not the ImageNet validation set"}
    if images < wanted:
        return {"return": 1, "error": f"{path} has {images} images, but {wanted} are expected"}
    for key in ("CM_DATASET_PATH", "CM_DATASET_IMAGENET_PATH", "CM_DATASET_IMAGENET_VAL_PATH"):
        env[key] = path
    env["CM_GET_DEPENDENT_CACHED_PATH"] = path
    # What was downloaded is here twice now; an archive of the user's own is not touched.
    archive = env.get("CM_DOWNLOAD_DOWNLOADED_PATH", "")
    if archive and not env.get("CM_DOWNLOAD_LOCAL_FILE_PATH") and os.path.isfile(archive):
        os.unlink(archive)
    return {"return": 0}
