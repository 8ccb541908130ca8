"""Download a file: one of several addresses, or a file that is here already."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from cm_core import CMError, is_no
from cm_core.base import (
    Source,
    TransferError,
    check_checksums,
    fetch,
    is_verified,
    verify,
    without_credentials,
)
from cm_script import given_path

MIRRORS = ("CM_DOWNLOAD_URL", *(f"CM_DOWNLOAD_URL{number}" for number in range(1, 5)))
CHECKSUMS = ("CM_DOWNLOAD_CHECKSUM", *(f"CM_DOWNLOAD_CHECKSUM{number}" for number in range(1, 5)))


def preprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    checksums = [str(env[key]).lower() for key in CHECKSUMS if env.get(key)]
    try:
        check_checksums(checksums)
        if env.get("CM_DOWNLOAD_LOCAL_FILE_PATH"):
            path = use_local_file(Path(given_path(env, ["CM_DOWNLOAD_LOCAL_FILE_PATH"])), checksums)
        else:
            path = download(env, checksums)
    except CMError as error:
        return {"return": 1, "error": error.message, "hint": register_command(env)}
    env["CM_DOWNLOAD_DOWNLOADED_PATH"] = str(path)
    return {"return": 0}


def use_local_file(path: Path, checksums: list[str]) -> Path:
    if not path.exists():
        raise CMError(f"the local file {path} does not exist")
    print(f"Using local file: {path}")
    if path.is_file():
        verify(path, checksums)
    return path


def download(env: dict[str, Any], checksums: list[str]) -> Path:
    urls = list(dict.fromkeys(env[key] for key in MIRRORS if env.get(key)))
    if not urls:
        raise CMError("no URL was given")
    # Another name may come from the user; a name in an address is never more than a name.
    name = env.get("CM_DOWNLOAD_FILENAME") or name_in(urls[0])
    path = Path(env.get("CM_DOWNLOAD_PATH") or os.getcwd(), name).absolute()
    if checksums and is_verified(path, checksums):
        print(f"Already downloaded, the checksum is right: {path}")
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    check = not is_no(env.get("CM_VERIFY_SSL"))
    failures = []
    for url in urls:
        print(f"Downloading {without_credentials(url)}", flush=True)
        try:
            source = Source(url=url, checksums=checksums, check_certificate=check)
            fetch(source, path, say=lambda line: print(f"  {line}", flush=True))
        except TransferError as error:
            advice = "; to accept any certificate use --verify=no" if error.untrusted else ""
            advice += "; if that is right, add its checksum with --sha256sum=" if error.doubtful else ""
            failures.append(f"{without_credentials(url)}: {error}{advice}")
        else:
            return path
    expected = f" (expected checksum: {' or '.join(checksums)})" if checksums else ""
    raise CMError(f"cannot download {'; '.join(failures)}{expected}")


def name_in(url: str) -> str:
    try:
        path = urlsplit(url).path
    except ValueError as error:
        raise CMError(f"{without_credentials(url)} is not a usable URL") from error
    name = unquote(path).replace("\\", "/").rpartition("/")[2]
    return name if "." in name.strip(".") else "index.html"


def register_command(env: dict[str, Any]) -> str:
    """How to go on without the network; a recipe that needs the file knows a better command."""
    if not env.get("CM_DOWNLOAD_URL"):
        return "give a URL with --url=URL"
    command = env.get("CM_DOWNLOAD_LOCAL_COPY_COMMAND") or (
        f'cm run script "download file" --url="{without_credentials(env["CM_DOWNLOAD_URL"])}" --from=FILE'
    )
    return f"if you have the file, register your copy with: {command}"


def postprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    path = Path(env["CM_DOWNLOAD_DOWNLOADED_PATH"])
    if env.get("CM_DOWNLOAD_RENAME_FILE") and not env.get("CM_DOWNLOAD_LOCAL_FILE_PATH"):
        path = path.rename(path.with_name(env["CM_DOWNLOAD_RENAME_FILE"]))
        env["CM_DOWNLOAD_DOWNLOADED_PATH"] = str(path)
    if env.get("CM_DOWNLOAD_FINAL_ENV_NAME"):
        env[env["CM_DOWNLOAD_FINAL_ENV_NAME"]] = str(path)
    env["CM_GET_DEPENDENT_CACHED_PATH"] = str(path)
    return {"return": 0}
