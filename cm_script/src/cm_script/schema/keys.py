"""The keys of ``_cm.yaml`` of scripts: name, level, shape, description, owner, and since which version.

The engine reads metadata by these objects, so there is no key that it knows and the table does not. They are
grouped as the reference shows them; a key that means something else at another level is there twice.
"""

from __future__ import annotations

from typing import Any, Final

from cm_core.model.keys import (
    BlocksKey,
    EntriesKey,
    FlagKey,
    Key,
    ListsKey,
    MappingKey,
    NamesKey,
    NumberKey,
    Schema,
    TextKey,
    TextsKey,
    WordsKey,
)

# Where a key may stand; "conditional" is an entry of update_meta_if_env, "input" one of input_description.
SCRIPT: Final = ("script",)
BLOCKS: Final = ("script", "variation", "version")
INSIDE: Final = ("variation", "version")
VARIATION: Final = ("variation",)
ENTRY: Final = ("dependency",)
INPUT: Final = ("input",)
TOOL: Final = ("find_tool",)

_ENTRIES: Final[Schema] = {"items": {"$ref": "#/$defs/dependency"}}
_UPDATES: Final[Schema] = {"additionalProperties": {"$ref": "#/$defs/dependency"}}
_ENV: Final[Schema] = {
    "patternProperties": {"^\\+": {"type": "array"}},
    "additionalProperties": {"type": ["string", "number", "boolean", "array", "object", "null"]},
}
_CONDITION: Final[Schema] = {"additionalProperties": {"type": "array"}}
_KEYS: Final[Schema] = {"additionalProperties": {"type": "string"}}

# -- identity and selection ----------------------------------------------------------------------------------

ALIAS = TextKey(
    "alias",
    SCRIPT,
    "the name; letters, digits, `.`, `_`, `-`. May be empty, then the folder is named by the UID",
    {"type": "string"},
    owner="core",
)
UID = TextKey(
    "uid",
    SCRIPT,
    "16 hexadecimal digits, unique; make one with `cm uid core`",
    {"type": "string", "pattern": "^[0-9a-fA-F]{16}$"},
    owner="core",
)
KIND = TextKey("automation_alias", SCRIPT, "its kind", {"type": "string"}, owner="core")
KIND_UID = TextKey("automation_uid", SCRIPT, "the UID of its kind", {"type": "string"}, owner="core")
TAGS = WordsKey("tags", SCRIPT, "tags by which the artifact is found", owner="core")
BASED_ON = TextKey(
    "_base",
    SCRIPT,
    "`name` or `kind::[repo:]name` of an artifact to inherit from: dictionaries merge, lists are appended,"
    " the rest is replaced; at most ten levels",
    owner="core",
)
TITLE = TextKey("name", SCRIPT, "a title")
ABOUT = TextKey("desc", SCRIPT, "what the script does, in one line")
DESCRIPTION = TextKey("description", SCRIPT, "the same as `desc`")
CATEGORY = TextKey("category", SCRIPT, "a heading in catalogues")
SORT = NumberKey(
    "sort", SCRIPT, "among scripts with the same tags, those with a low number are offered first"
)

# -- environment and inputs ----------------------------------------------------------------------------------

DEFAULT_ENV = MappingKey("default_env", BLOCKS, "keys to set if they are not set", _ENV)
ENV = MappingKey("env", (*BLOCKS, "conditional"), "keys to set, replacing earlier values", _ENV)
CONST = MappingKey("const", INSIDE, "keys that nothing overrides, here and in dependencies", _ENV)
STATE = MappingKey(
    "state",
    (*BLOCKS, "conditional"),
    "values for the state, a nested dictionary in addition to the environment",
)
CONST_STATE = MappingKey("const_state", INSIDE, "values of the state that nothing overrides")
INPUT_MAPPING = TextsKey(
    "input_mapping",
    BLOCKS,
    "flag → environment key; a mapped flag wins over everything, like `const`",
    _KEYS,
)
INPUT_DESCRIPTION = MappingKey(
    "input_description",
    SCRIPT,
    "flag → keys as below, for `cm run script NAME --help` and `cm show script NAME --schema`",
    {"additionalProperties": {"oneOf": [{"type": "string"}, {"$ref": "#/$defs/input"}]}},
)
ENV_KEY_MAPPINGS = TextsKey(
    "env_key_mappings", SCRIPT, "prefix → prefix: copies keys before the native script runs", _KEYS
)
CONDITIONAL = EntriesKey(
    "update_meta_if_env",
    INSIDE,
    "entries of conditions with `env`, `state` and `docker` that are applied while they hold",
    {"items": {"$ref": "#/$defs/conditional"}},
)

# -- a described input ---------------------------------------------------------------------------------------

INPUT_ABOUT = TextKey("desc", INPUT, "one line about it")
INPUT_DEFAULT = Key[Any]("default", INPUT, "value if the input is not given")
INPUT_CHOICES = WordsKey("choices", INPUT, "the possible values")
INPUT_TYPE = TextKey(
    "type",
    INPUT,
    "`text`, `integer`, `number`, `boolean`, `file` or `folder`; without it, any text",
    {"enum": ["text", "integer", "number", "boolean", "file", "folder"]},
)
INPUT_BOOLEAN = FlagKey("boolean", INPUT, "the same as `type: boolean`")
INPUT_LOWEST = NumberKey("min", INPUT, "the lowest value")
INPUT_HIGHEST = NumberKey("max", INPUT, "the highest value")
INPUT_PATTERN = TextKey("pattern", INPUT, "a regular expression that the text must match")
INPUT_REQUIRED = FlagKey("required", INPUT, "required for a run")
INPUT_SORT = NumberKey("sort", INPUT, "inputs with a low number are shown first")

# -- what a script exports -----------------------------------------------------------------------------------

NEW_ENV_KEYS = WordsKey(
    "new_env_keys",
    BLOCKS,
    "environment keys and patterns (`CM_X_*`, `<<<KEY>>>`) that the script exports",
)
NEW_STATE_KEYS = WordsKey("new_state_keys", BLOCKS, "the same for the state")
PRINT_ENV_AT_THE_END = TextsKey("print_env_at_the_end", SCRIPT, "key → label: shown after a run")
LOCAL_ENV_KEYS = WordsKey("local_env_keys", SCRIPT, "keys and patterns that dependencies do not see")
CLEAN_ENV_KEYS_POST_DEPS = WordsKey(
    "clean_env_keys_post_deps", SCRIPT, "keys that post dependencies do not see, instead of the usual ones"
)

# -- a program to find ---------------------------------------------------------------------------------------

FIND_TOOL = MappingKey(
    "find_tool",
    BLOCKS,
    "a program to find, with keys as below; those of a block replace those of the script one by one",
    {"$ref": "#/$defs/find_tool"},
)
TOOL_NAMES = NamesKey(
    "names",
    TOOL,
    "names of the file, best first; also found with a version at the end: `gcc-12`, `python3.11`",
)
TOOL_WINDOWS_NAMES = NamesKey(
    "windows_names", TOOL, "the same on Windows; without them, the names with `.exe`"
)
TOOL_PATH_KEY = TextKey(
    "path_key",
    TOOL,
    "environment key that gets the path; an existing path is kept if its version matches; otherwise it is an"
    " error, or ignored if another script left it",
)
TOOL_VERSION_KEY = TextKey(
    "version_key", TOOL, "environment key that gets the version; `CM_DETECTED_VERSION` gets it too"
)
TOOL_VERSION_ARGUMENTS = NamesKey(
    "version_arguments", TOOL, "arguments that make the program print its version; default `--version`"
)
TOOL_VERSION_PATTERN = TextKey(
    "version_pattern",
    TOOL,
    "regular expression with one group, the version, to search for in the program's output; by default, the"
    " first number with a dot",
)
TOOL_TIMEOUT = NumberKey(
    "timeout_s", TOOL, "seconds after which a program that has not answered is skipped; default 60"
)
TOOL_SEARCH_PATH = TextKey("search_path", TOOL, "variable with the usual folders; default `PATH`")
TOOL_FOLDERS = NamesKey(
    "folders",
    TOOL,
    "more folders, looked at after those: `~`, `$VARIABLE`, `<<<KEY>>>` and wildcards are expanded, the"
    " highest number first",
)
TOOL_EXTRA_PATHS = TextsKey(
    "extra_paths",
    TOOL,
    "folder next to the program's → key such as `+LD_LIBRARY_PATH`, for a program outside the search path",
    _KEYS,
)
TOOL_PARTNER = TextsKey(
    "partner",
    TOOL,
    "part of the file's name → what replaces it in the name of the companion program: `{gcc: g++}`",
    _KEYS,
)
TOOL_ENV = MappingKey(
    "env",
    TOOL,
    "other keys to set; `<<<path>>>`, `<<<folder>>>`, `<<<name>>>`, `<<<version>>>`, `<<<partner>>>`,"
    " `<<<partner_path>>>` and `<<<KEY>>>` are replaced; a value with an unknown key is left out",
    _ENV,
)
TOOL_LABEL = TextKey("label", TOOL, "what the message calls the program if none is found")
TOOL_HINT = TextKey("hint", TOOL, "what the user can do about it")
TOOL_WHEN_MISSING = MappingKey(
    "when_missing",
    TOOL,
    "keys to set in that case instead of failing, such as the condition of a script in `prehook_deps` that"
    " sets `path_key`",
    _ENV,
)

# -- dependencies --------------------------------------------------------------------------------------------

DEPS = EntriesKey("deps", BLOCKS, "what runs first", _ENTRIES)
PREHOOK_DEPS = EntriesKey("prehook_deps", BLOCKS, "what runs before the native script", _ENTRIES)
POSTHOOK_DEPS = EntriesKey("posthook_deps", BLOCKS, "what runs after the native script", _ENTRIES)
POST_DEPS = EntriesKey("post_deps", BLOCKS, "what runs at the end", _ENTRIES)
AD = MappingKey("ad", INSIDE, "name → changes: updates the script's own dependencies of this name", _UPDATES)
ADD_DEPS = MappingKey("add_deps", INSIDE, "long form of `ad`", _UPDATES)
ADR = MappingKey(
    "adr", (*INSIDE, "dependency"), "name → changes: updates dependencies of this name at any depth", _UPDATES
)
ADD_DEPS_RECURSIVE = MappingKey("add_deps_recursive", (*INSIDE, "dependency"), "long form of `adr`", _UPDATES)

# -- an entry of a list of dependencies: instructions to the parent ------------------------------------------

ENTRY_TAGS = TextKey(
    "tags", ENTRY, "what to run: tags and variations; without it, the entry is left out", {"type": "string"}
)
ENTRY_NAMES = NamesKey(
    "names",
    ENTRY,
    "by which `ad` and `adr` find the entry; also decides which entry a variation replaces",
)
ENTRY_ENV = MappingKey("env", ENTRY, "keys for this dependency only", _ENV)
ENTRY_STATE = MappingKey("state", ENTRY, "the same for the state")
ENTRY_CONST = MappingKey("const", ENTRY, "keys for this dependency that nothing overrides", _ENV)
ENTRY_CONST_STATE = MappingKey("const_state", ENTRY, "the same for the state")
ENABLE_IF_ENV = MappingKey(
    "enable_if_env", ("dependency", "conditional"), "only if all these conditions hold", _CONDITION
)
ENABLE_IF_ANY_ENV = MappingKey(
    "enable_if_any_env", ("dependency", "conditional"), "only if one of these conditions holds", _CONDITION
)
SKIP_IF_ENV = MappingKey(
    "skip_if_env", ("dependency", "conditional"), "not if all these conditions hold", _CONDITION
)
SKIP_IF_ANY_ENV = MappingKey(
    "skip_if_any_env", ("dependency", "conditional"), "not if one of these conditions holds", _CONDITION
)
SKIP_IF_FAKE_RUN = FlagKey("skip_if_fake_run", ("dependency", "conditional"), "not in a fake run")
UPDATE_TAGS_FROM_ENV = WordsKey("update_tags_from_env", ENTRY, "keys whose values are appended to the tags")
UPDATE_TAGS_WITH_PREFIX = MappingKey(
    "update_tags_from_env_with_prefix",
    ENTRY,
    "prefix → list of keys: appends prefix and value, such as `_url.` and a URL",
    {"additionalProperties": {"type": "array"}},
)
INHERIT_VARIATION_TAGS = FlagKey("inherit_variation_tags", ENTRY, "append the variations of the parent")
SKIP_INHERIT_VARIATION_GROUPS = WordsKey(
    "skip_inherit_variation_groups", ENTRY, "groups whose variations are not inherited"
)
FORCE_ENV_KEYS = WordsKey("force_env_keys", ENTRY, "hidden keys that this dependency gets nevertheless")
REUSE_VERSION = FlagKey("reuse_version", ENTRY, "pass on the parent's version")
SKIP_INSIDE_DOCKER = FlagKey(
    "skip_inside_docker", ENTRY, "in `deps` of `docker`: skip it inside the container, since the image has it"
)
DYNAMIC = FlagKey("dynamic", ENTRY, "run it even if the parent's result comes from the cache")

# -- variations ----------------------------------------------------------------------------------------------

VARIATIONS = BlocksKey(
    "variations",
    SCRIPT,
    "name → block; `name.#` stands for any `name.VALUE` and has `#` replaced in its block; `a,b` applies when"
    " both are active",
    {"additionalProperties": {"$ref": "#/$defs/variation"}},
)
GROUP = TextKey("group", VARIATION, "at most one variation of a group is active")
DEFAULT = FlagKey("default", VARIATION, "active if no other member of its group is")
BASE = WordsKey("base", VARIATION, "variations that this one activates")
DEFAULT_VARIATIONS = TextsKey(
    "default_variations", VARIATION, "group → variation, if no member of the group is active", _KEYS
)
VARIATION_ALIAS = TextKey("alias", VARIATION, "another variation that this one stands for")
DEFAULT_VARIATION = TextKey("default_variation", SCRIPT, "variation to use if none is requested")
VALID_COMBINATIONS = ListsKey(
    "valid_variation_combinations", SCRIPT, "all variations of one of these lists must be active"
)
INVALID_COMBINATIONS = ListsKey(
    "invalid_variation_combinations", SCRIPT, "the variations of one of these lists must not all be active"
)
WARNING = TextKey("warning", INSIDE, "a sentence for the user")
REQUIRED_DISK_SPACE = NumberKey("required_disk_space", INSIDE, "required megabytes")

# -- versions ------------------------------------------------------------------------------------------------

VERSION = TextKey("version", (*SCRIPT, *ENTRY), "the version, like the flag `--version`")
VERSION_MIN = TextKey("version_min", (*SCRIPT, *ENTRY), "the lowest acceptable version")
VERSION_MAX = TextKey("version_max", (*SCRIPT, *ENTRY), "the highest acceptable version")
VERSION_MAX_USABLE = TextKey(
    "version_max_usable", (*SCRIPT, *ENTRY), "what to use if the default is above the highest"
)
DEFAULT_VERSION = TextKey("default_version", BLOCKS, "default version, moved into the requested bounds")
VERSIONS = BlocksKey(
    "versions",
    SCRIPT,
    "version → block, applied like a variation",
    {"additionalProperties": {"$ref": "#/$defs/version"}},
)

# -- cache, files and hooks ----------------------------------------------------------------------------------

CACHE = FlagKey("cache", SCRIPT, "cache the results")
CAN_FORCE_CACHE = FlagKey("can_force_cache", SCRIPT, "`--force_cache` has an effect")
EXTRA_CACHE_TAGS_FROM_ENV = EntriesKey(
    "extra_cache_tags_from_env",
    SCRIPT,
    "entries `{env, prefix}`: each value becomes the tag `deps-<prefix><value>`",
)
SCRIPT_NAME = TextKey("script_name", BLOCKS, "`NAME.sh` instead of `run.sh`; it must exist")
CLEAN_FILES = WordsKey(
    "clean_files",
    SCRIPT,
    "removed from the working folder before a run, and afterwards if the result is not cached",
)
CLEAN_OUTPUT_FILES = WordsKey("clean_output_files", SCRIPT, "removed once everything is resolved")
PRINT_FILES_IF_SCRIPT_ERROR = WordsKey(
    "print_files_if_script_error", SCRIPT, "files whose last lines are shown after a failure"
)
CUSTOMIZE = MappingKey("customize", SCRIPT, "passed to `customize.py`")
WARNINGS = WordsKey("warnings", SCRIPT, "sentences for the user")
DOCKER = MappingKey("docker", (*BLOCKS, "conditional"), "settings for containers", {"$ref": "#/$defs/docker"})
TESTS = MappingKey(
    "tests",
    SCRIPT,
    "`run_inputs`: a list of runs for `cm test script`, with any flags and `id`, `variations_list`,"
    " `test-all-variations`, `docker`",
)

# -- what the engine asks of the table as a whole ------------------------------------------------------------

# Keys of an entry that tell the parent what to do; all others are inputs of the dependency.
CONDITIONS: Final = (ENABLE_IF_ENV, ENABLE_IF_ANY_ENV, SKIP_IF_ENV, SKIP_IF_ANY_ENV)
ENVS: Final = (ENV, DEFAULT_ENV, CONST)
# Those that fail for a name that no dependency has, and those that do not.
STRICT_UPDATES: Final = (AD, ADD_DEPS)
UPDATES: Final = (*STRICT_UPDATES, ADR, ADD_DEPS_RECURSIVE)
ENTRY_INSTRUCTIONS: Final[tuple[Key[Any], ...]] = (
    ENTRY_TAGS,
    ENTRY_NAMES,
    ENTRY_ENV,
    ENTRY_STATE,
    ENTRY_CONST,
    ENTRY_CONST_STATE,
    *CONDITIONS,
    SKIP_IF_FAKE_RUN,
    UPDATE_TAGS_FROM_ENV,
    UPDATE_TAGS_WITH_PREFIX,
    INHERIT_VARIATION_TAGS,
    SKIP_INHERIT_VARIATION_GROUPS,
    FORCE_ENV_KEYS,
    REUSE_VERSION,
    DYNAMIC,
)
INSTRUCTIONS: Final[frozenset[str]] = frozenset(key.name for key in ENTRY_INSTRUCTIONS)
