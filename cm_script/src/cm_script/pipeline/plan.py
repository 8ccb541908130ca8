"""One dependency entry -> what to run: conditions, tags, visible env and inputs of the child."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cm_script.model.call import ScriptCall
from cm_script.model.dependency import Entry
from cm_script.model.resolved import DependencyScope, ResolvedScript
from cm_script.profile import CM, Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class DependencyPlan:
    """A dependency that is going to run.

    Attributes:
        tags: what is searched for, with suffixes and inherited variations; also what reports show.
        names: names of the entry.
        dynamic: it runs also when its parent's result comes from the cache.
        options: inputs of the child: all keys of the entry that are not instructions to the parent.
        env: what the child sees of the parent's env.
        hidden: what it does not see; put back by :func:`finish_dependency`.
        local_env, local_state, local_const, local_const_state: keys of the entry, placeholders in
            ``env`` resolved.
    """

    tags: str
    names: tuple[str, ...] = ()
    dynamic: bool = False
    options: dict[str, Any] = field(default_factory=dict)
    env: dict[str, Any] = field(default_factory=dict)
    hidden: dict[str, Any] = field(default_factory=dict)
    local_env: dict[str, Any] = field(default_factory=dict)
    local_state: dict[str, Any] = field(default_factory=dict)
    local_const: dict[str, Any] = field(default_factory=dict)
    local_const_state: dict[str, Any] = field(default_factory=dict)


def plan_dependency(
    entry: Entry, scope: DependencyScope, env: Mapping[str, Any], profile: Profile = CM
) -> DependencyPlan | None:
    """Decide about one entry against the current env of its parent; ``None`` when it is skipped.

    The entry is never changed, so that it can be planned again.

    Raises:
        MetaError: when a key of the entry has the wrong shape.
    """
    raise NotImplementedError


def dependency_call(
    plan: DependencyPlan,
    parent: ResolvedScript,
    *,
    state: Mapping[str, Any],
    options: Mapping[str, Any] | None = None,
) -> ScriptCall:
    """The call of a planned dependency.

    Args:
        state: the parent's current state.
        options: what the engine passes down to every dependency (``verbose``, ``time`` …); keys of the entry win.
    """
    raise NotImplementedError


def finish_dependency(
    plan: DependencyPlan, env: Mapping[str, Any], const: Mapping[str, Any], profile: Profile = CM
) -> dict[str, Any]:
    """The parent's env after a dependency returned ``env``: hidden keys back, placeholders, ``const`` on top."""
    raise NotImplementedError
