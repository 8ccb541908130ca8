"""Download a file: mirrors, resumption, checksum. The transfer itself is in transfer.py beside this file."""

import importlib.util
import os
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import unquote, urlsplit

MIRRORS = ("CM_DOWNLOAD_URL", *(f"CM_DOWNLOAD_URL{number}" for number in range(1, 5)))
CHECKSUMS = ("CM_DOWNLOAD_CHECKSUM", *(f"CM_DOWNLOAD_CHECKSUM{number}" for number in range(1, 5)))


def preprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    transfer = load_transfer()
    checksums = [str(env[key]).lower() for key in CHECKSUMS if env.get(key)]
    try:
        transfer.check_format(checksums)
        if env.get("CM_DOWNLOAD_LOCAL_FILE_PATH"):
            # In a cache entry, too, the path is seen from where the command was typed.
            start = env.get("CM_TMP_CURRENT_PATH") or os.getcwd()
            local = Path(start, env["CM_DOWNLOAD_LOCAL_FILE_PATH"]).absolute()
            path = use_local_file(local, checksums, transfer)
        else:
            path = download(env, checksums, transfer)
    except transfer.TransferError as error:
        return {"return": 1, "error": str(error), "hint": register_command(env)}
    env["CM_DOWNLOAD_DOWNLOADED_PATH"] = str(path)
    return {"return": 0}


def load_transfer() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "cm_recipe_transfer", Path(__file__).with_name("transfer.py")
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def use_local_file(path: Path, checksums: list[str], transfer: ModuleType) -> Path:
    if not path.exists():
        raise transfer.TransferError(f"the local file {path} does not exist")
    print(f"Using local file: {path}")
    if path.is_file():
        transfer.verify(path, checksums)
    return path


def download(env: dict[str, Any], checksums: list[str], transfer: ModuleType) -> Path:
    urls = list(dict.fromkeys(env[key] for key in MIRRORS if env.get(key)))
    if not urls:
        raise transfer.TransferError("no address was given")
    # Another name may come from the user; a name in an address is never more than a name.
    name = env.get("CM_DOWNLOAD_FILENAME") or name_in(urls[0])
    path = Path(env.get("CM_DOWNLOAD_PATH") or os.getcwd(), name).absolute()
    if path.is_file() and checksums and transfer.matches(path, checksums):
        print(f"Already there, checksum is right: {path}")
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    check_certificate = str(env.get("CM_VERIFY_SSL", "yes")).lower() not in {"no", "false", "off", "0"}
    failures = []
    for url in urls:
        try:
            transfer.fetch(url, path, checksums, check_certificate=check_certificate)
        except transfer.TransferError as error:
            failures.append(f"{url}: {error}")
        else:
            return path
    expected = f" (expected checksum: {' or '.join(checksums)})" if checksums else ""
    raise transfer.TransferError(f"cannot download {'; '.join(failures)}{expected}")


def name_in(url: str) -> str:
    name = unquote(urlsplit(url).path).replace("\\", "/").rpartition("/")[2]
    return name if "." in name.strip(".") else "index.html"


def register_command(env: dict[str, Any]) -> str:
    """How to go on without the network; a recipe that needs the file knows a better command."""
    if not env.get("CM_DOWNLOAD_URL"):
        return "give an address with --url=URL"
    command = env.get("CM_DOWNLOAD_LOCAL_COPY_COMMAND") or (
        f'cm run script "download file" --url="{env["CM_DOWNLOAD_URL"]}" --from=FILE'
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
