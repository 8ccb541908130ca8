"""The settings that code looks up in ``cmind.cfg``."""

from __future__ import annotations

from typing import Any

ARTIFACT_KEYS = ("automation", "artifact", "parsed_automation", "parsed_artifact")
SYNONYMS = {
    "ls": "search",
    "list": "search",
    "find": "search",
    "rm": "delete",
    "mv": "move",
    "ren": "move",
    "rename": "move",
    "cp": "copy",
}


def default_settings() -> dict[str, Any]:
    """A new dictionary of the settings that repositories read."""
    return {
        "name": "cm",
        "env_repos": "CM_REPOS",
        "env_debug": "CM_DEBUG",
        "file_repos": "repos.json",
        "dir_repos": "repos",
        "file_meta_repo": "cmr",
        "file_cmeta": "_cm",
        "cmind_automation": "automation",
        "common_automation_module_name": "module",
        "common_automation_module_namex": "modulex",
        "local_repo_name": "local",
        "local_repo_meta": {"uid": "9a3280b14a4285c9", "alias": "local", "name": "local CM repository"},
        "default_repo_pack": "cm.zip",
        "repo_url_prefix": "https://github.com/",
        "repo_url_org": "mlcommons",
        "action_substitutions": dict(SYNONYMS),
        "artifact_keys": list(ARTIFACT_KEYS),
        "fail_if_automation_not_found": True,
        "error_prefix": "CM error:",
        "error_prefix2": "CMX error",
        "flag_help": "h",
        "flag_help2": "help",
        "line": "=" * 55,
    }


class Config:
    """The settings as an object with ``cfg``."""

    def __init__(self, config_file: str | None = None) -> None:
        self.cfg = default_settings()
        if config_file:
            from cmind.utils import load_json_or_yaml

            answer = load_json_or_yaml(config_file)
            self.cfg.update(answer.get("meta") or {})
