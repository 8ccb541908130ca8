"""Every built-in recipe is well formed, whatever it does."""

import ast
import functools
import re
import sys
from pathlib import Path

import pytest
import yaml

import cm_script

RECIPES = Path(cm_script.__file__).parent / "recipes" / "script"
FOLDERS = sorted(path.parent for path in RECIPES.glob("*/_cm.yaml"))
HOOKS = {"preprocess", "postprocess", "detect_version"}


@functools.cache
def meta_of(folder):
    return yaml.safe_load((folder / "_cm.yaml").read_text(encoding="utf-8"))


@pytest.fixture(params=FOLDERS, ids=lambda folder: folder.name)
def folder(request):
    return request.param


def test_all_recipes_are_here():
    assert {path.name for path in FOLDERS} >= {
        "app-image-classification-onnx-py",
        "detect-os",
        "get-generic-python-lib",
        "get-ml-model-digits",
    }


def test_identity(folder):
    meta = meta_of(folder)
    assert meta["alias"] == folder.name
    assert re.fullmatch(r"[0-9a-f]{16}", meta["uid"])
    assert meta["automation_alias"] == "script"
    assert meta["automation_uid"] == "5b4e0237da074764"
    assert meta["tags"]
    assert all(isinstance(tag, str) and not tag.startswith(("_", "-")) for tag in meta["tags"])


def test_no_two_recipes_share_a_uid():
    uids = [meta_of(folder)["uid"] for folder in FOLDERS]
    assert len(set(uids)) == len(uids)


def test_each_native_script_exists_for_windows_too(folder):
    # The list of include folders comes from compilers that Windows has no standard place for.
    if folder.name == "get-compiler-flags":
        return
    stems = {path.stem for path in folder.glob("*.sh")}
    assert stems == {path.stem for path in folder.glob("*.bat")}


def test_values_are_quoted_in_shell_scripts(folder):
    for path in folder.glob("*.sh"):
        text = path.read_text(encoding="utf-8")
        assert text.startswith("#!/bin/bash\n")
        for line in text.splitlines():
            assert not re.search(r'(?<!")\$\{?CM_', line.split("#")[0]), line


def test_hooks_are_functions_of_one_argument(folder):
    path = folder / "customize.py"
    if not path.is_file():
        return
    module = ast.parse(path.read_text(encoding="utf-8"))
    functions = {node.name: node for node in module.body if isinstance(node, ast.FunctionDef)}
    assert HOOKS & functions.keys()
    for name in HOOKS & functions.keys():
        assert len(functions[name].args.args) == 1


def test_hooks_import_only_the_standard_library_the_core_and_what_the_engine_offers(folder):
    path = folder / "customize.py"
    if not path.is_file():
        return
    known = {*sys.stdlib_module_names, "cm_core"}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            assert all(name.name.partition(".")[0] in known for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            if node.module == "cm_script":
                assert {name.name for name in node.names} <= cm_script.PUBLIC.keys()
            else:
                assert node.module.partition(".")[0] in known


def test_dependencies_lead_to_a_recipe(folder):
    meta = meta_of(folder)
    blocks = [meta, *meta.get("variations", {}).values()]
    known = [(set(other["tags"]), other.get("variations", {})) for other in map(meta_of, FOLDERS)]
    for block in blocks:
        for kind in ("deps", "prehook_deps", "posthook_deps", "post_deps"):
            for entry in block.get(kind, ()):
                words = entry["tags"].split(",")
                tags = {word for word in words if not word.startswith(("_", "-"))}
                variations = [word[1:] for word in words if word.startswith("_")]
                assert any(
                    tags <= theirs and all(name in named for name in variations) for theirs, named in known
                ), entry["tags"]
