"""``_cm.yaml`` of a script: a typed view over the dictionary, which is kept as it is.

Each key is read, and its shape checked, when somebody asks for it, so a mistake in a key that a run does not
need stops nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cm_core import MetaError, field, frozen
from cm_script.schema import keys

if TYPE_CHECKING:
    from cm_core import Artifact


@frozen
class ScriptMeta:
    """Metadata of one script.

    Attributes:
        raw: the metadata as read; for reading only.
        source: what messages call the file.
        path: folder of the script, ``""`` when unknown.
        repo_path: folder of its repository.
        repo_root: the same with the repository's prefix.
    """

    raw: Mapping[str, Any] = field(repr=False)
    source: str = "script metadata"
    path: str = ""
    repo_path: str = ""
    repo_root: str = ""

    @classmethod
    def from_artifact(cls, artifact: Artifact) -> ScriptMeta:
        """The view of an artifact's metadata."""
        return cls(
            raw=artifact.meta,
            source=str(artifact.path),
            path=str(artifact.path),
            repo_path=str(artifact.repo.path),
            repo_root=str(artifact.repo.root),
        )

    @classmethod
    def from_mapping(cls, raw: Mapping[str, Any], *, source: str = "script metadata") -> ScriptMeta:
        """The view of a dictionary, for tests and generated scripts."""
        return cls(raw=raw, source=source)

    # -- keys of the table: what they mean is said there -----------------------------------------------------

    alias = keys.ALIAS
    uid = keys.UID
    tags = keys.TAGS
    sort = keys.SORT
    cache = keys.CACHE
    can_force_cache = keys.CAN_FORCE_CACHE
    script_name = keys.SCRIPT_NAME
    find_tool = keys.FIND_TOOL
    default_env = keys.DEFAULT_ENV
    env = keys.ENV
    state = keys.STATE
    docker = keys.DOCKER
    input_mapping = keys.INPUT_MAPPING
    new_env_keys = keys.NEW_ENV_KEYS
    new_state_keys = keys.NEW_STATE_KEYS
    local_env_keys = keys.LOCAL_ENV_KEYS
    clean_env_keys_post_deps = keys.CLEAN_ENV_KEYS_POST_DEPS
    extra_cache_tags_from_env = keys.EXTRA_CACHE_TAGS_FROM_ENV
    env_key_mappings = keys.ENV_KEY_MAPPINGS
    clean_files = keys.CLEAN_FILES
    clean_output_files = keys.CLEAN_OUTPUT_FILES
    print_env_at_the_end = keys.PRINT_ENV_AT_THE_END
    customize = keys.CUSTOMIZE
    warnings = keys.WARNINGS
    variations = keys.VARIATIONS
    default_variation = keys.DEFAULT_VARIATION
    valid_variation_combinations = keys.VALID_COMBINATIONS
    invalid_variation_combinations = keys.INVALID_COMBINATIONS
    versions = keys.VERSIONS
    default_version = keys.DEFAULT_VERSION
    version = keys.VERSION
    version_min = keys.VERSION_MIN
    version_max = keys.VERSION_MAX
    version_max_usable = keys.VERSION_MAX_USABLE

    @property
    def name(self) -> str:
        """What messages call the script."""
        return self.alias or self.uid or self.source

    def problem(self, text: str) -> MetaError:
        """An error about this file, to be raised; exit status 1, which callers know for faulty variations."""
        return MetaError(f"{self.source}: {text}", exit_code=1)
