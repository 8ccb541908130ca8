"""``cm find script``: by name, tags and variations."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from cm_core import ArtifactRef, NotFoundError, ObjectRef, Result, TagQuery, UsageError
from cm_core.flags import read_flags
from cm_script.flags import Find
from cm_script.model.scripttags import ScriptTags, parse_script_tags

if TYPE_CHECKING:
    from cm_core import Artifact, Request, Session

# The kind of all scripts.
SCRIPT_KIND = ObjectRef(alias="script", uid="5b4e0237da074764")


def search_scripts(request: Request, session: Session) -> Result:
    """List the folders of scripts; finding nothing is not an error.

    A first word with a space means tags; tags may hold variations, which a script must have to be found.

    Raises:
        UsageError: when names or tags cannot be read.
    """
    names, tags = names_and_tags(request)
    wanted = parse_script_tags(tags)
    found = {artifact.path: artifact for name in names for artifact in find_scripts(session, name, wanted)}
    fitting = [artifact for artifact in found.values() if has_variations(artifact, wanted)]
    return Result(data={"list": fitting}, lines=tuple(str(artifact.path) for artifact in fitting))


def check_tags_once(request: Request) -> None:
    """Refuse ``--tags`` beside a first word that means tags: the original ignores the flag then.

    Raises:
        UsageError: when there are both, unless a program asks that is written for the original.
    """
    if " " in request.artifact and request.options.get("tags") and not request.lenient:
        raise UsageError(
            f"'{request.artifact}' are tags, so --tags would be ignored", hint="write all tags in one place"
        )


def names_and_tags(request: Request) -> tuple[list[str], Any]:
    """Names and tags in a request; a first name with a space means tags, and the rest is then ignored.

    Returns:
        the names, one empty name when none is given, and the tags in whatever form they came.

    Raises:
        UsageError: as :func:`check_tags_once`.
    """
    names = [name for name in (request.artifact, *request.artifacts) if name]
    check_tags_once(request)
    if names and " " in names[0]:
        return [""], names[0].replace(" ", ",")
    return names or [""], read_flags(Find, request).tags


def find_scripts(session: Session, name: str, tags: ScriptTags) -> list[Artifact]:
    """All scripts with a name (``""`` for any) and tags, ignoring variations, in search order."""
    ref = ArtifactRef.parse(name) if name else None
    query = TagQuery(required=tags.required, excluded=tags.excluded)
    return session.index.find(SCRIPT_KIND, ref, query)


def has_variations(artifact: Artifact, tags: ScriptTags) -> bool:
    """Whether a script declares every variation that the tags request or exclude."""
    if not tags.variations and not tags.excluded_variations:
        return True
    from cm_script.model.meta import ScriptMeta
    from cm_script.model.variation import missing_variations

    return not missing_variations(ScriptMeta.from_artifact(artifact), tags)


def script_not_found(session: Session, name: str, tags: ScriptTags) -> NotFoundError:
    """The error when no script has a name, or else all of the tags."""
    from cm_core.base import did_you_mean

    aliases, known = session.index.words(SCRIPT_KIND)
    origin = (
        f"{len(aliases)} scripts are known (cm find script); to get more: cm pull repo mlcommons@cm4mlops"
    )
    if name:
        hint = did_you_mean(name.rpartition(":")[2], aliases) or origin
        if "," in name:
            hint = f"to select it by tags: --tags={name}"
        return NotFoundError(f"there is no script '{name}'", hint=hint)
    hint = "these tags exist, but no script has them all"
    if unknown := [tag for tag in tags.required if tag not in known]:
        near = did_you_mean(unknown[0], known)
        hint = f"no script has the tag '{unknown[0]}'; {near}" if near else origin
        if " " in unknown[0]:
            hint = f"tags are separated by commas: --tags={','.join(tags.to_words()).replace(' ', ',')}"
    error = NotFoundError(f"no script has the tags '{','.join(tags.to_words())}'", hint=hint)
    return or_elsewhere(error, session, tags.required, unknown)


def or_elsewhere(
    error: NotFoundError, session: Session, tags: Collection[str], unknown: Collection[str]
) -> NotFoundError:
    """The error; where a plugin knows a public repository that has it, with the command that gets it.

    Args:
        tags, unknown: see ``cm_recipes_elsewhere``.
    """
    found = session.hooks.first(
        "cm_recipes_elsewhere", Mapping, tags=tuple(tags), unknown=tuple(unknown), session=session
    )
    if not found:
        return error
    repository, word, hint = (str(found.get(key, "")) for key in ("repository", "word", "hint"))
    return NotFoundError(
        f"{error.message}; the public repository {repository} has recipes for '{word}'",
        hint=hint,
        details={**error.details, "repository": repository},
    )
