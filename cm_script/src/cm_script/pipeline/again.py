"""Cache entries whose file has changed, or is gone.

A tool that was upgraded in place is at its old path with another version. The entry is made again in its own
folder, from what it was made from: a request that found it did not have to say where the tool is. What is
gone is looked for elsewhere, but not under a name that somebody gave to it.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from cm_cache import CacheError
from cm_core import NotFoundError, replace
from cm_core.flags import read_flags
from cm_script.flags import Nested
from cm_script.pipeline.commit import publish
from cm_script.pipeline.execute import execute
from cm_script.pipeline.replay import replay
from cm_script.pipeline.resolve import resolve_script

if TYPE_CHECKING:
    from cm_cache import CacheEntry, CacheMatch, CacheQuery
    from cm_script.model.call import ScriptCall
    from cm_script.pipeline.execution import Execution
    from cm_script.pipeline.walk import Walk

_HIDDEN = "***"
_NAME = "name-"
_PREFIXES = ("env.", "const.")


def may_find_again(match: CacheMatch, query: CacheQuery) -> bool:
    """Whether the entry can be made again for this request.

    Not when it was made for a version that the request does not ask for, nor when what it was made from is
    not stored in full, since it has a password in it.
    """
    key = match.entry.key
    if key is None:
        return True
    return key.version == query.key.version and _HIDDEN not in str(key.inputs)


def find_again(execution: Execution, match: CacheMatch, query: CacheQuery) -> Walk:
    """Make an entry whose file has changed again, unless somebody else just did.

    Raises:
        CMError: whatever fails; the entry is as it was.
    """
    entry, context = match.entry, execution.context
    call = _call_of(execution, entry)
    waiting = f"waiting for another process that is running '{execution.selection.artifact.name}'"
    key = entry.key or query.key
    if entry.home:
        # What is in a shared home is only read, so one's own is made.
        place = context.store.building(key, tags=entry.shown_tags, wait_message=waiting)
    else:
        place = context.store.renewing(entry, key=key, wait_message=waiting)
    with place as slot:
        done = _made_meanwhile(execution, entry, query)
        if done is not None:
            if (yield from replay(execution, done)):
                return execution.cached_outcome(done)
            execution.reset()
        execution.resolved = resolve_script(execution.resolved.meta, call, context.profile)
        execution.renewing = not entry.home
        execution.note = f"{entry.dependent_path} has changed since it was cached"
        outcome = yield from execute(execution, slot.path, shared=False)
        if outcome.skipped or execution.replaced:
            return outcome
        return publish(slot, execution, outcome)


def _made_meanwhile(execution: Execution, entry: CacheEntry, query: CacheQuery) -> CacheMatch | None:
    """What another process has made of the entry while this one waited."""
    for other in execution.context.store.matches(query):
        instead = entry.home and not other.entry.home and other.entry.key == entry.key
        if not other.changed and (instead or other.entry.path == entry.path):
            return other
    return None


def _call_of(execution: Execution, entry: CacheEntry) -> ScriptCall:
    """The call with what the entry was made from, also where the request does not say it."""
    call, key = execution.resolved.call, entry.key
    parts: dict[str, dict[str, Any]] = {"": {}, "env.": _given_path(execution, entry), "const.": {}}
    for name, value in (key.inputs if key else {}).items():
        prefix = next((prefix for prefix in _PREFIXES if name.startswith(prefix)), "")
        parts[prefix][name.removeprefix(prefix)] = value
    tags = [*execution.resolved.extra_cache_tags, *(key.extra_tags if key else ())]
    options = {**parts[""], **call.options, "extra_cache_tags": ",".join(dict.fromkeys(tags))}
    return replace(
        call,
        options=options,
        asked=read_flags(Nested, options),
        local_env=call.local_env.with_(parts["env."]),
        local_const=call.local_const.with_(parts["const."]),
    )


def _given_path(execution: Execution, entry: CacheEntry) -> dict[str, Any]:
    """The keys with the path of an entry that stands for one path: a named one, or a virtual environment."""
    if not any(tag == "virtual" or tag.startswith(_NAME) for tag in entry.tags):
        return {}
    exported: dict[str, Any] = {}
    with contextlib.suppress(CacheError):
        exported = entry.load_state().new_env
    own = execution.context.profile.env("GET_DEPENDENT_CACHED_PATH")
    return {key: path for key, path in exported.items() if path == entry.dependent_path and key != own}


def check_not_lost(execution: Execution, query: CacheQuery) -> None:
    """Refuse to put something else under a name whose result is gone.

    Whoever makes the result again says more than the name: a label, a path, or a key that holds one.

    Raises:
        NotFoundError: when the named result has vanished.
    """
    labels = [tag for tag in query.key.extra_tags if not tag.startswith("deps-")]
    names = [tag.removeprefix(_NAME) for tag in labels if tag.startswith(_NAME)]
    if len(names) != 1 or len(labels) != 1 or not query.key.inputs.keys().isdisjoint(("path", "input")):
        return
    entry = execution.context.store.lost(query)
    if entry is None or any(f"env.{key}" in query.key.inputs for key in _given_path(execution, entry)):
        return
    script = execution.selection.artifact.name
    hint = "add --path=FOLDER" + ("" if entry.home else f", or forget it: cm rm cache {entry.uid}")
    if "virtual" in entry.tags:
        hint = f'make it again: cm run script "install python-venv" --name={names[0]}'
    raise NotFoundError(
        f"'{names[0]}' of script '{script}' is gone: {entry.dependent_path} no longer exists", hint=hint
    )
