"""``_cm.yaml`` of a script: a typed view over the dictionary, which is kept as it is.

Each property checks the shape of its key when it is read, so a mistake in a key that a run does not need
stops nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any

from cm_core.base.frozen import frozen
from cm_core.model.errors import MetaError
from cm_core.model.request import is_true
from cm_script.env.merge import clone_mapping
from cm_script.model.shape import entries_at, mapping_at, text_at, words_at, wrong_shape

if TYPE_CHECKING:
    from cm_core.model.artifact import Artifact


@frozen
class ScriptMeta:
    """Metadata of one script.

    Attributes:
        raw: the metadata as read; treat as read-only, :meth:`thaw` gives a copy to change.
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

    def thaw(self) -> dict[str, Any]:
        """A deep copy of the metadata."""
        return clone_mapping(self.raw)

    # -- generic access, for keys of the four open edges and of blocks ---------------------------------------

    def text(self, key: str) -> str:
        """Text at a key, ``""`` when absent.

        Raises:
            MetaError: when it is something else.
        """
        return text_at(self.raw, key, self.source)

    def words(self, key: str) -> list[str]:
        """A list of words at a key, ``[]`` when absent.

        Raises:
            MetaError: when it is something else.
        """
        return words_at(self.raw, key, self.source)

    def entries(self, key: str) -> list[dict[str, Any]]:
        """A list of dictionaries at a key, ``[]`` when absent.

        Raises:
            MetaError: when it is something else.
        """
        return entries_at(self.raw, key, self.source)

    def mapping(self, key: str) -> dict[str, Any]:
        """A dictionary at a key, ``{}`` when absent.

        Raises:
            MetaError: when it is something else.
        """
        return mapping_at(self.raw, key, self.source)

    # -- identity -------------------------------------------------------------------------------------------

    @property
    def alias(self) -> str:
        """Name of the script, may be empty."""
        return self.text("alias")

    @property
    def uid(self) -> str:
        """Its 16 hexadecimal digits."""
        return self.text("uid")

    @property
    def name(self) -> str:
        """What messages call the script."""
        return self.alias or self.uid or self.source

    @property
    def tags(self) -> tuple[str, ...]:
        """Tags as text; a tag that YAML reads as a number counts."""
        return tuple(self.words("tags"))

    @property
    def sort(self) -> float:
        """Rank among candidates with the same tags, low first."""
        value = self.raw.get("sort") or 0
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise wrong_shape(self.source, "sort", "a number", value)
        return value

    # -- what is run and what comes out ----------------------------------------------------------------------

    @property
    def cache(self) -> bool:
        """Whether its results are kept."""
        return is_true(self.raw.get("cache"))

    @property
    def can_force_cache(self) -> bool:
        """Whether ``--force_cache`` has an effect."""
        return is_true(self.raw.get("can_force_cache"))

    @property
    def script_name(self) -> str:
        """Stem of the native script, ``""`` for the usual one."""
        return self.text("script_name")

    @property
    def default_env(self) -> dict[str, Any]:
        """Values for keys that the env lacks."""
        return self.mapping("default_env")

    @property
    def env(self) -> dict[str, Any]:
        """Values that replace those of the env."""
        return self.mapping("env")

    @property
    def state(self) -> dict[str, Any]:
        """State to merge."""
        return self.mapping("state")

    @property
    def docker(self) -> dict[str, Any]:
        """Settings for containers."""
        return self.mapping("docker")

    @property
    def input_mapping(self) -> dict[str, str]:
        """Option -> env key."""
        return {str(option): str(key) for option, key in self.mapping("input_mapping").items()}

    @property
    def new_env_keys(self) -> list[str]:
        """Keys and patterns of env that a run exports."""
        return self.words("new_env_keys")

    @property
    def new_state_keys(self) -> list[str]:
        """Keys and patterns of state that a run exports."""
        return self.words("new_state_keys")

    @property
    def local_env_keys(self) -> list[str]:
        """More keys that dependencies do not see."""
        return self.words("local_env_keys")

    @property
    def clean_env_keys_post_deps(self) -> list[str]:
        """Keys that post dependencies do not see, instead of the usual ones."""
        return self.words("clean_env_keys_post_deps")

    @property
    def extra_cache_tags_from_env(self) -> list[dict[str, Any]]:
        """``{env, prefix}`` entries whose values become cache tags after the dependencies."""
        return self.entries("extra_cache_tags_from_env")

    @property
    def env_key_mappings(self) -> dict[str, str]:
        """Prefix of env keys -> prefix of their copies."""
        return {str(old): str(new) for old, new in self.mapping("env_key_mappings").items()}

    @property
    def clean_files(self) -> list[str]:
        """Files to remove before and, when nothing is cached, after a run."""
        return self.words("clean_files")

    @property
    def clean_output_files(self) -> list[str]:
        """Files to remove from the caller's folder before anything runs or is taken from the cache."""
        return self.words("clean_output_files")

    @property
    def print_env_at_the_end(self) -> dict[str, str]:
        """Env key -> label."""
        return {str(key): str(label) for key, label in self.mapping("print_env_at_the_end").items()}

    @property
    def customize(self) -> dict[str, Any]:
        """A dictionary that is handed to ``customize.py``."""
        return self.mapping("customize")

    @property
    def warnings(self) -> list[str]:
        """Sentences for the user."""
        return self.words("warnings")

    # -- variations and versions -----------------------------------------------------------------------------

    @property
    def variations(self) -> dict[str, dict[str, Any]]:
        """Variation -> block; a block without content is an empty one."""
        return self._blocks("variations")

    @property
    def versions(self) -> dict[str, dict[str, Any]]:
        """Version -> block."""
        return self._blocks("versions")

    @property
    def default_variation(self) -> str:
        """What is on when nothing was asked for."""
        return self.text("default_variation")

    @property
    def default_version(self) -> str:
        """What is used when no version was asked for."""
        return self.text("default_version")

    def combinations(self, key: str) -> list[list[str]]:
        """``valid_variation_combinations`` or its opposite.

        Raises:
            MetaError: when it is not a list of lists.
        """
        value = self.raw.get(key) or []
        if not isinstance(value, list) or any(not isinstance(names, list) for names in value):
            raise wrong_shape(self.source, key, "a list of lists", value)
        return [[str(name) for name in names] for names in value]

    def _blocks(self, key: str) -> dict[str, dict[str, Any]]:
        blocks = {}
        for name, block in self.mapping(key).items():
            if block is not None and not isinstance(block, dict):
                raise wrong_shape(self.source, f"{key}.{name}", "a dictionary", block)
            blocks[str(name)] = block or {}
        return blocks

    def problem(self, text: str) -> MetaError:
        """An error about this file, to be raised; exit status 1, which callers know for faulty variations."""
        return MetaError(f"{self.source}: {text}", exit_code=1)
