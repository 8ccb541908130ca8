"""Clone a Git repository with the git program; every value is an argument, never shell text."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from cm_core.base import without_credentials

# Answers git when a server wants to know who asks; the words come from its environment, where no list of
# processes shows them.
ANSWER = """!printf 'username=%s\\npassword=%s\\n' "$CM_GIT_USER" "$CM_GIT_PASSWORD" #"""


class GitError(Exception):
    """A git command failed; the text names it and its status."""


def preprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    url = env.get("CM_GIT_URL", "")
    folder = Path(env["CM_GIT_CHECKOUT_FOLDER"])
    if not url:
        return {
            "return": 1,
            "error": "no repository was given",
            "hint": 'name one with: cm run script "get git repo _repo.URL"',
        }
    if url.startswith("-") or re.match(r"[A-Za-z0-9]+::", url):
        return {"return": 1, "error": f"{public(url)} is not a URL that git may clone"}
    if folder.is_absolute() or ".." in folder.parts:
        return {"return": 1, "error": f"the folder {folder} is not inside the working folder"}
    if shutil.which("git") is None:
        return {
            "return": 1,
            "error": "the program git was not found",
            "hint": 'see how to install it with: cm run script "get sys-utils-cm"',
        }
    env.setdefault("CM_GIT_DEPTH", "")
    env["CM_GIT_CHECKOUT"] = (
        env.get("CM_GIT_SHA") or env.get("CM_GIT_BRANCH") or env.get("CM_GIT_CHECKOUT", "")
    )
    try:
        get_repository(env, url, folder)
        change_checkout(env, folder)
        env["CM_GIT_REPO_CURRENT_HASH"] = git(["rev-parse", "HEAD"], folder).strip()
    except GitError as error:
        return {"return": 2, "error": str(error)}
    return {"return": 0}


def get_repository(env: dict[str, Any], url: str, folder: Path) -> None:
    if (folder / ".git").exists():  # --renew: local changes are kept, or git says why they cannot be
        git(["pull", "--ff-only"] if not env.get("CM_GIT_SHA") else ["fetch", "--tags"], folder)
    else:
        options = []
        branch = env.get("CM_GIT_CHECKOUT_TAG") or ("" if env.get("CM_GIT_SHA") else env["CM_GIT_CHECKOUT"])
        depth = re.search(r"\d+", str(env["CM_GIT_DEPTH"]))
        options += ["--branch", branch] if branch else []
        options += ["--depth", depth.group()] if depth else []
        options += ["--recurse-submodules"] if env.get("CM_GIT_RECURSE_SUBMODULES", "").strip() else []
        # A token is for this one transfer, not for the files that it leaves.
        git(["clone", *options, "--", public(url), str(folder)], secrets=credentials(url))
    if env.get("CM_GIT_SHA"):
        git(["checkout", "--quiet", "--detach", env["CM_GIT_SHA"], "--"], folder)


def change_checkout(env: dict[str, Any], folder: Path) -> None:
    """Submodules, commits and patches on top of what was cloned."""
    if env.get("CM_GIT_PR_TO_APPLY"):
        git(["fetch", "origin", env["CM_GIT_PR_TO_APPLY"] + ":tmp-apply"], folder)
    for commit in listed(env, "CM_GIT_CHERRYPICKS"):
        git(["cherry-pick", "--no-commit", commit], folder)
    for submodule in listed(env, "CM_GIT_SUBMODULES"):
        git(["submodule", "update", "--init", "--", submodule], folder)
    if str(env.get("CM_GIT_PATCH", "")).lower() == "yes":
        for patch in listed(env, "CM_GIT_PATCH_FILEPATHS"):
            git(["apply", "--", patch], folder)


def listed(env: dict[str, Any], key: str) -> list[str]:
    return [item for item in str(env.get(key, "")).replace(" ", ",").split(",") if item]


def credentials(url: str) -> dict[str, str]:
    """Variables through which git learns the user and the password of an address."""
    if public(url) == url:
        return {}
    parts = urlsplit(url)
    user_info, _, host = parts.netloc.rpartition("@")
    user, colon, password = map(unquote, user_info.partition(":"))
    place = f"credential.{parts.scheme}://{host}"
    settings = [(f"{place}.username", user)]
    if colon:  # no other helper: what it stores would outlive the transfer
        settings += [(f"{place}.helper", ""), (f"{place}.helper", ANSWER)]
    start = int(os.environ.get("GIT_CONFIG_COUNT") or 0)
    variables = {
        "GIT_CONFIG_COUNT": str(start + len(settings)),
        "CM_GIT_USER": user,
        "CM_GIT_PASSWORD": password,
    }
    for number, (key, value) in enumerate(settings, start):
        variables |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return variables


def git(arguments: list[str], folder: Path | None = None, secrets: dict[str, str] | None = None) -> str:
    shown = "git " + " ".join(without_credentials(public(argument)) for argument in arguments)
    print(f"       ! {shown}", flush=True)
    # Nobody watches a recipe that could answer a question for a password.
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", **(secrets or {})}
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        reason = without_credentials(public(done.stderr.strip()))
        raise GitError(f"{shown} failed with exit status {done.returncode}: {reason}")
    return done.stdout


def public(text: str) -> str:
    """The text with user names, passwords and tokens taken out of web addresses."""
    return re.sub(r"(https?://)[^/@\s]+@", r"\1", text)


def postprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    path = os.path.abspath(env["CM_GIT_CHECKOUT_FOLDER"])
    env["CM_GIT_CHECKOUT_PATH"] = env["CM_GET_DEPENDENT_CACHED_PATH"] = path
    name = os.path.basename(env["CM_GIT_URL"].rstrip("/"))
    values = {"NAME": env.get("CM_GIT_REPO_NAME", name), "CHECKOUT_PATH": path}
    values["URL"] = public(env["CM_GIT_URL"])
    for key in ("CHECKOUT", "DEPTH", "CHECKOUT_FOLDER", "PATCH", "RECURSE_SUBMODULES"):
        values[key] = env["CM_GIT_" + key]
    suffix = env.get("CM_GIT_ENV_KEY", "").strip("_")
    for key, value in values.items():
        env["CM_GIT_REPO_" + key] = value
        if suffix:
            env[f"CM_GIT_REPO_{suffix}_{key}"] = value
    if env.get("CM_GIT_CHECKOUT_PATH_ENV_NAME"):
        env[env["CM_GIT_CHECKOUT_PATH_ENV_NAME"]] = path
    return {"return": 0}
