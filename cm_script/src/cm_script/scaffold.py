"""``cm add script``: a new recipe that runs at once and says where to go on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core import META_NAME, ArtifactRef, NotFoundError, Result, UsageError, dump_yaml, write_meta
from cm_core.actions import check_one_name, copy_artifact, is_dry_run, new_artifact, preview
from cm_core.base import atomic_write_text, place_folder, read_text
from cm_core.flags import read_flags
from cm_script.flags import Add
from cm_script.model.call import HostContext, ScriptCall
from cm_script.profile import CM
from cm_script.search import SCRIPT_KIND, find_scripts

if TYPE_CHECKING:
    from cm_core import Request, Session

_GUIDE = """\
# What this script needs first:
# deps:
# - tags: get,python3
#   names: [python, python3]
#
"""
_GUIDE_TO_ALL = """\
# What its flags set (--greeting=...), and what it hands on to scripts that depend on it:
# input_mapping:
#   greeting: CM_GREETING
# new_env_keys:
# - CM_MY_RESULT
"""
_RUN_SH = """\
#!/bin/bash
# Runs in the current folder, or in the cache entry when the script has "cache: true".
# Lines KEY=VALUE written to tmp-run-env.out become part of the environment.
echo "Hello from {alias}"
"""
_RUN_BAT = """\
@echo off
echo Hello from {alias}
"""
_RUN_PYTHON_SH = """\
#!/bin/bash
"${CM_PYTHON_BIN_WITH_PATH}" "${CM_TMP_CURRENT_SCRIPT_PATH}/main.py"
"""
_RUN_PYTHON_BAT = """\
@echo off
"%CM_PYTHON_BIN_WITH_PATH%" "%CM_TMP_CURRENT_SCRIPT_PATH%\\main.py"
"""
_MAIN_PY = """\
import sys

print(f"Hello from {alias}, Python {{sys.version.split()[0]}}")
"""
_CUSTOMIZE = '''\
"""What happens before and after the native script; ``i["env"]`` may be changed."""


def preprocess(i):
    return {"return": 0}


def postprocess(i):
    return {"return": 0}
'''


def add_script(request: Request, session: Session) -> Result:
    """Create a script: ``cm add script [repo:]name --tags=a,b``.

    ``--template=TAGS`` copies an existing script, ``--python`` starts from one that runs Python,
    ``--script_name=FILE`` takes a file as its native script, ``--find_tool=NAME`` makes one that finds a
    program, ``--json`` writes ``_cm.json``.

    Raises:
        UsageError: when no name is given, several are, or it cannot be a folder's name.
        AlreadyExistsError: when there is a script of this name.
        NotFoundError: when the template or the file does not exist.
    """
    check_one_name(request)
    ref = ArtifactRef.parse(request.artifact)
    alias = ref.object.alias
    if not alias:
        raise UsageError("the new script needs a name", hint="use: cm add script my-script --tags=my,script")
    if " " in alias:
        raise UsageError(
            f"the name '{alias}' has a space, which would make it tags",
            hint=f"use: cm add script {alias.replace(' ', '-')} --tags={alias.replace(' ', ',')}",
        )
    asked = read_flags(Add, request)
    tags = tuple(dict.fromkeys(asked.tags)) or tuple(alias.split("-"))
    if asked.template:
        return _from_template(request, session, ref, tags)
    files = {} if asked.find_tool else _files(asked, session, alias)
    as_yaml = not asked.json
    meta = {**(_detector(asked.find_tool) if asked.find_tool else {"cache": False}), **asked.meta}
    if asked.python:
        meta["deps"] = [{"tags": "get,python3", "names": ["python", "python3"]}]
    folder, written = new_artifact(session, SCRIPT_KIND, ref, meta, tags)
    if is_dry_run(request):
        return preview("add", [folder], path=folder, meta=written)

    def fill(place: Path) -> None:
        write_meta(place, written, as_yaml=as_yaml)
        if as_yaml and not asked.find_tool:
            guide = _GUIDE_TO_ALL if "deps" in written else _GUIDE + _GUIDE_TO_ALL
            atomic_write_text(place / f"{META_NAME}.yaml", f"{dump_yaml(written)}\n{guide}")
        for name, text in files.items():
            _write_file(place / name, text)

    place_folder(folder, fill)
    session.index.note_written(folder)
    return _creation_result(folder, written, tags)


def _from_template(request: Request, session: Session, ref: ArtifactRef, tags: tuple[str, ...]) -> Result:
    template = read_flags(Add, request).template
    call = ScriptCall.from_options({"tags": template.replace(" ", ",")}, CM, host=HostContext())
    found = find_scripts(session, "", call.tags) or session.find("script", template)
    if not found:
        raise NotFoundError(f"there is no script '{template}' to start from", hint="see: cm find script")
    target = ref
    if target.repo is None:
        target = ArtifactRef.parse(f"local:{ref.object}")
    if is_dry_run(request):
        own = ("alias", "uid", "tags")
        meta = {key: value for key, value in found[0].original_meta.items() if key not in own}
        folder, written = new_artifact(session, SCRIPT_KIND, target, meta, tags)
        return preview("add", [folder], path=folder, meta=written)
    copied = copy_artifact(session, found[0], target, tags)
    return _creation_result(copied.path, copied.original_meta, tags)


def _detector(tool: str) -> dict[str, Any]:
    """Metadata that find a program; that they have no files beside them is the point."""
    prefix = "CM_" + re.sub(r"[^A-Z0-9]+", "_", tool.upper()).strip("_")
    return {
        "cache": True,
        "new_env_keys": [f"{prefix}_*", "+PATH"],
        "find_tool": {
            "names": tool,
            "path_key": f"{prefix}_BIN_WITH_PATH",
            "version_key": f"{prefix}_VERSION",
        },
    }


def _files(asked: Add, session: Session, alias: str) -> dict[str, str]:
    """Name and text of the files beside the metadata."""
    if asked.script_name:
        return {"run.sh": read_text(session.cwd / asked.script_name), "customize.py": _CUSTOMIZE}
    if asked.python:
        main = _MAIN_PY.format(alias=alias)
        return {
            "run.sh": _RUN_PYTHON_SH,
            "run.bat": _RUN_PYTHON_BAT,
            "main.py": main,
            "customize.py": _CUSTOMIZE,
        }
    return {
        "run.sh": _RUN_SH.format(alias=alias),
        "run.bat": _RUN_BAT.format(alias=alias),
        "customize.py": _CUSTOMIZE,
    }


def _write_file(path: Path, text: str) -> None:
    atomic_write_text(path, text)
    if path.suffix == ".sh":
        mode = path.stat().st_mode
        path.chmod(mode | (mode & 0o444) >> 2)  # whoever may read it, as the umask says


def _creation_result(folder: Path, meta: dict[str, Any], tags: tuple[str, ...]) -> Result:
    lines = (f"created {folder}", f'run it with: cm run script "{" ".join(tags)}"')
    return Result(data={"path": folder, "meta": meta}, lines=lines)
