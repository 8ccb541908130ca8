"""Tags or a name -> one script."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cm_core import AmbiguousError, ArtifactRef, NotFoundError, RepositoryKind, frozen, replace
from cm_script.model.meta import ScriptMeta
from cm_script.model.scripttags import ScriptTags
from cm_script.model.variation import missing_variations, unknown_variation
from cm_script.search import find_scripts, or_elsewhere, script_not_found

if TYPE_CHECKING:
    from cm_core import Artifact, Interaction
    from cm_script.model.call import ScriptCall
    from cm_script.pipeline.context import RunContext


@frozen
class Selection:
    """The script that a call means.

    Attributes:
        tags: the requested tags; those of the script when it was called by name.
        note: why this one, when there was a choice.
    """

    artifact: Artifact
    meta: ScriptMeta
    tags: ScriptTags
    note: str = ""


class Selector:
    """Selects scripts during one run and remembers the choices made, so that nobody is asked twice."""

    def __init__(self, context: RunContext) -> None:
        self._context = context
        self._session = context.session
        self._chosen: dict[tuple[frozenset[str], frozenset[str]], Path] = {}
        self._metas: dict[Path, ScriptMeta] = {}

    def select(self, call: ScriptCall) -> Selection:
        """The one script for a call.

        Among several, those of the repository that comes first in the search order count, with a note where
        two distributions ship them; of these the one
        chosen before for the same tags, else those with a finished cache entry, else whom the user chooses.

        Raises:
            NotFoundError: when no script has the tags, the name or the variations.
            AmbiguousError: when a name means several.
            MetaError: when ``sort`` of one of several is no number.
            InteractionError: when a choice is needed and nobody can make it.
        """
        found = find_scripts(self._session, call.artifact, call.tags)
        fitting = [artifact for artifact in found if not missing_variations(self._meta(artifact), call.tags)]
        if not fitting:
            raise self._not_found(call, found)
        best = min(artifact.repo.rank for artifact in fitting)
        candidates = [artifact for artifact in fitting if artifact.repo.rank == best]
        if len(candidates) > 1:
            candidates.sort(key=lambda artifact: (self._meta(artifact).sort, artifact.path))
        chosen, note = self._choose(candidates, call)
        if another := self._why_another_repository(chosen, found, call):
            self._session.reporter.message(f"running {chosen.name} {another}")
            note = note or another
        note = "; ".join(filter(None, (note, _hidden_by(chosen, fitting))))
        tags = call.tags
        if not tags.required:
            tags = replace(tags, required=chosen.tags)
        return Selection(artifact=chosen, meta=self._meta(chosen), tags=tags, note=note)

    def _why_another_repository(self, chosen: Artifact, found: Sequence[Artifact], call: ScriptCall) -> str:
        """That a variation decided whose script runs: usually that of one's own repositories does."""
        first = min(found, key=lambda artifact: artifact.repo.rank)
        if first.repo.rank == chosen.repo.rank:
            return ""
        missing = ",".join(f"_{name}" for name in missing_variations(self._meta(first), call.tags))
        return f"of {chosen.repo.alias}: {first.name} of {first.repo.alias} has no variation {missing}"

    def _meta(self, artifact: Artifact) -> ScriptMeta:
        meta = self._metas.get(artifact.path)
        if meta is None:
            meta = self._metas[artifact.path] = ScriptMeta.from_artifact(artifact)
        return meta

    def _choose(self, candidates: Sequence[Artifact], call: ScriptCall) -> tuple[Artifact, str]:
        if len(candidates) == 1:
            return candidates[0], ""
        if not call.tags.required:
            pattern = ArtifactRef.parse(call.artifact).object.has_wildcard
            if self._interaction(call).quiet and not pattern:
                others = ", ".join(artifact.name for artifact in candidates[1:])
                return candidates[0], f"the first of this name; also possible: {others}"
            raise AmbiguousError(
                f"{len(candidates)} scripts are called '{call.artifact}'",
                candidates=[str(artifact.path) for artifact in candidates],
                hint=f"name one by its UID, for example {candidates[0].uid}",
            )
        key = (frozenset(call.tags.required), frozenset(call.tags.variations))
        remember = not call.asked.skip_remembered_selections
        if remember and (before := self._chosen.get(key)):
            for artifact in candidates:
                if artifact.path == before:
                    return artifact, "chosen before"
        cached = self._with_finished_entries(candidates, call)
        remaining = cached or candidates
        position = 0
        if len(remaining) > 1:
            position = self._interaction(call).choose(
                f"several scripts have the tags '{','.join(call.tags.to_words())}'",
                [f"{artifact.name} ({','.join(artifact.tags)})" for artifact in remaining],
            )
        self._chosen[key] = remaining[position].path
        why = "it is in the cache" if len(remaining) == 1 else "chosen"
        others = ", ".join(artifact.name for artifact in candidates if artifact is not remaining[position])
        return remaining[position], f"{why}; also possible: {others}"

    def _with_finished_entries(self, candidates: Sequence[Artifact], call: ScriptCall) -> list[Artifact]:
        """The candidates of which the cache holds a result for the requested tags and variations."""
        if not any(self._meta(artifact).cache for artifact in candidates):
            return []
        entries = self._context.store.find(tags=call.tags.to_words())
        owners = {entry.script_uid for entry in entries if not entry.is_running}
        return [artifact for artifact in candidates if artifact.uid in owners]

    def _interaction(self, call: ScriptCall) -> Interaction:
        interaction = self._session.interaction
        return replace(interaction, quiet=True) if call.quiet else interaction

    def _not_found(self, call: ScriptCall, found: Sequence[Artifact]) -> NotFoundError:
        if found:
            meta = self._meta(found[0])
            missing = missing_variations(meta, call.tags)
            error = unknown_variation(meta, missing[0])
            return or_elsewhere(error, self._session, found[0].tags, [f"_{name}" for name in missing])
        return script_not_found(self._session, call.artifact, call.tags)


def _hidden_by(chosen: Artifact, fitting: Sequence[Artifact]) -> str:
    """A note on other distributions whose scripts fit as well: nobody here put those in order."""
    if chosen.repo.kind is not RepositoryKind.SHIPPED:
        return ""
    others = {
        artifact.repo.alias
        for artifact in fitting
        if artifact.repo.kind is RepositoryKind.SHIPPED and artifact.repo.rank != chosen.repo.rank
    }
    return f"from {chosen.repo.alias}, which goes before {', '.join(sorted(others))}" if others else ""
