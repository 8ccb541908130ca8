"""Create a virtual environment in the cache and register its Python for `get python`."""

import hashlib
import os
from typing import Any


def preprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    name = env.get("CM_NAME", "").strip().lower()
    scripts = "Scripts" if run["os_info"]["platform"] == "windows" else "bin"
    if env.get("CM_PYTHON_VENV_BASE"):
        env["CM_PYTHON_BIN_WITH_PATH"] = env["CM_PYTHON_VENV_BASE"]
    env["CM_VIRTUAL_ENV_DIR"] = name or "venv"
    env["CM_VIRTUAL_ENV_PATH"] = os.path.join(os.getcwd(), env["CM_VIRTUAL_ENV_DIR"])
    env["CM_VIRTUAL_ENV_SCRIPTS_PATH"] = os.path.join(env["CM_VIRTUAL_ENV_PATH"], scripts)

    own_tags = ["name-" + name] if name else []
    # The registered Python is this environment's and no other of the same name.
    place = "venv-" + hashlib.sha256(env["CM_VIRTUAL_ENV_PATH"].encode()).hexdigest()[:12]
    result: dict[str, Any] = run["automation"].update_deps(
        {
            "deps": run["meta"]["post_deps"],
            "update_deps": {"register-python": {"extra_cache_tags": ",".join(["virtual", place, *own_tags])}},
        }
    )
    if result["return"] > 0:
        return result
    return {"return": 0, "add_extra_cache_tags": own_tags}


def postprocess(run: dict[str, Any]) -> dict[str, Any]:
    env, state, host = run["env"], run["state"], run["os_info"]
    windows = host["platform"] == "windows"
    scripts = env["CM_VIRTUAL_ENV_SCRIPTS_PATH"]
    activate = os.path.join(scripts, "activate.bat" if windows else "activate")
    line = host["run_bat"].replace("${bat_file}", f'"{activate}"')
    # One environment at a time: a line that activates an outer one would win or lose by luck.
    state["script_prefix"] = [*(x for x in state.get("script_prefix", []) if "activate" not in x), line]
    env["CM_PYTHON_BIN_WITH_PATH"] = os.path.join(scripts, "python.exe" if windows else "python3")
    env["CM_GET_DEPENDENT_CACHED_PATH"] = env["CM_PYTHON_BIN_WITH_PATH"]
    version = env.get("CM_PYTHON_VERSION")
    return {"return": 0, "version": version} if version else {"return": 0}
