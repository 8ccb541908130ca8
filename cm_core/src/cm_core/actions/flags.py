"""The flags of every verb, and those of the actions that every kind of artifact has."""

from __future__ import annotations

from cm_core.flags import Flags, choice, mapping, path, switch, words


class Manner(Flags, group="Flags of every action"):
    """How any request is answered."""

    yes = switch("answer yes to every question", also=("y",))
    quiet = switch("take the default answer to every question", also=("q",))
    strict = switch("treat unknown flags as errors")
    debug = switch("show where an error comes from")
    help = switch("show help", also=("h",))


class Everywhere(Manner, group="Flags of every action"):
    """What every verb understands on a command line."""

    out = choice("output format (-j, --json: json)", ("con", "json", "yaml", "none"), default="con")
    save_to_json = path("also write the answer to this file")


class Understood(Flags):
    """What is understood everywhere without being advertised everywhere."""

    json = switch("the same as --out=json", also=("j",))
    silent = switch("print results only", also=("s",))
    verbose = switch("print more", also=("v",))
    force = switch("do not ask", also=("f",))
    common = switch("use the common action even if a plugin owns the kind")
    ignore_inheritance = switch("load metadata as it is written")


# What need not be declared.
KNOWN_EVERYWHERE = frozenset((*Everywhere.__by_key__, *Understood.__by_key__))


class Force(Flags):
    """Of verbs that ask before they do something."""

    force = switch("do not ask", also=("f",))


class Find(Flags):
    """Of ``cm find KIND`` and of verbs that choose artifacts in the same way."""

    tags = words("tags an artifact must have, with '-' those it must not have", values="tags")


class Add(Flags):
    """Of ``cm add KIND``."""

    tags = words("tags of the artifact", values="tags")
    meta = mapping("metadata to set, as --meta.key=value")
    yaml = switch("write _cm.yaml instead of _cm.json")
    new_tags = words("more tags", values="tags")


class Rm(Find, Force):
    """Of ``cm rm KIND``."""

    all = switch("all artifacts of this kind")


class Load(Find):
    """Of ``cm load KIND``."""

    yaml = switch("print YAML instead of JSON")


class Update(Force):
    """Of ``cm update KIND``."""

    tags = words("tags to add; without a name, those that select the artifact", values="tags")
    meta = mapping("metadata to set, as --meta.key=value")
    search_tags = words("tags that select the artifact", values="tags")
    replace = switch("replace the metadata instead of merging")
    replace_lists = switch("replace lists instead of appending")


class Copy(Flags):
    """Of ``cm copy KIND``."""

    new_tags = words("more tags", values="tags")
