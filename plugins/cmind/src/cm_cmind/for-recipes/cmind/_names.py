"""Names of artifacts, tags and versions: a part of ``cmind.utils``."""

from __future__ import annotations

import fnmatch
import re
from typing import Any

from cmind._types import Contract, Name

_UID = re.compile(r"[0-9a-fA-F.]{16}\Z")
_TRUE_WORDS = ("true", "yes", "on")
_FALSE_WORDS = ("none", "false", "no", "off")


def gen_uid() -> Contract:
    """A new random ``uid``: 16 hexadecimal digits."""
    import uuid

    return {"return": 0, "uid": uuid.uuid4().hex[:16]}


def is_cm_uid(obj: str) -> bool:
    """Whether a text has the form of a UID."""
    return bool(_UID.match(obj))


def parse_cm_object(obj: str, max_length: int = 2, decompose: bool = False) -> Contract:
    """Read ``[repo:]name``, where each part is ``alias``, ``UID`` or both with a comma.

    Returns:
        ``cm_object``: pairs (alias, UID), the name first, then the repository if there is one. With
        ``decompose`` also ``decomposed_object``, see :func:`decompose_cm_obj`. What cannot be read is code 1.
    """
    parts = obj.split(":")
    if len(parts) > max_length:
        return {"return": 1, "error": f"the name '{obj}' has more than one colon"}
    parsed: list[Name] = []
    for part in reversed(parts):
        words = [word.strip() for word in part.split(",")]
        if len(words) > 2:
            return {"return": 1, "error": f"the name '{obj}' has more than one comma"}
        parsed.append(_pair(words))
    answer: Contract = {"return": 0, "cm_object": parsed}
    return {**answer, "decomposed_object": decompose_cm_obj(parsed)} if decompose else answer


def _pair(words: list[str]) -> Name:
    if len(words) == 1:
        return ("", words[0]) if is_cm_uid(words[0]) else (words[0], "")
    first, second = words
    return (second, first) if is_cm_uid(first) and not is_cm_uid(second) else (first, second)


def decompose_cm_obj(cm_obj: list[Name]) -> Contract:
    """Pairs as a dictionary: ``artifact``, ``name``, ``name_alias``, ``name_uid``, ``repo``, ``repo_…``."""
    name = tuple(cm_obj[0]) if cm_obj else ("", "")
    repo = tuple(cm_obj[1]) if len(cm_obj) > 1 else ("", "")
    shown, shown_repo = assemble_cm_object2(name), assemble_cm_object2(repo)
    return {
        "artifact": f"{shown_repo}:{shown}" if shown_repo else shown,
        "name": shown,
        "name_alias": name[0],
        "name_uid": name[1],
        "repo": shown_repo,
        "repo_alias": repo[0],
        "repo_uid": repo[1],
    }


def assemble_cm_object(alias: str, uid: str) -> str:
    """``alias,uid``, or what there is of it."""
    return ",".join(part for part in (alias, uid) if part)


def assemble_cm_object1(cm_dict: Contract) -> str:
    """``alias,uid`` of a dictionary with these keys."""
    return assemble_cm_object(cm_dict.get("alias", ""), cm_dict.get("uid", ""))


def assemble_cm_object2(cm_obj: Any) -> str:
    """``alias,uid`` of a pair."""
    return assemble_cm_object(cm_obj[0], cm_obj[1])


def match_objects(uid: str, alias: str, uid2: str, alias2: str, more_strict: bool = False) -> Contract:
    """Whether an object (uid, alias) is what a search (uid2, alias2, wildcards allowed) means, as ``match``.

    When both have a UID it decides. An empty searched alias means any, unless ``more_strict``.
    """
    if uid and uid2:
        match = uid.lower() == uid2.lower()
    elif uid2:
        match = False
    elif not alias2:
        match = not more_strict
    elif "*" in alias2 or "?" in alias2:
        match = fnmatch.fnmatch(alias.lower(), alias2.lower())
    else:
        match = alias.lower() == alias2.lower()
    return {"return": 0, "match": match}


def process_input(i: Contract, update_input: bool = True) -> Contract:
    """Describe the names in ``i["control"]`` as dictionaries: ``_automation``, ``_artifact``, ``_artifacts``.

    They replace ``_parsed_…``, and the names in ``i`` are written in one way, unless ``update_input`` is off.
    """
    control = i["control"]
    for key in ("automation", "artifact"):
        if parsed := control.pop(f"_parsed_{key}", None):
            described = control[f"_{key}"] = decompose_cm_obj(parsed)
            if update_input:
                i[key] = described["artifact"]
    if several := control.pop("_parsed_artifacts", None):
        control["_artifacts"] = [decompose_cm_obj(parsed) for parsed in several]
        if update_input:
            i["artifacts"] = [described["artifact"] for described in control["_artifacts"]]
    return {"return": 0}


def convert_tags_to_list(i: Contract) -> list[str]:
    """``tags`` of the input, text or list, as a list of different tags in their order."""
    tags = i.get("tags") or ""
    words = tags if isinstance(tags, (list, tuple)) else str(tags).split(",")
    return list(dict.fromkeys(word for item in words if (word := str(item).strip())))


def get_list_from_cli(i: Contract, key: str) -> list[str]:
    """A flag that is a list or text with commas, as a list."""
    value = i.get(key)
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else str(value).split(",")


def filter_tags(tags: list[str]) -> list[str]:
    """The tags that do not start with ``-``."""
    return [tag for tag in tags if not tag.startswith("-")]


def tags_matched(tags: list[str], and_tags: list[str], no_tags: list[str]) -> bool:
    """Whether tags have all of some and none of others."""
    return set(and_tags) <= set(tags) and set(no_tags).isdisjoint(tags)


def compare_versions(version1: str, version2: str) -> int:
    """-1, 0 or 1: versions part by part, a missing part is 0, and a word comes before a number."""
    first, second = _parts(version1), _parts(version2)
    length = max(len(first), len(second))
    first += [(1, 0, "")] * (length - len(first))
    second += [(1, 0, "")] * (length - len(second))
    return (first > second) - (first < second)


def _parts(version: str) -> list[tuple[int, int, str]]:
    words = str(version).strip().split(".")
    return [(1, int(word or 0), "") if word.isdigit() or not word else (0, 0, word) for word in words]


def check_if_true_yes_on(env: Contract, key: str) -> bool:
    """Whether a value means yes."""
    return str(env.get(key, "")).lower() in _TRUE_WORDS


def check_if_none_false_no_off(env: Contract, key: str) -> bool:
    """Whether a value means no."""
    return str(env.get(key, "")).lower() in _FALSE_WORDS


def digits(s: str, first: bool = True) -> int:
    """The number at the beginning of a text, or all its digits as one number; 0 when there is none."""
    text = re.match(r"\d*", s) if first else None
    found = text.group() if text else "" if first else "".join(re.findall(r"\d", s))
    return int(found or 0)
