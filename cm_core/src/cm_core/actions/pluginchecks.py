"""What ``cm doctor`` says about plugins, and about what is left of those that were uninstalled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cm_core.actions.finding import Finding
from cm_core.errors import UnknownTargetError
from cm_core.model.artifact import RepositoryKind
from cm_core.model.identity import ObjectRef
from cm_core.plugins.mistakes import mistakes
from cm_core.plugins.origins import is_ours

if TYPE_CHECKING:
    from cm_core.session import Session

_SLOW_SECONDS = 0.05


def check_plugins(session: Session) -> Iterator[Finding]:
    """Which plugins work, which are off and why, and which are slow."""
    infos = session.plugins.plugins.values()
    yield Finding(
        check="plugins", state="ok", text=", ".join(info.name for info in infos if not info.problem)
    )
    for info in infos:
        shown = f"'{info.name}' of {info.distribution}"
        if info.problem:
            text = f"{shown} is off: {info.problem}"
            yield Finding(check="plugins", state="warn", text=text, fix=info.fix)
        # A busy machine must not make ours slow; what they may cost is measured elsewhere.
        elif info.load_seconds > _SLOW_SECONDS and not is_ours(info.distribution):
            yield Finding(
                check="plugins",
                state="warn",
                text=f"{shown} took {info.load_seconds * 1000:.0f} ms to load, and every command loads it",
                fix=f"do without it: CM_DISABLE_PLUGINS={info.name}; its authors can import less at the top",
            )
    for warning in session.plugins.warnings:
        if not any(info.problem and warning.endswith(info.problem) for info in infos):
            yield Finding(check="plugins", state="warn", text=warning)


def check_mistakes(session: Session) -> Iterator[Finding]:
    """Mistakes of plugins that let them load."""
    kinds = session.index.words(ObjectRef(alias="automation"))[0]
    for mistake in mistakes(session.plugins, kinds):
        text = f"{session.plugins.described(mistake.plugin)}: {mistake.text}"
        fix = "this is a bug of the plugin: upgrade it, or report it"
        yield Finding(check="plugins", state="warn", text=text, fix=fix)


def check_leftovers(session: Session) -> Iterator[Finding]:
    """Artifacts of ours whose kind nobody knows: their plugin was uninstalled, perhaps."""
    for repo in session.repos.list():
        if repo.kind is not RepositoryKind.LOCAL:
            continue
        for kind, count in session.index.kinds_in(repo).items():
            try:
                session.kind(str(kind))
            except UnknownTargetError:
                yield Finding(
                    check="artifacts",
                    state="warn",
                    text=f"{count} of the kind '{kind.alias}', which no plugin has",
                    fix=f"install its plugin again, or: cm find {kind} --common, cm rm {kind} NAME --common",
                )
