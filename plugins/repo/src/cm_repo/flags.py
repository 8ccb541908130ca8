"""The flags of ``repo``."""

from __future__ import annotations

from cm_core.actions.commonflags import DryRun, Force
from cm_core.flags import Flags, path, switch, text, whole


class Token(Flags, group="Private repositories"):
    """What opens a private repository."""

    token_env = text("variable that holds a token for a private repository")
    token = text("a token; others can see it in the list of processes, so prefer --token_env", also=("pat",))


class Revision(Flags):
    """Which state of a repository is meant."""

    branch = text("branch to switch to")
    checkout = text("branch, tag or commit to check out")
    new_branch = text("branch to create")


class Description(Flags):
    """What a ``cmr.yaml`` says that is written here."""

    desc = text("one line about the repository")
    prefix = text("sub-folder that holds the artifacts")


class Pull(Revision, Description, Token):
    """Of ``cm pull repo``."""

    url = text("where to pull from; the name is then the alias")
    depth = whole("number of commits to fetch", least=1)
    dir = text("name of the folder in the home")
    dir2 = text("name of the folder and of a sub-folder in it")
    skip_zip_parent_dir = switch("use the only folder in the zip file")


class Checkout(Revision, Token):
    """Of ``cm checkout repo``."""


class Place(Flags):
    """Of verbs that are about a folder."""

    path = path("the folder; by default the current one")


class Add(Place, Description):
    """Of ``cm add repo``, ``cm init repo`` and ``cm import repo``."""

    here = switch("use the current folder")
    uid = text("the UID; by default a new one")


class Verbose(Flags):
    """Of verbs that can print more."""

    verbose = switch("print more")


class Find(Verbose):
    """Of ``cm find repo`` and verbs that list repositories."""

    min = switch("print only paths")
    with_prefix = switch("print paths with the sub-folder of the artifacts")


class Rm(Force):
    """Of ``cm rm repo``."""

    all = switch("also delete the content")


class Move(DryRun):
    """Of ``cm mv repo``."""


class Load(Flags):
    """Of ``cm load repo``."""

    yaml = switch("print YAML instead of JSON")


class Archive(Flags):
    """Of verbs with a zip file."""

    file = path("the zip file", default="cm.zip")


class Pack(Archive):
    """Of ``cm pack repo``."""

    with_untracked = switch("also files that git neither tracks nor ignores")
    with_secrets = switch("also files that look like keys or passwords")


class Unpack(Archive):
    """Of ``cm unpack repo``."""

    dir = text("name of the folder in the home")
    skip_zip_parent_dir = switch("use the only folder in the zip file")
