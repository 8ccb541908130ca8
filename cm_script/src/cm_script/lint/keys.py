"""Which keys metadata of scripts may have, where, and of what shape."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

from cm_script.model.resolved import DEPENDENCY_KINDS

Level = Literal["script", "variation", "version", "dependency", "docker"]
# `any` is not looked at; `words` is a list of words; `names` a list or one word.
Shape = Literal["mapping", "list", "words", "names", "text", "any"]

# For messages.
PLACES: Mapping[Level, str] = MappingProxyType(
    {
        "script": "at the top level",
        "variation": "in a variation",
        "version": "in a version",
        "dependency": "in a dependency",
        "docker": "in 'docker'",
    }
)

UPDATE_KEYS: Final = ("ad", "add_deps", "adr", "add_deps_recursive")
STRICT_UPDATE_KEYS: Final = ("ad", "add_deps")
CONDITION_KEYS: Final = ("enable_if_env", "enable_if_any_env", "skip_if_env", "skip_if_any_env")
ENV_KEYS: Final = ("env", "default_env", "const")

_IDENTITY: dict[str, Shape] = dict.fromkeys(
    ("alias", "uid", "automation_alias", "automation_uid", "tags", "_base"), "any"
)
_FOR_PEOPLE: dict[str, Shape] = dict.fromkeys(
    (
        "author",
        "authors",
        "category",
        "category_sort",
        "copyright",
        "desc",
        "description",
        "developer",
        "developers",
        "gui",
        "input_description",
        "license",
        "name",
        "private",
        "tags_help",
        "variation_groups_order",
    ),
    "any",
)
_DEPENDENCIES: dict[str, Shape] = dict.fromkeys(DEPENDENCY_KINDS, "list")
_BLOCK: dict[str, Shape] = {
    **_DEPENDENCIES,
    **dict.fromkeys(UPDATE_KEYS, "mapping"),
    "const": "mapping",
    "const_state": "mapping",
    "default_env": "mapping",
    "default_version": "text",
    "docker": "mapping",
    "env": "mapping",
    "input_mapping": "mapping",
    "new_env_keys": "words",
    "new_state_keys": "words",
    "required_disk_space": "any",
    "script_name": "text",
    "state": "mapping",
    "update_meta_if_env": "list",
    "warning": "text",
}

KNOWN: Mapping[Level, Mapping[str, Shape]] = MappingProxyType(
    {
        "script": {
            **_IDENTITY,
            **_FOR_PEOPLE,
            **_DEPENDENCIES,
            "cache": "any",
            "can_force_cache": "any",
            "clean_env_keys_post_deps": "words",
            "clean_files": "words",
            "clean_output_files": "words",
            "customize": "mapping",
            "default_env": "mapping",
            "default_variation": "text",
            "default_version": "text",
            "docker": "mapping",
            "env": "mapping",
            "env_key_mappings": "mapping",
            "extra_cache_tags_from_env": "list",
            "input_mapping": "mapping",
            "invalid_variation_combinations": "list",
            "local_env_keys": "words",
            "min_cm_version": "text",
            "new_env_keys": "words",
            "new_state_keys": "words",
            "print_env_at_the_end": "mapping",
            "print_files_if_script_error": "words",
            "repo_to_report_errors": "text",
            "script_name": "text",
            "sort": "any",
            "state": "mapping",
            "tests": "any",
            "valid_variation_combinations": "list",
            "variations": "mapping",
            "version": "text",
            "version_max": "text",
            "version_max_usable": "text",
            "version_min": "text",
            "versions": "mapping",
            "warnings": "words",
        },
        "variation": {
            **_BLOCK,
            "alias": "text",
            "base": "words",
            "default": "any",
            "default_variations": "mapping",
            "group": "text",
        },
        "version": _BLOCK,
        "dependency": {
            **dict.fromkeys(CONDITION_KEYS, "mapping"),
            "const": "mapping",
            "const_state": "mapping",
            "dynamic": "any",
            "env": "mapping",
            "extra_cache_tags": "any",
            "force_cache": "any",
            "force_env_keys": "words",
            "inherit_variation_tags": "any",
            "names": "names",
            "reuse_version": "any",
            "skip_if_fake_run": "any",
            "skip_inherit_variation_groups": "words",
            "skip_inside_docker": "any",
            "state": "mapping",
            "tags": "text",
            "update_tags_from_env": "words",
            "update_tags_from_env_with_prefix": "mapping",
        },
        "docker": dict.fromkeys(
            (
                "add_quotes_to_keys",
                "all_gpus",
                "base_image",
                "build_deps",
                "cm_repo",
                "cm_repo_branch",
                "cm_repo_flags",
                "cm_repos",
                "deps",
                "device",
                "docker_input_mapping",
                "dockerfile_env",
                "env",
                "extra_run_args",
                "fake_run_deps",
                "image_name",
                "image_tag_extra",
                "input_paths",
                "interactive",
                "mount_current_dir",
                "mounts",
                "os",
                "os_version",
                "pass_user_group",
                "port_maps",
                "pre_run_cmds",
                "real_run",
                "run",
                "run_cmd_prefix",
                "shm_size",
                "skip_cm_sys_upgrade",
                "skip_input_for_fake_run",
                "skip_run_cmd",
                "use_host_group_id",
                "use_host_user_id",
            ),
            "any",
        ),
    }
)

# Keys that look as if they did something: (level, key) -> what to do.
WITHOUT_EFFECT: Mapping[tuple[Level, str], str] = MappingProxyType(
    {
        ("script", "docker_input_mapping"): "put it into 'docker', or remove it",
        ("script", "force_cache"): "write 'cache: true', or 'can_force_cache: true' to leave it to the user",
        ("script", "const"): "write 'env', or put 'const' into a variation",
        ("script", "const_state"): "write 'state', or put 'const_state' into a variation",
        ("variation", "default_variation"): "write 'default_variations' with a group for each, or 'base'",
        ("variation", "warnings"): "write 'warning' with one sentence",
        ("variation", "names"): "name dependencies in 'deps', or remove it",
        ("variation", "default_gui"): "remove it",
        ("variation", "add_deps_tags"): "write 'ad' with the name of a dependency and its 'tags'",
        ("version", "warnings"): "write 'warning' with one sentence",
        ("dependency", "extra_cache_rm_tags"): "remove it",
    }
)
