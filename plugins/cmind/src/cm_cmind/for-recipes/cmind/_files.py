"""Files as text, JSON and YAML, and looking for files: a part of ``cmind.utils``."""

from __future__ import annotations

import json
import os
import re
from typing import Any

from cmind._types import Contract

_DOCUMENTS = (".json", ".yaml", ".yml")
_SPECIAL_FOLDERS = (".cm", ".git", ".svn", "tmp")


def _missing(name: str) -> Contract:
    return {"return": 16, "error": f"file {name} was not found"}


def load_txt(
    file_name: str,
    encoding: str = "utf8",
    remove_after_read: bool = False,
    check_if_exists: bool = False,
    split: bool = False,
    match_text: str = "",
    fail_if_no_match: str = "",
    debug: bool = False,
) -> Contract:
    """Read a text file.

    Args:
        check_if_exists: a missing file is code 16; otherwise it raises ``FileNotFoundError``.
        split: also return ``list``, the lines.
        match_text: a regular expression; ``match`` is the first place where it matches, or ``None``.
        fail_if_no_match: the error to return when there is none.

    Returns:
        ``string``, and the above.
    """
    if check_if_exists and not os.path.isfile(file_name):
        return _missing(file_name)
    with open(file_name, encoding=encoding) as stream:
        text = stream.read()
    if remove_after_read:
        os.remove(file_name)
    answer: Contract = {"return": 0, "string": text}
    if split:
        answer["list"] = text.split("\n")
    if match_text:
        match = re.search(match_text, text)
        if match is None and fail_if_no_match:
            return {"return": 1, "error": fail_if_no_match, "string": text}
        answer["match"] = match
    if debug:
        import sys

        sys.stdout.write(f"{text}\n")
    return answer


def load_bin(file_name: str) -> Contract:
    """Read a file as it is; returns ``bin``."""
    with open(file_name, "rb") as stream:
        return {"return": 0, "bin": stream.read()}


def save_txt(file_name: str, string: str = "", encoding: str = "utf8") -> Contract:
    """Write a text file; line ends stay as they are."""
    with open(file_name, "w", encoding=encoding, newline="") as stream:
        stream.write(string)
    return {"return": 0}


def load_json(file_name: str, check_if_exists: bool = False, encoding: str = "utf8") -> Contract:
    """Read JSON; returns ``meta``. A missing file is code 16, one that cannot be read code 4."""
    del check_if_exists
    try:
        with open(file_name, encoding=encoding) as stream:
            return {"return": 0, "meta": json.load(stream)}
    except FileNotFoundError:
        return _missing(file_name)
    except ValueError as error:
        return {"return": 4, "error": f"{file_name} is not JSON: {error}"}


def safe_load_json(path: str, file_name: str = "", encoding: str = "utf8") -> Contract:
    """Read JSON; ``meta`` is empty when the file is missing or damaged."""
    full = os.path.join(path, file_name) if file_name else path
    answer = load_json(full, encoding=encoding)
    return {"return": 0, "meta": answer.get("meta", {})}


def save_json(
    file_name: str,
    meta: Any = None,
    indent: int = 2,
    sort_keys: bool = True,
    encoding: str = "utf8",
) -> Contract:
    """Write JSON that ends with a line break."""
    text = json.dumps({} if meta is None else meta, indent=indent, sort_keys=sort_keys)
    return save_txt(file_name, text + "\n", encoding)


def load_yaml(file_name: str, check_if_exists: bool = False, encoding: str = "utf8") -> Contract:
    """Read YAML; returns ``meta``. A missing file is code 16, one that cannot be read code 4."""
    del check_if_exists
    yaml = _yaml()
    if yaml is None:
        return _no_yaml()
    try:
        with open(file_name, encoding=encoding) as stream:
            meta = yaml.load(stream, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except FileNotFoundError:
        return _missing(file_name)
    except (yaml.YAMLError, ValueError) as error:
        return {"return": 4, "error": f"{file_name} is not YAML: {' '.join(str(error).split())}"}
    return {"return": 0, "meta": meta}


def save_yaml(file_name: str, meta: Any = None, sort_keys: bool = True, encoding: str = "utf8") -> Contract:
    """Write YAML."""
    yaml = _yaml()
    if yaml is None:
        return _no_yaml()
    return save_txt(file_name, yaml.dump({} if meta is None else meta, sort_keys=sort_keys), encoding)


def update_yaml(file_name: str, meta: Any = None, encoding: str = "utf8") -> Contract:
    """Replace top-level scalars of a YAML file line by line, so that comments survive."""
    answer = load_txt(file_name, encoding, check_if_exists=True)
    if answer["return"]:
        return answer
    lines = answer["string"].split("\n")
    for key, value in (meta or {}).items():
        for number, line in enumerate(lines):
            if line.startswith(f"{key}:"):
                lines[number] = f"{key}: {value}"
    return save_txt(file_name, "\n".join(lines), encoding)


def load_json_or_yaml(file_name: str, check_if_exists: bool = False, encoding: str = "utf8") -> Contract:
    """Read a document by its suffix; returns ``meta``. Another suffix is code 1."""
    if file_name.endswith(".json"):
        return load_json(file_name, check_if_exists, encoding)
    if file_name.endswith(_DOCUMENTS):
        return load_yaml(file_name, check_if_exists, encoding)
    return {"return": 1, "error": f"the name of {file_name} must end with .json or .yaml"}


def save_json_or_yaml(file_name: str, meta: Any, sort_keys: bool = False, encoding: str = "utf8") -> Contract:
    """Write a document by its suffix; another one is code 1."""
    if file_name.endswith(".json"):
        return save_json(file_name, meta, sort_keys=sort_keys, encoding=encoding)
    if file_name.endswith(_DOCUMENTS):
        return save_yaml(file_name, meta, sort_keys=sort_keys, encoding=encoding)
    return {"return": 1, "error": f"the name of {file_name} must end with .json or .yaml"}


def is_file_json_or_yaml(file_name: str) -> Contract:
    """``is_file``: whether there is a document of this name with a suffix added."""
    found = next((path for suffix in _DOCUMENTS[:2] if os.path.isfile(path := file_name + suffix)), "")
    return {"return": 0, "is_file": bool(found), **({"path": found} if found else {})}


def load_yaml_and_json(
    file_name_without_ext: str, check_if_exists: bool = False, encoding: str = "utf8"
) -> Contract:
    """Read ``NAME.yaml`` and ``NAME.json``, whose top-level keys win; returns ``meta``, 16 without both."""
    del check_if_exists
    meta: Contract = {}
    found = False
    for suffix, load in ((".yaml", load_yaml), (".json", load_json)):
        if os.path.isfile(file_name_without_ext + suffix):
            found = True
            answer = load(file_name_without_ext + suffix, encoding=encoding)
            if answer["return"]:
                return answer
            meta.update(answer["meta"] or {})
    if not found:
        return {"return": 16, "error": f"neither {file_name_without_ext}.yaml nor .json was found"}
    return {"return": 0, "meta": meta}


def check_and_create_dir(path: str) -> Contract:
    """Make sure that a folder exists."""
    os.makedirs(path, exist_ok=True)
    return {"return": 0}


def find_file_in_dir_and_above(filename: str, path: str = "") -> Contract:
    """The nearest folder from ``path`` upwards that has the file; code 16 when there is none."""
    found = find_file_in_current_directory_or_above([filename], path or None)
    if not found["found"]:
        return {"return": 16, "error": f"{filename} was not found in {path or os.getcwd()} or above"}
    return {"return": 0, "path": found["path"], "path_to_file": found["path_to_file"]}


def find_file_in_current_directory_or_above(
    file_names: list[str],
    path_to_start: str | None = None,
    reverse: bool = False,
    path_to_stop: str | None = None,
) -> Contract:
    """Look for one of these files in a folder and above, or with ``reverse`` below.

    Below means the folder, its first sub-folder that is not hidden, and so on.

    Returns:
        ``found``, and then ``path``, ``path_to_file`` and ``found_in_current_path``.
    """
    start = os.path.abspath(path_to_start or os.getcwd())
    stop = os.path.abspath(path_to_stop) if path_to_stop else None
    folder = start
    while folder:
        for name in file_names:
            path = os.path.join(folder, name)
            if os.path.isfile(path):
                found = {"path_to_file": path, "path": folder, "found_in_current_path": folder == start}
                return {"return": 0, "found": True, **found}
        if folder == stop:
            break
        folder = _first_below(folder) if reverse else _above(folder)
    return {"return": 0, "found": False}


def _above(folder: str) -> str:
    parent = os.path.dirname(folder)
    return "" if parent == folder else parent


def _first_below(folder: str) -> str:
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return ""
    paths = (os.path.join(folder, name) for name in names if not name.startswith("."))
    return next((path for path in paths if os.path.isdir(path) and not os.path.islink(path)), "")


def list_all_files(i: Contract) -> Contract:
    """All files below a folder: name relative to it -> size.

    Keys in: ``path``; optional ``file_name``, ``pattern`` (of names), ``limit``, ``all`` (``yes``: also below
    folders such as ``.git``), ``ignore_names``, ``ignore_symb_dirs`` (``yes``), ``add_path`` (``yes``).

    Returns:
        ``list`` and ``number`` (as text).
    """
    import fnmatch

    root, limit = i["path"], int(i.get("limit") or -1)
    ignored = set(i.get("ignore_names") or ())
    if i.get("all") != "yes":
        ignored.update(_SPECIAL_FOLDERS)
    found: Contract = {}
    for folder, folders, files in os.walk(root, followlinks=i.get("ignore_symb_dirs") != "yes"):
        folders[:] = sorted(name for name in folders if name not in ignored)
        for name in sorted(set(files) - ignored):
            fits = name == i["file_name"] if i.get("file_name") else True
            if not fits or (i.get("pattern") and not fnmatch.fnmatch(name, i["pattern"])):
                continue
            if 0 <= limit <= len(found):
                break
            path = os.path.join(folder, name)
            facts = {"size": os.stat(path, follow_symlinks=False).st_size}
            found[os.path.relpath(path, root)] = (
                {**facts, "path": folder} if i.get("add_path") == "yes" else facts
            )
    return {"return": 0, "list": found, "number": str(len(found))}


def gen_tmp_file(i: Contract) -> Contract:
    """The name of a temporary file that does not exist.

    Keys in, all optional: ``suffix``, ``prefix``, ``remove_dir`` (only the name, without its folder).
    """
    import tempfile

    number, path = tempfile.mkstemp(suffix=i.get("suffix") or "", prefix=i.get("prefix") or "")
    os.close(number)
    os.remove(path)
    return {"return": 0, "file_name": os.path.basename(path) if i.get("remove_dir") else path}


def rm_read_only(f: Any, p: str, e: Any) -> None:
    """For ``shutil.rmtree(onerror=…)``: make a read-only file writable and try again."""
    del e
    import stat

    os.chmod(p, stat.S_IWRITE)
    f(p)


def _yaml() -> Any:
    try:
        import yaml
    except ImportError:
        return None
    return yaml


def _no_yaml() -> Contract:
    return {"return": 1, "error": "this Python has no YAML; install the package PyYAML"}
