"""The keys of ``docker:`` in recipes."""

from __future__ import annotations

from typing import Any

from cm_core.model.keys import EntriesKey, FlagKey, Key, MappingKey, TextKey, TextsKey, WordsKey

_DOCKER = ("docker",)
_ENTRIES = {"items": {"$ref": "#/$defs/dependency"}}


def _own(kind: type[Key[Any]], name: str, sentence: str, values: dict[str, Any] | None = None) -> Key[Any]:
    return kind(name, _DOCKER, sentence, values, owner="docker")


def _as_flag(name: str, kind: type[Key[Any]] = Key) -> Key[Any]:
    return _own(kind, name, f"like the flag `--docker_{name}`")


def _without_effect(name: str) -> Key[Any]:
    return _own(Key, name, "no effect here; the original reads it")


KEYS: tuple[Key[Any], ...] = (
    _own(
        FlagKey,
        "run",
        "`false`: the script is not for containers: refused without `--docker_run_override`, left out as a"
        " dependency while an image is built",
    ),
    _own(FlagKey, "real_run", "`false`: while an image is built, only its dependencies run"),
    _own(
        EntriesKey,
        "deps",
        "run first inside the container, except those with `skip_inside_docker` (`--docker_run_deps`); also"
        " run on the host when `mounts` need keys that they export",
        _ENTRIES,
    ),
    _own(EntriesKey, "build_deps", "run on the host when `mounts` need keys that they export", _ENTRIES),
    _own(
        Key,
        "mounts",
        '`"${{ KEY }}:${{ KEY }}"`: mounts the path that an env key holds; without a value it is left out',
    ),
    _own(Key, "input_paths", "inputs that are paths, also as `env.KEY`"),
    _own(WordsKey, "skip_input_for_fake_run", "inputs to leave out while the image is built"),
    _own(TextsKey, "docker_input_mapping", "input → env key, for `mounts` only"),
    _as_flag("base_image", TextKey),
    _as_flag("os", TextKey),
    _as_flag("os_version", TextKey),
    _as_flag("image_name", TextKey),
    _as_flag("all_gpus", FlagKey),
    _as_flag("num_gpus"),
    _as_flag("shm_size", TextKey),
    _as_flag("port_maps"),
    _as_flag("device"),
    _as_flag("extra_run_args"),
    _as_flag("pre_run_cmds"),
    _as_flag("run_cmd_prefix", TextKey),
    _as_flag("fake_run_deps", FlagKey),
    _own(
        MappingKey,
        "dockerfile_env",
        "variables of the dependencies that are built into the image, except secrets",
    ),
    *(
        _without_effect(name)
        for name in (
            "add_quotes_to_keys",
            "cm_repo",
            "cm_repo_branch",
            "cm_repo_flags",
            "cm_repos",
            "env",
            "image_tag_extra",
            "interactive",
            "mount_current_dir",
            "pass_user_group",
            "skip_cm_sys_upgrade",
            "skip_run_cmd",
            "use_host_group_id",
            "use_host_user_id",
        )
    ),
)
