"""The draft of a resolved script while blocks of metadata are laid over it, one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cm_core import field, is_true, mutable
from cm_core.model.keys import EntriesKey, MappingKey, wrong_shape
from cm_script.env.expand import expand_env
from cm_script.env.merge import merge
from cm_script.env.values import Env
from cm_script.model.condition import is_enabled
from cm_script.model.dependency import Entry, Updates, append_entries, apply_updates, merge_updates
from cm_script.model.resolved import DEPENDENCY_KINDS, DEPENDENCY_LISTS
from cm_script.profile import Profile
from cm_script.schema import keys

Block = Mapping[str, Any]


@mutable
class Draft:
    """Everything that blocks can change; private to one resolution.

    Attributes:
        options: the inputs of the call, for ``input_mapping`` of blocks.
        ad, adr: updates of the call; ``adr`` grows by what blocks declare.
        lists: the dependencies so far; the entries in them are the draft's own.
        mapped: option -> env key, of the script and of all applied blocks.
        conditional: ``update_meta_if_env`` so far, latest block first.
        disk_space: block -> megabytes it needs.
        taken: the dependencies that blocks have brought, by block and list. A block that is applied again
            brings the same ones, with the updates that they have got in between.
    """

    profile: Profile
    source: str
    options: Mapping[str, Any]
    ad: Updates
    adr: Updates
    env: Env
    state: Env
    const: Env
    const_state: Env
    lists: dict[str, list[Entry]]
    new_env_keys: list[str]
    new_state_keys: list[str]
    default_version: str = ""
    script_name: str = ""
    find_tool: Mapping[str, Any] = field(default_factory=dict)
    mapped: dict[str, str] = field(default_factory=dict)
    conditional: list[Block] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    disk_space: dict[str, float] = field(default_factory=dict)
    taken: dict[tuple[str, str], list[Entry]] = field(default_factory=dict)

    @property
    def fake_run(self) -> bool:
        """Whether the run only pretends."""
        return is_true(self.env.get(self.profile.env("TMP_FAKE_RUN")))

    def expand(self) -> None:
        """Resolve placeholders in env."""
        self.env = expand_env(self.env, self.profile)

    def overlay_const(self) -> None:
        """Let ``const`` and ``const_state`` win over everything so far."""
        self.env = self.env.with_(self.const)
        self.state = self.state.merged(self.const_state)

    def update_dependencies(self, updates: Updates, *, strict: bool) -> dict[str, dict[str, Any]]:
        """Apply ``ad`` (strict) or ``adr`` to all lists; returns the updates with resolved placeholders."""
        return apply_updates(
            [self.lists[kind] for kind in DEPENDENCY_KINDS],
            updates,
            self.env,
            strict=strict,
            fake_run=self.fake_run,
            source=self.source,
        )

    def apply_adr(self) -> None:
        """Apply all updates for dependencies of any depth to this script's own."""
        if self.adr:
            self.adr = self.update_dependencies(self.adr, strict=False)

    # -- blocks ---------------------------------------------------------------------------------------------

    def apply_block(self, block: Block, where: str) -> None:
        """Lay a variation, combination or version over the draft.

        Args:
            where: what messages call the block, and what it is known by when it is applied again.

        Raises:
            MetaError: when a key has the wrong shape.
            CMError: when ``ad`` names a dependency that does not exist.
        """
        source = f"{self.source}: {where}"
        self._apply_env(block, source)
        self._apply_const_and_state(block, source)
        for kind, key in DEPENDENCY_LISTS.items():
            append_entries(self.lists[kind], self._entries_of(block, key, where), source)
        if updates := block_updates(block, keys.AD, keys.ADD_DEPS, source):
            self.update_dependencies(updates, strict=True)
        for option, name in keys.INPUT_MAPPING.of(block, source).items():
            self.mapped[option] = name
            if option in self.options:
                self.env = self.env.with_({name: self.options[option]})
        self.expand()
        self._apply_docker(block, source)
        self.new_env_keys += keys.NEW_ENV_KEYS.of(block, source)
        self.new_state_keys += keys.NEW_STATE_KEYS.of(block, source)
        # Key by key: other names of a program are found instead of the script's own, not beside them.
        self.find_tool = {**self.find_tool, **keys.FIND_TOOL.of(block, source)}
        self.script_name = keys.SCRIPT_NAME.of(block, source) or self.script_name
        self.default_version = keys.DEFAULT_VERSION.of(block, source) or self.default_version

    def collect_adr(self, block: Block, where: str) -> bool:
        """Add the block's updates for dependencies of any depth; tells whether there were any."""
        source = f"{self.source}: {where}"
        updates = block_updates(block, keys.ADR, keys.ADD_DEPS_RECURSIVE, source)
        if updates:
            self.adr = merge_updates(self.adr, updates, source)
        return bool(updates)

    def collect_notes(self, block: Block, where: str) -> None:
        """Keep the block's warning and the disk space that it needs."""
        source = f"{self.source}: {where}"
        warning = keys.WARNING.of(block, source)
        if warning and warning not in self.warnings:
            self.warnings.append(warning)
        if (space := keys.REQUIRED_DISK_SPACE.of(block, source)) > 0:
            self.disk_space[where] = space

    def _apply_env(self, block: Block, source: str) -> None:
        self.env = self.env.with_defaults(keys.DEFAULT_ENV.of(block, source))
        self.env = self.env.with_(keys.ENV.of(block, source))
        self.conditional[:0] = keys.CONDITIONAL.of(block, source)
        for update in self.conditional:
            if is_enabled(update, self.env, fake_run=self.fake_run):
                self.env = self.env.merged(keys.ENV.of(update, source))
                self.state = self.state.merged(keys.STATE.of(update, source))
                if docker := keys.DOCKER.of(update, source):
                    self._merge_docker(docker)

    def _apply_const_and_state(self, block: Block, source: str) -> None:
        if const := keys.CONST.of(block, source):
            self.const = self.const.with_(const)
            self.env = self.env.with_(self.const)
        self.state = self.state.merged(keys.STATE.of(block, source))
        if const_state := keys.CONST_STATE.of(block, source):
            self.const_state = self.const_state.merged(const_state)
            self.state = self.state.merged(self.const_state)

    def _entries_of(self, block: Block, key: EntriesKey, where: str) -> list[Entry]:
        entries = self.taken.get((where, key.name))
        if entries is None:
            given = key.of(block, f"{self.source}: {where}")
            entries = self.taken[where, key.name] = [dict(entry) for entry in given]
        return entries

    def _merge_docker(self, docker: Mapping[str, Any]) -> dict[str, Any]:
        merged = merge(keys.DOCKER.of(self.state, self.source), docker)
        self.state = self.state.with_({"docker": merged})
        return merged

    def _apply_docker(self, block: Block, source: str) -> None:
        docker = keys.DOCKER.of(block, source)
        if not docker:
            return
        merged = self._merge_docker(docker)
        updates = block_updates(block, keys.AD, keys.ADD_DEPS, source) or self.ad or self.adr
        if updates and (given := keys.DEPS.of(merged, source)):
            entries = [dict(entry) for entry in given]
            apply_updates([entries], updates, self.env, strict=False, source=source)
            self.state = self.state.with_({"docker": {**merged, "deps": entries}})


def block_updates(
    block: Block, short: MappingKey, long: MappingKey, source: str
) -> dict[str, dict[str, Any]]:
    """``ad`` with ``add_deps``, or the recursive pair, of a block; keys of the long form win.

    Raises:
        MetaError: when it is not a dictionary of dictionaries.
    """
    updates = merge(short.of(block, source), long.of(block, source))
    for name, update in updates.items():
        if not isinstance(update, dict):
            raise wrong_shape(source, f"{short.name}.{name}", "a dictionary", update)
    return updates
