"""What can be typed of the scripts that a command line names: inputs, versions and variations.

Read from their metadata while somebody waits for completions, so nothing of the engine is imported.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cm_core import Offer
from cm_core.flags import Flag, read_flags
from cm_script.flags import Find
from cm_script.model.scripttags import ScriptTags, are_tags, parse_script_tags
from cm_script.schema.interface import interface_of
from cm_script.search import find_scripts

if TYPE_CHECKING:
    from cm_core import Request, Session
    from cm_script.schema.interface import Input, Interface

# Whoever has not said more than ``get`` does not want the inputs of a hundred scripts.
_MOST_SCRIPTS = 5


def offer_of_scripts(request: Request, session: Session) -> Offer:
    """What can be typed of the scripts that a request names: of too many, only the tags that narrow them.

    Raises:
        CMError: when names or tags cannot be read.
    """
    name, tags = request.artifact, list(read_flags(Find, request).tags)
    if are_tags(name):
        name, tags = "", name.replace(" ", ",").split(",")
    for word in request.artifacts[:1]:
        tags += word.replace(" ", ",").split(",") if are_tags(word) else ()
    wanted = parse_script_tags(tags)
    found = find_scripts(session, name, wanted) if name or wanted.required else []
    interfaces = [interface_of(script.meta) for script in found] if len(found) <= _MOST_SCRIPTS else []
    flags = {flag.name: flag for interface in interfaces for flag in _flags(interface)}
    variations = dict.fromkeys(word for interface in interfaces for word in _variations(interface, wanted))
    narrower = {tag for script in found for tag in script.tags} - {*wanted.required, *wanted.excluded}
    return Offer(flags=tuple(flags.values()), words=(*variations, *sorted(narrower)))


def _flags(interface: Interface) -> Iterator[Flag]:
    yield from map(_flag, interface.inputs)
    if interface.versions:
        about = "one of the versions that the script knows"
        yield Flag(name="version", attribute="version", help=about, kind="text", choices=interface.versions)


def _flag(given: Input) -> Flag:
    is_switch = given.kind == "boolean"
    return Flag(
        name=given.flag,
        attribute=given.flag,
        help=given.about,
        kind="switch" if is_switch else "text",
        choices=("yes", "no") if is_switch else tuple(str(choice) for choice in given.choices),
    )


def _variations(interface: Interface, wanted: ScriptTags) -> Iterator[str]:
    """The variations that still can be asked for: of a group one, and none that is refused already."""
    named = {*wanted.variations, *wanted.excluded_variations}
    for group in interface.groups:
        names = [variation.name for variation in group.variations]
        if group.name and any(_is_of(name, wanted.variations) for name in names):
            continue
        yield from (f"_{name.removesuffix('#')}" for name in names if name not in named)


def _is_of(name: str, asked: tuple[str, ...]) -> bool:
    return any(word.startswith(name[:-1]) if name.endswith(".#") else word == name for word in asked)
