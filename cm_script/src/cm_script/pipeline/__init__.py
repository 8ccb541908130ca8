"""The stages of a run, in the order in which a script goes through them.

:class:`~cm_script.pipeline.engine.Engine` leads a requested script and everything that it needs through them,
:class:`~cm_script.pipeline.execution.Execution` is one script on its way, and
:class:`~cm_script.pipeline.context.RunContext` is what all of them share.

The table below has the stages. Beside them:

- ``walk``: scripts are generators that yield the calls they need answered;
- ``layers``: the draft of a resolved script while blocks of metadata are laid over it;
- ``inputs``: which inputs of a call belong to the identity of its result;
- ``prepare``: a recipe made ready: its ``customize.py`` and the dictionaries that its hooks get;
- ``provided``: what a ``customize.py`` imports from a dependency that is only listed;
- ``interpreters``: which Python the recipes of others get; ``overlay``: environments over those of a user;
- ``replay``: a result taken from the cache;
- ``recipefacts``: what a recipe looked like when a result was made, and whether it has changed since;
- ``again``: cache entries whose file has changed, or is gone;
- ``outcome``: what a run gives back, and the record of what was done on the way.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# Stage -> what it does. Each is the module of this name; the functions named here are where to start reading.
STAGES: Mapping[str, str] = MappingProxyType(
    {
        "select": "`Selector` finds the one script that the tags or the name of a call mean",
        "resolve": "`resolve_script` settles its variations, versions, environment and lists of dependencies",
        "plan": "`plan_dependency` decides whether a dependency runs, with which tags and what it sees",
        "lookup": "`cache_query` says by what a result is known in the cache",
        "execute": "`execute` runs the dependencies, the hooks of `customize.py` and the native script",
        "capture": "`capture` takes from environment and state what the script exports",
        "commit": "`publish` makes the exports an entry of the cache, which other runs find from then on",
    }
)
