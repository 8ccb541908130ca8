"""The flags of the actions that every kind of artifact has."""

from __future__ import annotations

from cm_core.flags import Flags, mapping, switch, words

__all__ = ["Add", "Copy", "DryRun", "Find", "Force", "Load", "Rm", "Update"]


class Force(Flags):
    """Of verbs that ask before they do something."""

    force = switch("do not ask", also=("f",))


class DryRun(Flags):
    """Of verbs that change something, and can say what without doing it.

    A verb that does not declare it is refused with ``--dry_run``, so whoever declares it must honour it.
    """

    dry_run = switch("show what would be done, and do nothing")


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

    all = switch("all artifacts of this kind; with a name, those in all repositories")


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
