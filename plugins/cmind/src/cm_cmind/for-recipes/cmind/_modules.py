"""Loading Python files by path, and facts about the machine: a part of ``cmind.utils``."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from cmind._types import Contract

_GB = 1e9
# Sub-modules by folder and bare name: two automations may have one of the same name.
_beside: dict[str, dict[str, ModuleType]] = {}


def load_python_module(i: Contract) -> Contract:
    """Load the file ``name``.py in the folder ``path``; returns the module as ``code``, and its ``path``."""
    path = os.path.join(i["path"], i["name"] + ".py")
    if not os.path.isfile(path):
        return {"return": 1, "error": f"there is no Python file {path}"}
    try:
        code = execute(i["name"], path)
    except Exception as error:  # noqa: BLE001 - a foreign file may raise anything
        return {"return": 1, "error": f"{path} cannot be loaded: {type(error).__name__}: {error}"}
    return {"return": 0, "code": code, "path": path, "code_uid": getattr(code, "_cm_uid", "")}


def load_module(cmind: Any, task_path: str, sub_module_name: str) -> Contract:
    """Load a file of a folder; returns ``sub_module_obj`` (``None`` without one) and ``sub_module_path``."""
    path = os.path.join(task_path, sub_module_name)
    if not os.path.isfile(path):
        return {"return": 0, "sub_module_obj": None, "sub_module_path": path}
    try:
        loaded = execute(sub_module_name, path)
    except Exception as error:  # noqa: BLE001 - a foreign file may raise anything
        said = f"{path} cannot be loaded: {type(error).__name__}: {error}"
        return dict(cmind.prepare_error(1, said)) if cmind else {"return": 1, "error": said}
    return {"return": 0, "sub_module_obj": loaded, "sub_module_path": path}


def call_internal_module(
    module_self: Any, path_to_current_module: str, module_name: str, module_func: str, i: Contract
) -> Any:
    """Call a function of a file beside an automation with ``i``, which gets ``self_module``.

    The file finds its neighbours by their bare names, and never those of another automation.
    """
    folder = os.path.dirname(os.path.abspath(path_to_current_module))
    i["self_module"] = module_self
    with neighbours(folder):
        module = sys.modules.get(module_name)
        if module is None or not _lies_in(module, folder):
            module = importlib.import_module(module_name)
        return getattr(module, module_func)(i)


@contextlib.contextmanager
def neighbours(folder: str) -> Iterator[None]:
    """Let files of a folder be imported by their bare names while the block runs."""
    own = _beside.setdefault(folder, {})
    others = {name: sys.modules[name] for name in own if name in sys.modules}
    # A module that another automation has loaded under the name of a file of this folder must not answer.
    for name in _files_of(folder):
        if name in sys.modules and not _lies_in(sys.modules[name], folder):
            others[name] = sys.modules.pop(name)
    sys.modules.update(own)
    sys.path.insert(0, folder)
    importlib.invalidate_caches()
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):
            sys.path.remove(folder)
        for name in _files_of(folder):
            if name in sys.modules and _lies_in(sys.modules[name], folder):
                own[name] = sys.modules.pop(name)
        sys.modules.update(others)


def _files_of(folder: str) -> list[str]:
    return [name[:-3] for name in os.listdir(folder) if name.endswith(".py")]


def execute(name: str, path: str) -> ModuleType:
    """Load a Python file under a name, without making it importable."""
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _lies_in(module: ModuleType, folder: str) -> bool:
    file = getattr(module, "__file__", None)
    return bool(file) and os.path.dirname(os.path.abspath(str(file))) == folder


def find_api(file_name: str, func: str) -> Contract:
    """The definition of a function in a file, through the end of its docstring, as ``api``; else code 16."""
    import ast

    with open(file_name, encoding="utf8") as stream:
        text = stream.read()
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        return {"return": 4, "error": f"{file_name} cannot be parsed: {error}"}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == func:
            first = node.body[0]
            described = ast.get_docstring(node) is not None
            end = (first.end_lineno if described else first.lineno - 1) or node.lineno
            return {"return": 0, "api": "\n".join(text.split("\n")[node.lineno - 1 : max(end, node.lineno)])}
    return {"return": 16, "error": f"there is no function '{func}' in {file_name}"}


def debug_here(
    module_path: str,
    host: str = "localhost",
    port: int = 5678,
    text: str = "",
    env: Contract | None = None,
    env_debug_uid: str = "",
) -> Any:
    """Wait here for a debugger (package debugpy), if ``env`` asks for this place by ``CM_TMP_DEBUG_UID``."""
    if env_debug_uid and (env or {}).get("CM_TMP_DEBUG_UID", "") != env_debug_uid:
        return _NoDebugger()
    try:
        debugpy: Any = importlib.import_module("debugpy")
    except ImportError:
        return _NoDebugger()
    sys.stdout.write(f"{text or module_path}: waiting for a debugger at {host}:{port}\n")
    debugpy.listen((host, port))
    debugpy.wait_for_client()
    return debugpy


class _NoDebugger:
    """Stands for a debugger that nobody asked for."""

    def breakpoint(self) -> None:
        """Nothing to stop at."""


def get_memory_use(console: bool = False) -> Contract:
    """Memory of this process and of the machine in bytes and GB; code 1 without the package psutil."""
    try:
        psutil: Any = importlib.import_module("psutil")
    except ImportError:
        return {"return": 1, "error": "memory cannot be measured without the Python package psutil"}
    memory = psutil.virtual_memory()
    facts = {
        "memory_use": psutil.Process(os.getpid()).memory_info().rss,
        "available_memory": memory.available,
        "total_memory": memory.total,
    }
    return _told({**facts, **{f"{key}_gb": value / _GB for key, value in facts.items()}}, console)


def get_disk_use(path: str = "/", console: bool = False) -> Contract:
    """Size of a disk and what is used and free, in bytes and GB."""
    import shutil

    usage = shutil.disk_usage(path)
    facts = {"total": usage.total, "used": usage.used, "free": usage.free}
    return _told({**facts, **{f"{key}_gb": value / _GB for key, value in facts.items()}}, console)


def _told(facts: Contract, console: bool) -> Contract:
    if console:
        shown = (f"{key[:-3]}: {value:.2f} GB\n" for key, value in facts.items() if key.endswith("_gb"))
        sys.stdout.write("".join(shown))
    return {"return": 0, **facts}


def copy_to_clipboard(i: Contract) -> Contract:
    """Put ``string`` on the clipboard, in quotation marks with ``add_quotes``; ``skip_fail`` forgives."""
    text = f'"{i["string"]}"' if i.get("add_quotes") else str(i.get("string", ""))
    try:
        importlib.import_module("pyperclip").copy(text)
    except Exception as error:  # noqa: BLE001 - missing package, missing display, missing tool
        said = f"the clipboard cannot be used: {error}"
        return {"return": 0, "warning": said} if i.get("skip_fail") else {"return": 1, "error": said}
    return {"return": 0}


def process_meta_for_inheritance(i: Contract) -> Contract:
    """Metadata with what ``_base`` names merged in, as ``meta``.

    Keys in: ``automation``, ``meta``, ``cmind``. Ten levels are the limit (code 8).
    """
    from cmind._values import merge_dicts

    meta, depth = dict(i["meta"]), int(i.get("base_recursion") or 0)
    base = meta.pop("_base", "")
    if not base:
        return {"return": 0, "meta": meta}
    if depth > 10:
        return {"return": 8, "error": f"'{base}' inherits from more than ten levels"}
    automation, _, name = base.rpartition("::")
    request = {
        "action": "load",
        "automation": automation or i["automation"],
        "artifact": name,
        "common": True,
    }
    answer = i["cmind"].access(request)
    if answer["return"]:
        return {"return": 1, "error": f"base '{base}': {answer['error']}"}
    merge_dicts({"dict1": answer["meta"], "dict2": meta, "append_lists": True})
    return {"return": 0, "meta": answer["meta"]}
