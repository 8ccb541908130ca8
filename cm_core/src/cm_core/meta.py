"""Metadata files: YAML and JSON, read with errors that name file and line, written atomically.

An artifact's folder holds ``_cm.yaml`` and/or ``_cm.json``; JSON keys replace YAML keys at the top level.
YAML keeps its 1.1 meaning (``yes`` is true), as existing metadata rely on it.
"""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cm_core.base.fsio import atomic_write_json, atomic_write_text
from cm_core.base.jsonfiles import check_depth, check_object, load_json, read_text
from cm_core.errors import CMError, MetaError, NotFoundError, kind_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import yaml

META_NAME = "_cm"
_DEEP = 1000
_DEEP_BLOCK = re.compile(rf"[ ?-]{{{_DEEP}}}")


def load_yaml(text: str, *, source: str) -> Any:
    """Parse YAML, with the C loader if there is one.

    Args:
        source: what error messages call the text, usually its path.

    Raises:
        MetaError: when the text is not YAML.
    """
    import yaml

    loader = yaml.SafeLoader if _may_be_deep(text) else getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        data = _load_with(loader(text), has_aliases="&" in text)
    except RecursionError as error:
        raise MetaError(f"{source} is nested too deeply") from error
    # Values that do not fit their tag (`!!bool x`, `!!timestamp x`) end in whatever the constructor raises.
    except (yaml.YAMLError, ValueError, LookupError, AttributeError, TypeError, OverflowError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or str(error)
        raise MetaError(f"{source}{where} is not valid YAML: {problem}") from error
    check_depth(data, source)
    return data


def _load_with(loader: yaml.SafeLoader, *, has_aliases: bool) -> Any:
    """What ``yaml.load`` does, but for what a few lines with aliases can blow up."""
    try:
        node = loader.get_single_node()
        if node is not None and has_aliases:
            from cm_core.base.yamlnodes import check_aliases

            check_aliases(node)
        return None if node is None else loader.construct_document(node)
    finally:
        loader.dispose()


def dump_yaml(data: Any) -> str:
    """YAML text in the order of the dictionary."""
    import yaml

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    return str(yaml.dump(data, Dumper=dumper, sort_keys=False, allow_unicode=True, default_flow_style=False))


def load_document(path: Path) -> Any:
    """Read a ``.json``, ``.yaml`` or ``.yml`` file.

    Raises:
        NotFoundError: when there is no such file.
        CMError: when the suffix is another one or the file cannot be read.
        MetaError: when the content cannot be parsed.
    """
    if path.suffix not in (".json", ".yaml", ".yml"):
        raise CMError(f"{path} is neither a .json nor a .yaml file")
    text = read_text(path)
    return load_json(text, source=str(path)) if path.suffix == ".json" else load_yaml(text, source=str(path))


def load_mapping(path: Path, *, may_be_empty: bool = False) -> dict[str, Any]:
    """Read such a file that must hold keys and values.

    Args:
        may_be_empty: whether nothing at all will do, too.

    Raises:
        NotFoundError, CMError, MetaError: as :func:`load_document`, and when it holds something else.
    """
    data = load_document(path)
    return {} if data is None and may_be_empty else check_object(data, path)


def read_meta(folder: Path, name: str = META_NAME) -> dict[str, Any]:
    """The metadata of a folder: ``NAME.yaml``, overlaid at the top level by ``NAME.json``.

    Raises:
        NotFoundError: when the folder has neither file.
        MetaError: when one is malformed.
    """
    meta: dict[str, Any] = {}
    found = False
    for path in (folder / f"{name}.yaml", folder / f"{name}.json"):
        try:
            meta.update(load_mapping(path))
        except NotFoundError:
            continue
        found = True
    if not found:
        raise NotFoundError(f"{folder} has neither {name}.yaml nor {name}.json")
    return meta


def check_identity(meta: Mapping[str, Any], source: str) -> None:
    """Check the keys by which artifacts are found.

    Raises:
        MetaError: naming source and key, e.g. for an unquoted UID of digits or ``tags:`` without a value.
    """
    for key in ("alias", "uid", "automation_alias", "automation_uid"):
        value = meta.get(key)
        if value is not None and not isinstance(value, str):
            raise MetaError(f"{source}: '{key}' must be text, not {kind_of(value)}; put it in quotes")
        if value and not _is_encodable(value):
            raise MetaError(f"{source}: '{key}' contains characters that are not text")
    if "tags" in meta:
        tags = meta["tags"]
        # The public repositories hold a tag that YAML reads as a number, so numbers pass.
        if not isinstance(tags, list) or any(isinstance(tag, list | dict) or tag is None for tag in tags):
            raise MetaError(f"{source}: 'tags' must be a list of words, not {kind_of(tags)}")
        if not _is_encodable("".join(map(str, tags))):
            raise MetaError(f"{source}: 'tags' contains characters that are not text")


def write_meta(
    folder: Path, meta: Mapping[str, Any], *, as_yaml: bool = False, name: str = META_NAME
) -> Path:
    """Write metadata into a folder, atomically; returns the file.

    A folder that has only a YAML file keeps its format. Where both files exist the JSON one carries
    everything, since its keys win.
    """
    yaml_path, json_path = folder / f"{name}.yaml", folder / f"{name}.json"
    if not json_path.exists() and (as_yaml or yaml_path.exists()):
        atomic_write_text(yaml_path, dump_yaml(dict(meta)))
        return yaml_path
    atomic_write_json(json_path, jsonable(meta))
    return json_path


def meta_lines(meta: Mapping[str, Any], *, as_yaml: bool) -> tuple[str, ...]:
    """Metadata for display: JSON with sorted keys, or YAML."""
    if as_yaml:
        return tuple(dump_yaml(dict(meta)).splitlines())
    text = json.dumps(jsonable(dict(meta)), indent=2, sort_keys=True, ensure_ascii=False)
    return tuple(text.splitlines())


def merge_meta(base: Mapping[str, Any], derived: Mapping[str, Any]) -> dict[str, Any]:
    """Derived over base: dictionaries merge recursively, lists are appended, the rest is replaced."""
    merged = {key: copy.deepcopy(value) for key, value in base.items()}
    for key, value in derived.items():
        old = merged.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            merged[key] = merge_meta(old, value)
        elif isinstance(old, list) and isinstance(value, list):
            merged[key] = [*old, *copy.deepcopy(value)]
        else:
            merged[key] = copy.deepcopy(value)
    return merged


def jsonable(value: Any) -> Any:
    """The data as JSON can hold it: keys are text, and so are dates and whatever else YAML knows."""
    if isinstance(value, dict | MappingProxyType):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(item) for item in value]
    return value if value is None or isinstance(value, str | int | float) else str(value)


def shareable(data: Mapping[str, Any]) -> dict[str, Any]:
    """What others may read, as JSON values: without secrets, and without credentials in URLs."""
    # Imported here since most commands keep no record.
    from cm_core.base.secrets import without_credentials, without_secrets
    from cm_core.base.text import map_texts

    cleaned: dict[str, Any] = map_texts(jsonable(without_secrets(data)), without_credentials)
    return cleaned


def _may_be_deep(text: str) -> bool:
    """Whether values may be nested so deeply that the C loader overflows the stack of the process."""
    if len(text) < _DEEP:
        return False
    return text.count("[") + text.count("{") > _DEEP or bool(_DEEP_BLOCK.search(text))


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
