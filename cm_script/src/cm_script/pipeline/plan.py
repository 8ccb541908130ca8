"""One dependency entry -> what to run: conditions, tags, visible env and inputs of the child."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from fnmatch import translate
from functools import lru_cache
from typing import Any

from cm_core import field, frozen, is_true, replace
from cm_core.model.keys import wrong_shape
from cm_script.env.expand import expand_env, has_placeholder
from cm_script.env.merge import merge
from cm_script.env.values import Env
from cm_script.model.call import ScriptCall
from cm_script.model.condition import is_enabled
from cm_script.model.dependency import FixedEntry
from cm_script.model.resolved import DependencyScope, ResolvedScript
from cm_script.profile import CM, Profile
from cm_script.schema import keys

NOTHING = Env()


@frozen
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
    options: Mapping[str, Any] = field(default_factory=dict)
    env: Env = field(default_factory=Env)
    hidden: Env = field(default_factory=Env)
    local_env: Env = field(default_factory=Env)
    local_state: Env = field(default_factory=Env)
    local_const: Env = field(default_factory=Env)
    local_const_state: Env = field(default_factory=Env)


def plan_dependency(
    entry: FixedEntry,
    scope: DependencyScope,
    env: Env,
    profile: Profile = CM,
    *,
    withheld: Env = NOTHING,
) -> DependencyPlan | None:
    """Decide about one entry against the current env of its parent; ``None`` when it is skipped.

    After the dependency has run, the parent goes on with :func:`finish_dependency`. Where dependencies are
    only listed (``fake_deps``) nothing gives hidden keys back, as in the original: go on with ``plan.env``
    and hand ``plan.hidden`` to the next call.

    Args:
        withheld: keys that earlier entries of the same list have hidden and that are not back yet;
            ``force_env_keys`` brings them out.

    Raises:
        MetaError: when a key of the entry has the wrong shape.
    """
    source = _source(entry)
    tags = keys.ENTRY_TAGS.of(entry, source)
    dynamic = keys.DYNAMIC.of(entry, "")
    if not tags or (scope.from_cache and not dynamic):
        return None
    if not is_enabled(entry, env, fake_run=is_true(env.get(profile.env("TMP_FAKE_RUN")))):
        return None
    local_env = expand_env(keys.ENTRY_ENV.of(entry, source), profile, fallback=env)
    hides, forces = _key_test(scope.hidden_keys), _forced_keys(entry, profile)
    hidden = [key for key, value in env.items() if hides(key) or has_placeholder(value)]
    visible = env.without({key for key in hidden if not forces(key)})
    if withheld:
        visible = visible.with_(withheld.only([key for key in withheld if key not in env and forces(key)]))
    words = [*tags.split(","), *_prefixed_tags(entry, local_env, env), *_tags_from_env(entry, visible)]
    if keys.INHERIT_VARIATION_TAGS.of(entry, ""):
        words += _inherited_tags(entry, scope, words)
    return DependencyPlan(
        tags=",".join(dict.fromkeys(word for item in words if (word := item.strip()))),
        names=keys.ENTRY_NAMES.of(entry, source),
        dynamic=dynamic,
        options={key: value for key, value in entry.items() if key not in keys.INSTRUCTIONS},
        env=visible,
        hidden=withheld.with_(env.only(hidden)),
        local_env=local_env,
        local_state=Env(keys.ENTRY_STATE.of(entry, source)),
        local_const=Env(keys.ENTRY_CONST.of(entry, source)),
        local_const_state=Env(keys.ENTRY_CONST_STATE.of(entry, source)),
    )


def dependency_call(
    plan: DependencyPlan,
    parent: ResolvedScript,
    *,
    state: Env,
    options: Mapping[str, Any] | None = None,
) -> ScriptCall:
    """The call of a planned dependency.

    Args:
        state: the parent's current state.
        options: what the engine passes to every dependency (``verbose``, ``time`` …); keys of the entry win.

    Raises:
        UsageError: when an option in the entry has the wrong shape.
    """
    inputs = {**(options or {}), **plan.options, "tags": plan.tags, "env": plan.env}
    call = ScriptCall.from_options(inputs, parent.profile, host=parent.call.host, nested=True)
    return replace(
        call,
        options={key: value for key, value in inputs.items() if key != "env"},
        state=state,
        const=parent.const,
        const_state=parent.const_state,
        local_env=plan.local_env,
        local_state=plan.local_state,
        local_const=plan.local_const,
        local_const_state=plan.local_const_state,
        # What the user or a parent asks for wins over what the entry says.
        adr=merge(call.adr, parent.adr),
    )


def finish_dependency(plan: DependencyPlan, env: Env, const: Env, profile: Profile = CM) -> Env:
    """The parent's env after a dependency returned one: hidden keys back, placeholders, ``const`` on top."""
    return expand_env(env.with_(plan.hidden), profile).with_(const)


def _forced_keys(entry: FixedEntry, profile: Profile) -> Callable[[str], bool]:
    """A test for the keys that the entry wants to have although they are hidden."""
    forced = keys.FORCE_ENV_KEYS.of(entry, _source(entry))
    if keys.REUSE_VERSION.of(entry, ""):
        forced.append(profile.env("VERSION") + "*")
    return _key_test(tuple(forced))


@lru_cache
def _key_test(keys: tuple[str, ...]) -> Callable[[str], bool]:
    """A test whether a key is one of these or matches one of the wildcards among them."""
    patterns = tuple(key for key in keys if "*" in key or "?" in key)
    exact = frozenset(keys).difference(patterns)
    if not patterns:
        return exact.__contains__
    matches = re.compile("|".join(map(translate, patterns))).match
    return lambda key: key in exact or matches(key) is not None


def _source(entry: FixedEntry) -> str:
    """What messages call an entry."""
    return f"dependency '{entry.get('tags') or '?'}'"


def _prefixed_tags(entry: FixedEntry, local_env: Mapping[str, Any], env: Mapping[str, Any]) -> list[str]:
    tags, source = [], _source(entry)
    for prefix, names in keys.UPDATE_TAGS_WITH_PREFIX.of(entry, source).items():
        if not isinstance(names, list):
            raise wrong_shape(
                source, f"update_tags_from_env_with_prefix.{prefix}", "a list of env keys", names
            )
        for key in names:
            value = _text_of(local_env.get(key)) or _text_of(env.get(key))
            if value:
                tags.append(f"{prefix}{value}")
    return tags


def _tags_from_env(entry: FixedEntry, visible: Mapping[str, Any]) -> list[str]:
    names = keys.UPDATE_TAGS_FROM_ENV.of(entry, _source(entry))
    values = (_text_of(visible.get(name)) for name in names)
    return [tag for value in values for tag in value.split(",")]


def _text_of(value: object) -> str:
    return "" if value is None else str(value).strip()


def _inherited_tags(entry: FixedEntry, scope: DependencyScope, words: Iterable[str]) -> list[str]:
    """Variations of the parent that the child gets, without skipped groups and what the entry excludes."""
    skipped_groups = keys.SKIP_INHERIT_VARIATION_GROUPS.of(entry, _source(entry))
    skipped = {key for group in skipped_groups for key in scope.groups.get(group, ())}
    prefixes = tuple(key[:-1] for key in skipped if key.endswith(".#"))
    refused = {word[2:] for word in words if word[:2] in ("-_", "_-")}
    inherited = [
        f"_{name}"
        for name in scope.variations
        if name not in skipped and name not in refused and not (prefixes and name.startswith(prefixes))
    ]
    return [*inherited, *(f"-_{name}" for name in scope.excluded_variations)]
